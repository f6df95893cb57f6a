import { CodedError, CodedErrors, EXIT, gravest } from "../errors.ts";
import { formatCommand, formatStatus, formatSummary, STATUS_QUERY } from "../report/console.ts";
import { checkPlannedNodesets, checkUsers } from "../runtime/access.ts";
import { DEMO_SCENARIO, loadCatalog, packageVersion, readText, shorten } from "../runtime/files.ts";
import { InputLog, readInputLog } from "../runtime/input-log.ts";
import { checkEphemeralPorts, checkFileDescriptors } from "../runtime/limits.ts";
import { mergeResults, readResult, writeResult } from "../runtime/merge.ts";
import { claimPorts } from "../runtime/ports.ts";
import { Run, type RunOptions } from "../runtime/run.ts";
import type { RunResult } from "../runtime/result.ts";
import { planScenario, type Plan } from "../scenario/plan.ts";
import { noteRun, reportFailure } from "./failure.ts";
import { DURATION_HINT, parseFile, parseHosts, parseOverrides, type RunArguments } from "./options.ts";

const STATUS_EVERY_MS = 5000;
const FIRST_STATUS_MS = 1000;
/** After a second Ctrl-C nobody waits for goodbyes. */
const FORCED_EXIT_MS = 1800;

const say = (line: string): void => console.log(line);

/** Starts a plant, the demo if none is named, and says every few seconds how it is. @returns the exit code */
export async function up(scenario: string | undefined, args: RunArguments): Promise<number> {
  const plan = readPlan(scenario ?? DEMO_SCENARIO, args);
  // Who just wants to look should see something, whatever else runs on his machine.
  const result = await execute("up", await claimPorts(plan, scenario === undefined, say), args, (run) => {
    say(`${plan.name}: ${plan.units.length} units run, Ctrl-C ends`);
    const show = (): void => {
      // A view that fails belongs to a run that fails, which says why.
      run.view(STATUS_QUERY).then(
        (view) => formatStatus(view).forEach(say),
        () => undefined,
      );
    };
    const timers = [setTimeout(show, FIRST_STATUS_MS), setInterval(show, STATUS_EVERY_MS)];
    return () => timers.forEach((timer) => clearTimeout(timer));
  });
  return exitCode(result);
}

/** Runs scenarios one after the other, the next one also when one fails. @returns the gravest exit code */
export async function run(scenarios: readonly string[], args: RunArguments): Promise<number> {
  const codes: number[] = [];
  for (const plan of readPlans(scenarios, args)) {
    const code = await runOne(plan, args);
    if (code === EXIT.interrupted) return code;
    codes.push(code);
  }
  return gravest(codes);
}

async function runOne(plan: Plan, args: RunArguments): Promise<number> {
  try {
    return exitCode(await execute("run", await claimPorts(plan, false, say), args));
  } catch (error) {
    return reportFailure(error);
  }
}

function exitCode({ ending, checks, thresholds }: RunResult): number {
  if (ending === "interrupted") return EXIT.interrupted;
  return [...checks, ...thresholds].some(({ verdict }) => verdict === "failed") ? EXIT.failed : EXIT.pass;
}

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

/** Runs a recorded session again and holds its digest against the record. @returns the exit code */
export async function replay(file: string, args: RunArguments): Promise<number> {
  const record = readInputLog(file);
  if (record.version !== packageVersion()) {
    say(`the record is of Taktwerk ${record.version}, this is ${packageVersion()}: the digest may differ`);
  }
  const session = { seed: String(record.seed), duration: `${record.end_s}s`, speed: args.speed ?? "max" };
  const plan = { ...readPlan(record.scenario, { ...args, ...session }), seed: record.seed };
  const result = await execute("run", await claimPorts(plan, false, say), args, undefined, record.inputs);
  if (result.ending === "interrupted") return EXIT.interrupted;
  const same = result.digest === record.digest;
  say(same ? "the digest is that of the record" : `the record has another digest: ${record.digest}`);
  return same ? exitCode(result) : EXIT.failed;
}

/** Joins the results of shards. @returns the exit code */
export function merge(files: readonly string[], args: Pick<RunArguments, "json">): number {
  const json = parseFile("json", args.json);
  const merged = mergeResults(new Map(files.map((file) => [file, readResult(file)])));
  formatSummary(merged).forEach(say);
  if (json !== undefined) writeResult(json, merged);
  return exitCode(merged);
}

/**
 * Runs a plan to its end or to Ctrl-C, and prints what it came to.
 *
 * @param onRunning  called when everything is open; what it returns is called when the run is over
 * @param inputs     commands of an earlier session
 */
async function execute(
  verb: "up" | "run",
  plan: Plan,
  args: RunArguments,
  onRunning: (run: Run) => () => void = () => () => undefined,
  inputs: RunOptions["replay"] = [],
): Promise<RunResult> {
  checkFileDescriptors(plan);
  checkUsers(plan);
  checkEphemeralPorts(plan);
  await checkPlannedNodesets(plan);
  const hosts = parseHosts(args, plan.units.length);
  const [json, record] = [parseFile("json", args.json), parseFile("record", args.record)];
  noteRun(formatCommand(verb, { ...plan, shard: plan.shard && `${plan.shard.part}/${plan.shard.of}` }));
  const log = record === undefined ? undefined : new InputLog(record, plan);
  const onInput: RunOptions["onInput"] = (input) => log?.add(input);
  const started = new Run(plan, { hosts, replay: inputs, log: say, onInput });
  const result = await interruptible(started, onRunning, (over) => {
    log?.end(over);
    formatSummary(over, record).forEach(say);
    if (json !== undefined) writeResult(json, over);
  });
  noteRun(undefined);
  return result;
}

/** Starts a run and lets Ctrl-C end it. What it came to is told before its servers close, which takes a while. */
async function interruptible(
  started: Run,
  onRunning: (run: Run) => () => void,
  onResult: (result: RunResult) => void,
): Promise<RunResult> {
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
  let onOver = (): void => undefined;
  try {
    await started.start();
    if (!isInterrupted) onOver = onRunning(started);
    const result = await started.finish();
    onOver();
    onResult(result);
    return result;
  } finally {
    onOver();
    await started.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    process.stdout.off("error", interrupt);
  }
}
