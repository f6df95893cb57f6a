import { CodedError, EXIT } from "../errors.ts";
import { formatStatus, formatSummary } from "../report/console.ts";
import { DEMO_SCENARIO, loadCatalog, readText, shorten } from "../runtime/files.ts";
import { checkFileDescriptors } from "../runtime/limits.ts";
import { claimPorts } from "../runtime/ports.ts";
import { Run } from "../runtime/run.ts";
import type { RunResult } from "../runtime/result.ts";
import { DURATION_HINT, parseDuration } from "../scenario/duration.ts";
import { planScenario, type Overrides, type Plan } from "../scenario/plan.ts";

/** Options that `up` and `run` share, as the command line gives them. */
export interface RunArguments {
  readonly seed?: string | undefined;
  readonly speed?: string | undefined;
  readonly duration?: string | undefined;
  readonly endpoints: boolean;
}

const STATUS_EVERY_MS = 5000;
const FIRST_STATUS_MS = 1000;
/** After a second Ctrl-C nobody waits for goodbyes. */
const FORCED_EXIT_MS = 1800;

const say = (line: string): void => console.log(line);

/** Starts a plant, the demo if none is named, and says every few seconds how it is. @returns the exit code */
export async function up(scenario: string | undefined, args: RunArguments): Promise<number> {
  const plan = readPlan(scenario ?? DEMO_SCENARIO, args);
  // Who just wants to look should see something, whatever else runs on his machine.
  const result = await execute(await claimPorts(plan, scenario === undefined, say), (run) => {
    say(`${plan.name}: ${plan.units.length} units run, Ctrl-C ends`);
    const show = (): void => formatStatus(run.status()).forEach(say);
    const timers = [setTimeout(show, FIRST_STATUS_MS), setInterval(show, STATUS_EVERY_MS)];
    return () => timers.forEach((timer) => clearTimeout(timer));
  });
  return exitCode(result);
}

/** Runs scenarios one after the other. @returns the exit code of the first that did not pass */
export async function run(scenarios: readonly string[], args: RunArguments): Promise<number> {
  const plans = scenarios.map((scenario) => readPlan(scenario, args));
  for (const plan of plans) {
    if (plan.duration_s === Infinity) {
      const fix = `Write duration: into the scenario or add --duration: ${DURATION_HINT}.`;
      throw new CodedError("invalid-option", `${plan.file} has no duration, and a run must end`, fix);
    }
  }
  for (const plan of plans) {
    const result = await execute(await claimPorts(plan, false, say), () => () => undefined);
    if (exitCode(result) !== EXIT.pass) return exitCode(result);
  }
  return EXIT.pass;
}

const exitCode = (result: RunResult): number =>
  result.ending === "interrupted" ? EXIT.interrupted : EXIT.pass;

/** @throws CodedError, CodedErrors for everything that is wrong with file or options */
export function readPlan(scenario: string, args: RunArguments): Plan {
  return planScenario(shorten(scenario), readText(scenario), loadCatalog(), parseOverrides(args));
}

function parseOverrides({ seed, speed, duration, endpoints }: RunArguments): Overrides {
  const overrides: { -readonly [K in keyof Overrides]: Overrides[K] } = { endpoints };
  if (seed !== undefined) overrides.seed = /^\d+$/.test(seed) ? Number(seed) : seed;
  if (speed !== undefined) {
    const factor = speed === "max" ? speed : Number(speed);
    if (factor !== "max" && !(factor > 0 && factor < Infinity)) {
      throw new CodedError("invalid-option", `--speed cannot be ${speed}`, "Write a number above 0, or max.");
    }
    overrides.speed = factor;
  }
  if (duration !== undefined) {
    const duration_s = parseDuration(duration);
    if (duration_s === undefined) {
      throw new CodedError("invalid-option", `--duration cannot be ${duration}`, `Write ${DURATION_HINT}.`);
    }
    overrides.duration_s = duration_s;
  }
  return overrides;
}

/**
 * Runs a plan to its end or to Ctrl-C, and prints what it came to.
 *
 * @param onRunning  called when everything is open; what it returns is called when the run is over
 */
async function execute(plan: Plan, onRunning: (run: Run) => () => void): Promise<RunResult> {
  checkFileDescriptors(plan);
  const started = new Run(plan, say);
  const interrupt = (): void => {
    process.once("SIGINT", () => process.exit(EXIT.interrupted));
    setTimeout(() => process.exit(EXIT.interrupted), FORCED_EXIT_MS).unref();
    started.stop();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    await started.start();
    const onOver = onRunning(started);
    try {
      const result = await started.finish();
      formatSummary(result).forEach(say);
      return result;
    } finally {
      onOver();
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
