/** Annotations and the step summary, as GitHub's runner reads them. */
import { expect, test } from "vitest";
import { formatAnnotations, formatStepSummary } from "../../src/report/github.ts";
import { printable } from "../../src/errors.ts";
import { allRuns, brokenRun, failedRun, NASTY, saturatedRun } from "../support/reported-runs.ts";

/** Reads a workflow command as the runner does. */
function read(line: string): { properties: Record<string, string>; message: string } {
  const [, written, data] = /^::error ([^\n]*?)::([^\r\n]*)$/.exec(line)!;
  const unescape = (text: string): string =>
    text.replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%0A", "\n").replaceAll("%0D", "\r");
  const pairs = written!.split(",").map((pair) => /^(\w+)=(.*)$/.exec(pair)!.slice(1));
  const properties = pairs.map(([key, value]) => [key, unescape(value!).replaceAll("%25", "%")]);
  return { properties: Object.fromEntries(properties), message: unescape(data!).replaceAll("%25", "%") };
}

const inRepository = (file: string): string => `sub/${file}`;

test("a failed check is marked where it stands, with whatever its name holds", () => {
  const [check, threshold, ...rest] = formatAnnotations(failedRun, inRepository).map(read);
  expect(rest).toEqual([]);
  const run = "bearing (plants/bearing.yaml), seed 42";
  const title = `failed: ${NASTY.split("\n").map(printable).join("\n")} in ${run}`;
  expect(check!.properties).toEqual({ file: "sub/plants/bearing.yaml", line: "14", col: "5", title });
  expect(check!.message).toMatch(
    /^failed in 1 of 2 windows: cnc-01 at 10\.488 s: it was so at 10\.487 s\n {2}saw /,
  );
  expect(check!.message).toContain(failedRun.again);
  // What --set brought stands in no file.
  expect(threshold!.properties).toEqual({ title: `failed: twin.parts_produced count >= 10 in ${run}` });
});

test("% is escaped first, so that nothing of a name becomes a line", () => {
  const [line] = formatAnnotations(failedRun, inRepository);
  expect(line).toContain("%3A%3A%250A");
});

test("what ended a run is marked at its place, or at the top of its scenario", () => {
  const [broken] = formatAnnotations(brokenRun, inRepository).map(read);
  expect(broken!.properties).toEqual({
    file: "sub/broken.yaml",
    line: "3",
    col: "7",
    title: "invalid-value",
  });
  const [slow] = formatAnnotations(saturatedRun, inRepository).map(read);
  expect(slow!.properties).toMatchObject({ file: "sub/plants/bearing.yaml", line: "1" });
  expect(slow!.properties["title"]).toContain("inconclusive");
});

test("the summary is a table with a row a run, and no name breaks out of it", () => {
  const lines = formatStepSummary(allRuns).split("\n");
  const rows = lines.filter((line) => line.startsWith("|"));
  expect(rows).toHaveLength(2 + allRuns.length);
  const cells = rows.map((row) => row.split("|").length);
  expect(new Set(cells)).toEqual(new Set([9]));
  expect(rows[2]).toMatch(
    /^\| failed \| bearing \| plants\/bearing.yaml \| 42 \| 2 of 5 \| 1200 s \| 3e481fd9041b623e \|$/,
  );
  const text = lines.join("\n");
  expect(text).toContain(": failed in 1 of 2 windows: cnc-01 at 10.488 s: it was so at 10.487 s");
  expect(text).not.toMatch(/<|>/);
  expect(text).toContain("taktwerk run plants/bearing.yaml --seed 42");
});
