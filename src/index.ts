/**
 * Taktwerk as a library: a plant inside a test; docs/library.md has a whole one.
 *
 *     const plant = await startPlant({ scenario: "plant.yaml" });
 *     // … connect to plant.units[0].opcua
 *     await plant.stop();
 */
import { EXIT } from "./errors.ts";
import { loadCatalog, readText } from "./runtime/files.ts";
import { LivePlant } from "./runtime/live-plant.ts";
import { exitCode, type RunResult } from "./runtime/result.ts";
import { Run } from "./runtime/run.ts";
import { SteppedPlant } from "./runtime/stepped-plant.ts";
import { parseDuration } from "./scenario/duration.ts";
import { SEED_LENGTH_MAX } from "./scenario/schema.ts";
import { planScenario, type Overrides, type Plan } from "./scenario/plan.ts";

export { CodedError, CodedErrors } from "./errors.ts";
export type { LivePlant, LiveUnit } from "./runtime/live-plant.ts";
export type { RunResult } from "./runtime/result.ts";
export type { SteppedPlant } from "./runtime/stepped-plant.ts";

/** Which plant, and what of its scenario is to be another way. */
export interface PlantOptions {
  /** A file, or the YAML itself: whatever has more than one line */
  readonly scenario: string;
  readonly seed?: number | string;
  /** Plant seconds a second (default the scenario's) */
  readonly speed?: number;
  /** Plant time: "10m" */
  readonly duration?: string;
  /** Other values for places in the scenario, as `--set` takes them: "fleet.0.units.0.count=3" */
  readonly set?: readonly string[];
  /** Hears what starts where, a line at a time */
  readonly log?: (line: string) => void;
}

/**
 * Starts a plant on the wire, in this process, on ports that are free, so that tests run side by side; with
 * `set: ["ports=fixed"]` on those of the scenario.
 *
 * @throws CodedError, CodedErrors for what is wrong with the scenario, or cannot open
 */
export async function startPlant(options: PlantOptions): Promise<LivePlant> {
  const set = ["ports=auto", ...(options.set ?? [])];
  return LivePlant.start(planOf({ ...options, set }), options.log ?? (() => undefined));
}

/**
 * A plant without a wire whose time you move by hand.
 *
 * @throws CodedError, CodedErrors for what is wrong with the scenario
 */
export function stepPlant(options: Omit<PlantOptions, "speed" | "log">): SteppedPlant {
  return new SteppedPlant(planOf(options, { endpoints: false, speed: "max" }));
}

/**
 * Runs a scenario to its end without a wire, as fast as possible.
 *
 * @returns what it came to, and whether all its checks and thresholds have held
 * @throws CodedError, CodedErrors for what is wrong with the scenario
 */
export async function simulate(
  options: Omit<PlantOptions, "speed">,
): Promise<RunResult & { readonly passed: boolean }> {
  const plan = planOf(options, { endpoints: false, speed: "max" });
  if (plan.duration_s === Infinity) throw new RangeError("a scenario without a duration has no end");
  const run = new Run(plan, { log: options.log ?? (() => undefined) });
  try {
    await run.start();
    const result = await run.finish();
    return { ...result, passed: exitCode(result) === EXIT.pass };
  } finally {
    await run.close();
  }
}

const isSeed = (seed: number | string): boolean =>
  typeof seed === "string"
    ? seed !== "" && seed.length <= SEED_LENGTH_MAX
    : Number.isSafeInteger(seed) && seed >= 0;

function planOf(
  { scenario, seed, speed, duration, set = [] }: PlantOptions,
  always: Pick<Overrides, "endpoints" | "speed"> = {},
): Plan {
  if (speed !== undefined && !(speed > 0 && speed < Infinity))
    throw new RangeError(`a speed cannot be ${speed}; write plant seconds a second, above 0`);
  if (seed !== undefined && !isSeed(seed))
    throw new RangeError(`a seed cannot be ${String(seed)}; write a whole number, 0 or more, or text`);
  const isText = scenario.includes("\n");
  const duration_s = duration === undefined ? undefined : parseDuration(duration);
  if (duration !== undefined && duration_s === undefined)
    throw new RangeError(`a duration cannot be "${duration}"; write "90s" or "10m"`);
  return planScenario(isText ? "scenario" : scenario, isText ? scenario : readText(scenario), loadCatalog(), {
    set,
    ...(seed === undefined ? {} : { seed }),
    ...(speed === undefined ? {} : { speed }),
    ...(duration_s === undefined ? {} : { duration_s }),
    ...always,
  });
}
