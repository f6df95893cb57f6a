import { CodedError, CodedErrors, EXIT, gravest } from "../errors.ts";
import {
  formatMatrix,
  formatOutcome,
  formatPassed,
  formatSummary,
  type MatrixOutcome,
} from "../report/console.ts";
import { checkPorts } from "../runtime/ports.ts";
import { exitCode, type RunResult } from "../runtime/result.ts";
import type { Run } from "../runtime/run.ts";
import { chooseChecks } from "../scenario/only.ts";
import type { Plan } from "../scenario/plan.ts";
import { reportFailure } from "./failure.ts";
import {
  DURATION_HINT,
  parseFile,
  parseOnly,
  parseOverrides,
  parseSeeds,
  type MatrixArguments,
} from "./options.ts";
import { showProgress } from "./progress.ts";
import { Reports } from "./reports.ts";
import { execute, readPlan, say } from "./session.ts";

/** Runs scenarios one after the other, each with every seed, and goes on when one fails. @returns the exit code */
export async function run(scenarios: readonly string[], args: MatrixArguments): Promise<number> {
  if (scenarios.length === 0) {
    // The parser drops a dash that it takes for the value of an option.
    const fix = "Name one; standard input is - before all options.";
    throw new CodedError("invalid-option", "no scenario is named", fix);
  }
  const reports = new Reports(args, scenarios, (command) => console.log(command));
  const plans = readReportedPlans(scenarios, args, reports);
  const outcomes: MatrixOutcome[] = [];
  for (const plan of plans) {
    const outcomeOf = (code: number): string =>
      plans.length > 1 ? formatOutcome({ plan, code }, outcomes.length + 1, plans.length) : "";
    const onResult = (result: RunResult): void => {
      tell(result, outcomeOf(exitCode(result)), args);
      reports.add(plan, result, exitCode(result));
      // The last files are there before servers close, for somebody who does not wait for it.
      if (outcomes.length === plans.length - 1) reports.write();
    };
    const code = await runOne(plan, args, reports, { onResult, outcomeOf });
    outcomes.push({ plan, code });
    if (code === EXIT.interrupted || (args.failFast && code !== EXIT.pass)) break;
  }
  reports.write();
  if (plans.length > 1) formatMatrix(outcomes, plans.length - outcomes.length).forEach(say);
  const codes = outcomes.map(({ code }) => code);
  return codes.includes(EXIT.interrupted) ? EXIT.interrupted : gravest(codes);
}

/** One of several that has passed is a line. @param outcome  which of several has ended how; "" for a single one */
function tell(result: RunResult, outcome: string, args: MatrixArguments): void {
  if (outcome !== "" && exitCode(result) === EXIT.pass) return say(`${outcome}  ${formatPassed(result)}`);
  if (outcome !== "") say(outcome);
  formatSummary(result, parseFile("record", args.record)).forEach(say);
}

async function runOne(
  plan: Plan,
  args: MatrixArguments,
  reports: Reports,
  { onResult, outcomeOf }: { onResult(result: RunResult): void; outcomeOf(code: number): string },
): Promise<number> {
  try {
    const onRunning = (run: Run): (() => void) => showProgress(run, plan.duration_s);
    await checkPorts(plan);
    return exitCode(await execute("run", plan, args, { onRunning, onResult }));
  } catch (error) {
    reports.addFailure(plan, error);
    const code = reportFailure(error);
    const outcome = outcomeOf(code);
    if (outcome !== "") say(outcome);
    return code;
  }
}

/** A scenario that cannot run is reported as well. @throws CodedErrors */
function readReportedPlans(
  scenarios: readonly string[],
  args: MatrixArguments,
  reports: Reports,
): readonly Plan[] {
  try {
    const plans = readPlans(scenarios, args);
    if (plans.length > 1 && args.record !== undefined)
      throw new CodedError(
        "invalid-option",
        "--record keeps one run, and these are several",
        "Leave it away.",
      );
    return plans.map((plan) => reports.prepare(plan));
  } catch (error) {
    reports.addUnstarted(error);
    reports.write();
    throw error;
  }
}

/** Reads all of them before the first one starts. @throws CodedErrors for everything that is wrong with them */
function readPlans(scenarios: readonly string[], args: MatrixArguments): readonly Plan[] {
  const [only, seeds] = [parseOnly(args), parseSeeds(args)];
  const overrides = parseOverrides(args);
  const errors: CodedError[] = [];
  const plans: Plan[] = [];
  for (const scenario of scenarios) {
    for (const seed of seeds ?? [overrides.seed]) {
      const known = errors.length;
      try {
        const plan = readPlan(scenario, seed === undefined ? overrides : { ...overrides, seed });
        plans.push(plan);
        if (plan.duration_s === Infinity) errors.push(endless(plan.file));
      } catch (error) {
        if (error instanceof CodedErrors) errors.push(...error.errors);
        else if (error instanceof CodedError) errors.push(error);
        else throw error;
      }
      // What is wrong with a scenario is so with most of its seeds.
      if (errors.length > known) break;
    }
  }
  if (errors.length > 0) throw new CodedErrors(errors);
  return only === undefined ? plans : choose(plans, only);
}

function endless(file: string): CodedError {
  const fix = `Add duration: to the file or --duration to the command. ${DURATION_HINT}`;
  const what = "this scenario has no duration, and a run must end";
  return new CodedError("invalid-option", what, fix, { file });
}

/** Leaves out scenarios of which no check is meant. @throws CodedError `invalid-option` when none is left */
function choose(plans: readonly Plan[], only: string): readonly Plan[] {
  const chosen = plans.flatMap((plan) => chooseChecks(plan, only) ?? []);
  if (chosen.length > 0) return chosen;
  const all = plans.flatMap(({ checks, thresholds }) => [...checks.map(({ name }) => name), ...thresholds]);
  const names = [...new Set(all)].map((name) => `\n${name}`).join("");
  const what = `--only cannot be ${JSON.stringify(only)}: no check and no threshold is called so`;
  throw new CodedError("invalid-option", what, names === "" ? "There are none." : `There are:${names}`);
}
