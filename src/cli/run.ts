import { CodedError, EXIT } from "../errors.ts";
import { formatSummary } from "../report/console.ts";
import { DEMO_SCENARIO, packageVersion } from "../runtime/files.ts";
import { readInputLog } from "../runtime/input-log.ts";
import { mergeResults, readResult } from "../runtime/merge.ts";
import { exitCode } from "../runtime/result.ts";
import { checkPorts } from "../runtime/ports.ts";
import type { Run } from "../runtime/run.ts";
import type { Plan } from "../scenario/plan.ts";
import { parseOverrides, type ReportArguments, type RunArguments } from "./options.ts";
import { Reports } from "./reports.ts";
import { hasScreen, tellStatus, upOnScreen } from "./screen.ts";
import { execute, readPlan, say, summarize } from "./session.ts";

/** Starts a plant, the demo if none is named, and says every few seconds how it is. @returns the exit code */
export async function up(scenario: string | undefined, args: RunArguments): Promise<number> {
  if (scenario !== undefined) {
    const plan = readPlan(scenario, parseOverrides(args));
    await checkPorts(plan);
    return upOn(plan, args);
  }
  try {
    return await upOn(readPlan(DEMO_SCENARIO, parseOverrides(args)), args);
  } catch (error) {
    // A plant that others shall see is not kept from them by what else runs on this machine.
    if (!(error instanceof CodedError && error.code === "port-in-use")) throw error;
    say(`${error.message}: the demo takes ports that are free`);
    return upOn(readPlan(DEMO_SCENARIO, parseOverrides({ ...args, ports: "auto" })), args);
  }
}

async function upOn(plan: Plan, args: RunArguments): Promise<number> {
  if (hasScreen(args)) return upOnScreen(plan, args);
  const onRunning = (run: Run): (() => void) => {
    say(`${plan.name}: ${plan.units.length} units run, Ctrl-C ends`);
    return tellStatus(run);
  };
  return exitCode(await execute("up", plan, args, { onRunning, onResult: summarize(args) }));
}

/** Runs a recorded session again and holds its digest against the record. @returns the exit code */
export async function replay(file: string, args: RunArguments): Promise<number> {
  const record = readInputLog(file);
  if (record.version !== packageVersion()) {
    say(`the record is of Taktwerk ${record.version}, this is ${packageVersion()}: the digest may differ`);
  }
  const session = { duration_s: record.end_s, seed: record.seed, set: record.set };
  const given = { speed: "max", ...parseOverrides(args), ...session } as const;
  // At full speed there is no wire that anything could go wrong with.
  const overrides = given.speed === "max" ? { ...given, endpoints: false } : given;
  const plan = readPlan(record.scenario, overrides);
  await checkPorts(plan);
  const result = await execute("run", plan, args, {
    inputs: record.inputs,
    onResult: summarize({ ...args, record: args.record ?? file }),
  });
  if (result.ending === "interrupted") return EXIT.interrupted;
  const same = result.digest === record.digest;
  say(same ? "the digest is that of the record" : `the record has another digest: ${record.digest}`);
  return same ? exitCode(result) : EXIT.failed;
}

/** Joins the results of shards, and reports them as those of a run. @returns the exit code */
export function merge(files: readonly string[], args: ReportArguments): number {
  const reports = new Reports(args, [], (command) => console.log(command));
  const merged = mergeResults(new Map(files.map((file) => [file, readResult(file)])));
  const code = exitCode(merged);
  formatSummary(merged).forEach(say);
  reports.addMerged(merged, code);
  reports.write();
  return code;
}
