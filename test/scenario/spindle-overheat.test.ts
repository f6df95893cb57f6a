/** The shipped scenario passes, and fails for the right reason when what it is about does not happen. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { planScenario } from "../../src/scenario/plan.ts";

const FILE = "scenarios/spindle-overheat.yaml";
const TEXT = readFileSync(FILE, "utf8");

async function run(text: string): Promise<RunResult> {
  const it = new Run(planScenario(FILE, text, loadCatalog()));
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

const failedOf = ({ checks, thresholds }: RunResult): string[] => [
  ...checks.filter(({ verdict }) => verdict === "failed").map(({ name }) => name),
  ...thresholds.filter(({ verdict }) => verdict === "failed").map(({ text }) => text),
];

test("spindle-overheat passes", async () => {
  expect(failedOf(await run(TEXT))).toEqual([]);
});

test("a bearing that is hardly worn is not noticed, and the checks say so", async () => {
  const mild = TEXT.replace("severity: 1 }", "severity: 0.05 }");
  expect(mild).not.toBe(TEXT);
  const result = await run(mild);
  expect(failedOf(result)).toEqual(["vibration is noticed", "heat is noticed"]);
  expect(result.checks[0]!.evidence.map(({ why }) => why)).toEqual(
    Array.from({ length: 2 }, () => "it was never so from 600 s to 780 s"),
  );
});

test("one that is bad before its time is an alarm without a cause", async () => {
  const early = TEXT.replace(
    "faults:\n",
    "faults:\n  - { id: hidden, at: 2m, on: {}, fault: spindle-bearing-wear }\n",
  );
  expect(failedOf(await run(early))).toContain("no alarm without a cause");
});
