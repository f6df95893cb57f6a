import { CodedError, CodedErrors, EXIT } from "../errors.ts";
import { formatCommand, formatStatus, formatSummary, STATUS_QUERY } from "../report/console.ts";
import { DEMO_SCENARIO, loadCatalog, readText, shorten } from "../runtime/files.ts";
import { checkFileDescriptors } from "../runtime/limits.ts";
import { claimPorts } from "../runtime/ports.ts";
import { Run } from "../runtime/run.ts";
import type { RunResult } from "../runtime/result.ts";
import { planScenario, type Plan } from "../scenario/plan.ts";
import { noteRun } from "./failure.ts";
import { DURATION_HINT, parseOverrides, type RunArguments } from "./options.ts";

const STATUS_EVERY_MS = 5000;
const FIRST_STATUS_MS = 1000;
/** After a second Ctrl-C nobody waits for goodbyes. */
const FORCED_EXIT_MS = 1800;

const say = (line: string): void => console.log(line);

/** Starts a plant, the demo if none is named, and says every few seconds how it is. @returns the exit code */
export async function up(scenario: string | undefined, args: RunArguments): Promise<number> {
  const plan = readPlan(scenario ?? DEMO_SCENARIO, args);
  // Who just wants to look should see something, whatever else runs on his machine.
  const result = await execute("up", await claimPorts(plan, scenario === undefined, say), (run) => {
    say(`${plan.name}: ${plan.units.length} units run, Ctrl-C ends`);
    const show = (): void => {
      // A view that fails belongs to a run that fails, which says why.
      run.view(STATUS_QUERY).then(
        (view) => formatStatus(view, plan.start_ms).forEach(say),
        () => undefined,
      );
    };
    const timers = [setTimeout(show, FIRST_STATUS_MS), setInterval(show, STATUS_EVERY_MS)];
    return () => timers.forEach((timer) => clearTimeout(timer));
  });
  return exitCode(result);
}

/** Runs scenarios one after the other. @returns the exit code of the first that did not pass */
export async function run(scenarios: readonly string[], args: RunArguments): Promise<number> {
  for (const plan of readPlans(scenarios, args)) {
    const result = await execute("run", await claimPorts(plan, false, say), () => () => undefined);
    if (exitCode(result) !== EXIT.pass) return exitCode(result);
  }
  return EXIT.pass;
}

const exitCode = (result: RunResult): number =>
  result.ending === "interrupted" ? EXIT.interrupted : EXIT.pass;

/** Reads all of them before the first one starts. @throws CodedErrors for everything that is wrong with them */
function readPlans(scenarios: readonly string[], args: RunArguments): Plan[] {
  const errors: CodedError[] = [];
  const plans: Plan[] = [];
  for (const scenario of scenarios) {
    try {
      const plan = readPlan(scenario, args);
      plans.push(plan);
      if (plan.duration_s < Infinity) continue;
      const fix = `Add duration: to the file or --duration to the command. ${DURATION_HINT}`;
      const what = "this scenario has no duration, and a run must end";
      errors.push(new CodedError("invalid-option", what, fix, { file: plan.file }));
    } catch (error) {
      if (error instanceof CodedErrors) errors.push(...error.errors);
      else if (error instanceof CodedError) errors.push(error);
      else throw error;
    }
  }
  if (errors.length > 0) throw new CodedErrors(errors);
  return plans;
}

/** @throws CodedError, CodedErrors for everything that is wrong with file or options */
export function readPlan(scenario: string, args: RunArguments): Plan {
  const overrides = parseOverrides(args);
  return planScenario(shorten(scenario), readText(scenario), loadCatalog(), overrides);
}

/**
 * Runs a plan to its end or to Ctrl-C, and prints what it came to.
 *
 * @param onRunning  called when everything is open; what it returns is called when the run is over
 */
async function execute(
  verb: "up" | "run",
  plan: Plan,
  onRunning: (run: Run) => () => void,
): Promise<RunResult> {
  checkFileDescriptors(plan);
  noteRun(formatCommand(verb, plan));
  const started = new Run(plan, { log: say });
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    process.once("SIGINT", () => process.exit(EXIT.interrupted));
    setTimeout(() => process.exit(EXIT.interrupted), FORCED_EXIT_MS).unref();
    started.stop();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  // A reader that closes the pipe, such as `head`, has seen enough; nobody would end the plant otherwise.
  process.stdout.once("error", interrupt);
  try {
    await started.start();
    const onOver = isInterrupted ? () => undefined : onRunning(started);
    try {
      const result = await started.finish();
      formatSummary(result).forEach(say);
      noteRun(undefined);
      return result;
    } finally {
      onOver();
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    process.stdout.off("error", interrupt);
  }
}
