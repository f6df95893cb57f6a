import { EXIT, printable, printableJson, printableLines } from "../errors.ts";
import { folderOf, writeEvidence } from "../report/evidence.ts";
import { formatCommand, pathWord } from "../report/command.ts";
import { formatSummary } from "../report/console.ts";
import { checkPlannedNodesets, checkUsers } from "../runtime/access.ts";
import { loadCatalog, prepareFile, readText, shorten, writeText } from "../runtime/files.ts";
import { InputLog } from "../runtime/input-log.ts";
import { checkEphemeralPorts, checkFileDescriptors } from "../runtime/limits.ts";
import { formatResults } from "../runtime/merge.ts";
import { verdictCode, type RunResult } from "../runtime/result.ts";
import { Run, type RunOptions } from "../runtime/run.ts";
import { keepYoungGenerationSmall } from "../runtime/young-generation.ts";
import { planScenario, type Overrides, type Plan } from "../scenario/plan.ts";
import { attempt, noteRun, tell } from "./failure.ts";
import { parseFile, parseHosts, type RunArguments } from "./options.ts";

/** What a run that is interrupted may still take to come to its result. */
const RESULT_WITHIN_MS = 700;
/** A run that is interrupted ends within this, whatever it does. */
const FORCED_EXIT_MS = 1800;

/** Prints a line of the program, in which names, logs and messages of others can stand. */
export const say = (line: string): void => console.log(printableLines(printable(line)));

/** @throws CodedError, CodedErrors for everything that is wrong with the file */
export function readPlan(scenario: string, overrides: Overrides): Plan {
  return planScenario(shorten(scenario), readText(scenario), loadCatalog(), overrides);
}

/** What happens around a run. */
export interface Surroundings {
  /** Called when everything is open; what it returns is called when the run is over. */
  readonly onRunning?: (run: Run) => () => void;
  /** Called when the run is over, before its servers close, which takes a while. */
  readonly onResult: (result: RunResult) => void;
  /** Commands of an earlier session. */
  readonly inputs?: RunOptions["replay"];
  /** What else somebody wants of the run who watches it. */
  readonly watching?: Partial<RunOptions>;
}

/** Runs a plan to its end or to Ctrl-C. @throws CodedError, CodedErrors of what cannot start, or broke */
export async function execute(
  verb: "up" | "run",
  plan: Plan,
  args: RunArguments,
  { onRunning = () => () => undefined, onResult, inputs = [], watching = {} }: Surroundings,
): Promise<RunResult> {
  checkFileDescriptors(plan);
  checkUsers(plan);
  checkEphemeralPorts(plan);
  await checkPlannedNodesets(plan);
  const hosts = parseHosts(args, plan.units.length);
  const record = parseFile("record", args.record);
  noteRun(formatCommand(verb, { ...plan, shard: plan.shard && `${plan.shard.part}/${plan.shard.of}` }));
  const log = record === undefined ? undefined : new InputLog(record, plan);
  const folder = parseFile("evidence", args.evidence);
  const given: RunOptions["replay"][number][] = [];
  const onInput: RunOptions["onInput"] = (input) => {
    attempt(() => log?.add(input));
    watching.onInput?.(input);
    if (folder !== undefined) given.push(input);
  };
  const keepsDatagrams = folder !== undefined;
  if (plan.speed === "max") keepYoungGenerationSmall();
  const started = new Run(plan, { hosts, replay: inputs, log: say, ...watching, onInput, keepsDatagrams });
  const result = await interruptible(started, onRunning, async (over) => {
    attempt(() => log?.end(over));
    onResult(over);
    if (folder !== undefined) await keepEvidence(folder, plan, started, over, given);
  });
  noteRun(undefined);
  return result;
}

/**
 * Prints a whole result, and writes it where the options say.
 *
 * @throws CodedError `file-unusable` when it cannot be written there
 */
export function summarize(args: RunArguments): (result: RunResult) => void {
  const [json, record] = [parseFile("json", args.json), parseFile("record", args.record)];
  if (json !== undefined) prepareFile(json);
  return (result) => {
    formatSummary(result, record).forEach(say);
    if (json !== undefined) attempt(() => writeText(json, formatResults([result])));
  };
}

/** Datagrams of a bundle. */
const DATAGRAMS_MAX = 20_000;

/** Writes what there is to look into when a run has failed. */
async function keepEvidence(
  folder: string,
  plan: Plan,
  run: Run,
  result: RunResult,
  given: NonNullable<RunOptions["replay"]>,
): Promise<void> {
  if (verdictCode(result) === EXIT.pass) return;
  const accused = [
    ...(result.north?.misfortunes ?? []),
    // What the system under test has done to itself says nothing of a unit.
    ...result.checks.flatMap((check) => (check.units > 0 ? check.evidence : [])),
  ].map(({ unit }) => unit);
  const all = plan.units.map(({ name }) => name);
  const units = all.filter((name) => accused.length === 0 || accused.includes(name));
  const own = folderOf(folder, plan.name, plan.seed);
  try {
    writeEvidence(own, {
      result,
      scenario: plan.source,
      inputs: given.map((input) => `${printableJson(input)}\n`).join(""),
      datagrams: await run.captured(units, DATAGRAMS_MAX),
    });
  } catch (error) {
    // A host may be gone by now; the result is there all the same.
    tell(error);
    return;
  }
  say(`  evidence  taktwerk show ${pathWord(own)}`);
}

/** Starts a run and lets Ctrl-C end it. */
async function interruptible(
  started: Run,
  onRunning: (run: Run) => () => void,
  onResult: (result: RunResult) => Promise<void>,
): Promise<RunResult> {
  let isInterrupted = false;
  let hasResult = false;
  const leave = (): void => {
    if (!hasResult) say("interrupted without a result: a part of the run did not come to rest in time");
    process.exit(EXIT.interrupted);
  };
  const interrupt = (): void => {
    if (isInterrupted) return;
    isInterrupted = true;
    process.once("SIGINT", leave);
    setTimeout(leave, FORCED_EXIT_MS).unref();
    started.stop(RESULT_WITHIN_MS);
  };
  // Hanging up is what a terminal does that is closed. Listened to until the end: a library that gives the terminal back
  // when a signal comes ends the process as well when nobody else listens any more.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  // A reader that closes the pipe, such as `head`, has seen enough; nothing else would end the plant. A full disk
  // says nothing of the kind.
  const onOutputError = ({ code }: NodeJS.ErrnoException): void => {
    if (code !== "ENOSPC" && code !== "EDQUOT") interrupt();
  };
  process.stdout.on("error", onOutputError);
  let onOver = (): void => undefined;
  try {
    await started.start();
    if (!isInterrupted) onOver = onRunning(started);
    const result = await started.finish();
    onOver();
    await onResult(result);
    hasResult = true;
    return result;
  } finally {
    onOver();
    // What it came to, or what ended it, counts more than what goes wrong then.
    await started.close().catch(tell);
    for (const signal of signals) process.off(signal, interrupt);
    process.stdout.off("error", onOutputError);
  }
}
