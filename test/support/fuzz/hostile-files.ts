/**
 * Drivers that make up hostile input and hold the program to its promise: it is accepted, or refused with coded errors
 * that end with exit code 2; what is accepted runs. Seed and number repeat a case.
 */
import { CodedError, CodedErrors, EXIT } from "../../../src/errors.ts";
import { loadCatalog } from "../../../src/runtime/files.ts";
import { Run } from "../../../src/runtime/run.ts";
import { planScenario, type Plan } from "../../../src/scenario/plan.ts";
import { parsePredicate, PredicateMistake, type UnitScope } from "../../../src/scenario/predicate.ts";
import { celExpression } from "./cel-grammar.ts";
import { Dice } from "./dice.ts";
import { scenarioYaml } from "./scenario-grammar.ts";

/** Which cases to make. */
export interface Hostile {
  readonly seed: string;
  readonly count: number;
  /** Number of the first case (default 0) */
  readonly from?: number;
}

/** How many cases came how far. */
export interface ScenarioCounts {
  readonly refused: number;
  readonly planned: number;
  /** Of those planned */
  readonly run: number;
  /** Of those refused, by the code of the first error */
  readonly byCode: Readonly<Record<string, number>>;
  readonly slowest_ms: number;
}

export interface CelCounts {
  readonly refused: number;
  /** Came to a yes or no. */
  readonly judged: number;
  /** Accepted, and failed with an error while it was asked, which fails a check. */
  readonly failed: number;
  readonly slowest_ms: number;
}

/** More units than that are planned, and not run. */
const UNITS_RUN_MAX = 20;
const RUN_S = 60;

const catalog = loadCatalog();

/** @throws Error with the case and how to repeat it, for anything but a plan or coded errors with exit code 2 */
export async function hostileScenarios({ seed, count, from = 0 }: Hostile): Promise<ScenarioCounts> {
  const counts = { refused: 0, planned: 0, run: 0, byCode: {} as Record<string, number>, slowest_ms: 0 };
  for (let index = from; index < from + count; index++) {
    const text = scenarioYaml(new Dice(`${seed}/scenario`, index));
    const began_ms = performance.now();
    const outcome = await tryScenario(text).catch((error: unknown) => {
      throw failure("scenario", seed, index, text, error);
    });
    counts.slowest_ms = Math.max(counts.slowest_ms, performance.now() - began_ms);
    if ("code" in outcome) {
      counts.refused++;
      counts.byCode[outcome.code] = (counts.byCode[outcome.code] ?? 0) + 1;
    } else {
      counts.planned++;
      if (outcome.hasRun) counts.run++;
    }
  }
  return counts;
}

/** @throws Error for anything but a plan that runs, or coded errors with exit code 2 */
export async function tryScenario(
  text: string,
): Promise<{ readonly code: string } | { readonly hasRun: boolean }> {
  let plan: Plan;
  try {
    plan = planScenario("fuzz.yaml", text, catalog, { endpoints: false, speed: "max", duration_s: RUN_S });
  } catch (error) {
    const coded =
      error instanceof CodedErrors ? error.errors : error instanceof CodedError ? [error] : undefined;
    if (!coded || coded.length === 0 || coded.some(({ exitCode }) => exitCode !== EXIT.usage)) throw error;
    return { code: coded[0]!.code };
  }
  // Commands of a scenario are the reader's own shell, and no business of these tests.
  if (plan.units.length > UNITS_RUN_MAX || plan.runActions.length > 0) return { hasRun: false };
  const run = new Run(plan);
  try {
    await run.start();
    await run.finish();
  } finally {
    await run.close();
  }
  return { hasRun: true };
}

/** @throws Error with the case and how to repeat it, for anything but a predicate or a `PredicateMistake` */
export function hostileCel({ seed, count, from = 0 }: Hostile): CelCounts {
  const counts = { refused: 0, judged: 0, failed: 0, slowest_ms: 0 };
  for (let index = from; index < from + count; index++) {
    const text = celExpression(new Dice(`${seed}/cel`, index));
    const began_ms = performance.now();
    try {
      counts[tryCel(text)]++;
    } catch (error) {
      throw failure("cel", seed, index, text, error);
    }
    counts.slowest_ms = Math.max(counts.slowest_ms, performance.now() - began_ms);
  }
  return counts;
}

const EVENT = {
  kind: "state",
  source: "machine",
  message: "a".repeat(256),
  severity: 50n,
  time_s: 1,
  fields: { a: 1 },
};

/** @throws Error for anything but a predicate or a `PredicateMistake` */
export function tryCel(text: string): "refused" | "judged" | "failed" {
  let predicate;
  try {
    predicate = parsePredicate(text, true);
  } catch (error) {
    if (error instanceof PredicateMistake) return "refused";
    throw error;
  }
  try {
    const value = predicate.evaluate({ unit: UNIT, event: EVENT });
    if (typeof value !== "boolean") throw new TypeError(`it came to ${String(value)}`);
    return "judged";
  } catch (error) {
    // Without stack or memory it would be a failure of the program and not of the check.
    if (error instanceof RangeError && /call stack|Invalid (string|array) length/.test(error.message))
      throw error;
    return "failed";
  }
}

const UNIT: UnitScope = {
  name: "cnc-01",
  states: { "machine-state": "Cutting", program: "O1001" },
  conditions: {},
  counters: { "parts-produced": 3n },
  flags: {},
  signals: { "spindle-load": 50, "spindle-speed": NaN },
  published: { "machine-state": "Cutting" },
  truth: { "tool-1-wear": 0.1 },
  faults: { air: true },
};

function failure(kind: string, seed: string, index: number, text: string, error: unknown): Error {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const again = `seed ${JSON.stringify(seed)}, count 1, from ${index}`;
  return new Error(`${kind} ${index} of seed ${JSON.stringify(seed)} fails (${again}):\n${text}\n${why}`, {
    cause: error,
  });
}
