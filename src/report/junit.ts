import junit, { type Builder, type TestCase, type TestSuite } from "junit-report-builder";
import { formatError, printable, printableLines } from "../errors.ts";
import type { RunResult } from "../runtime/result.ts";
import { titleOf, whyVoid, WORD_OF_CODE, type ReportedRun } from "./reported-run.ts";
import { explainCheck, explainThreshold, formatAllSeen } from "./verdict-text.ts";

/** Its types tell of a default export inside, which the module does not have. */
const builder = junit as unknown as Builder;

/**
 * Runs as JUnit XML: a suite each. Its first case is the run itself, which carries the time and whatever ended it with
 * a code from 2 to 5; then comes a case for each check and threshold. What only the whole fleet can say, and a shard
 * leaves open, is skipped.
 */
export function formatJUnit(runs: readonly ReportedRun[]): string {
  const report = builder.newBuilder().name("Taktwerk");
  for (const run of runs) addSuite(report.testSuite(), run);
  // The builder counts what was skipped in the root as well, which the schema does not know.
  return report.build().replace(/^(<testsuites .*?) skipped="\d+"/m, "$1");
}

function addSuite(suite: TestSuite, run: ReportedRun): void {
  const { result, began_ms, again } = run;
  const time_s = toMillisecond(result?.wallTime_s ?? 0);
  suite
    .name(printable(titleOf(run)))
    .timestamp(new Date(began_ms).toISOString().slice(0, 19))
    .time(time_s)
    .property("file", printable(run.file))
    .property("again", printable(again));
  const own = suite.testCase().className(classOf(run)).name("the run").time(time_s);
  tellEnding(own, run);
  if (!result) return;
  const { seed, digest, version, speed, plantTime_s } = result;
  for (const [name, value] of Object.entries({ seed, digest, version, speed, plantTime_s }))
    suite.property(name, printable(String(value)));
  addCases(suite, run, result);
}

/** Jenkins takes what stands before the last dot for a package: here the file. */
function classOf({ file, seed }: ReportedRun): string {
  const [plant, ...run] = [file.replace(/\.ya?ml$/, ""), ...(seed === undefined ? [] : [`seed ${seed}`])];
  return printable([plant!, ...run].map((it) => it.replaceAll(".", "_")).join("."));
}

function tellEnding(own: TestCase, run: ReportedRun): void {
  const why = whyVoid(run);
  const type = WORD_OF_CODE[run.code] ?? "";
  const [first] = run.errors;
  if (first) own.error(printable(first.message), type, asCData(run.errors.map(formatError)));
  else if (why !== undefined) own.error(printable(why), type, asCData([`again: ${run.again}`]));
}

function addCases(suite: TestSuite, run: ReportedRun, result: RunResult): void {
  const addCase = (name: string): TestCase =>
    suite.testCase().className(classOf(run)).name(printable(name)).time(0);
  const where = (name: string): string[] => {
    const place = run.places[name];
    return place?.line === undefined ? [] : [`${place.file}:${place.line}:${place.column}`];
  };
  for (const check of result.checks) {
    const { name, verdict, evidence } = check;
    const added = addCase(name);
    if (verdict === "open") added.skipped();
    if (verdict !== "failed") continue;
    const how = explainCheck(check);
    const text = [how, ...formatAllSeen(evidence), ...where(name)];
    added.failure(printable(how), "check").stacktrace(asCData([...text, `again: ${run.again}`]));
  }
  for (const threshold of result.thresholds) {
    const { text, verdict } = threshold;
    const added = addCase(text);
    if (verdict === "open") added.skipped();
    if (verdict !== "failed") continue;
    const how = explainThreshold(threshold, result.wireDemand);
    added
      .failure(printable(how), "threshold")
      .stacktrace(asCData([how, ...where(text), `again: ${run.again}`]));
  }
}

/** The builder guards only the first end of a section in a text. */
const asCData = (lines: readonly string[]): string =>
  lines.map(printableLines).join("\n").replaceAll("]]>", "]] >");

const toMillisecond = (time_s: number): number => Math.round(time_s * 1000) / 1000;
