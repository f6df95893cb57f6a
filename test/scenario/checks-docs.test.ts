/** The example of docs/checks.md comes to what stands there, and its table of metrics is the one of the program. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatSummary } from "../../src/report/console.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import { METRICS } from "../../src/scenario/metrics.ts";
import { planScenario } from "../../src/scenario/plan.ts";

const page = readFileSync("docs/checks.md", "utf8");

/** A model that is tuned changes figures, and columns with them, but not what is told. */
const plain = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replaceAll(/ +/g, " ")
        .replaceAll(/\d+(\.\d+)?/g, "0"),
    );

test("the example of the page runs and prints what stands there", async () => {
  const [scenario, output] = [...page.matchAll(/```(?:yaml|text)\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const run = new Run(planScenario("bearing.yaml", scenario!, loadCatalog()));
  await run.start();
  const lines = formatSummary(await run.finish());
  await run.close();
  const verdicts = lines.filter((line) => /^ {2}(passed|failed|open) | {12}/.test(line));
  expect(plain(verdicts.join("\n"))).toEqual(plain(output!));
});

test("every metric stands in the table", () => {
  const rows = [...page.matchAll(/^\| `([\w.]+)` +\| (\w+) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(METRICS).map(([name, { kind, says }]) => [name, kind, says]));
});
