import { expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { mergeResults } from "../../src/runtime/merge.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Overrides } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const UNITS = UNIT.replace("name:", "count: 3, name:");
const FAULTS = "faults:\n  - { id: bearing, at: 1m, on: { pick: 2 }, fault: spindle-bearing-wear }\n";

async function run(
  texts: readonly string[],
  overrides: Overrides = {},
  hosts = 1,
  faults = FAULTS,
): Promise<RunResult> {
  const thresholds = `thresholds:\n${texts.map((text) => `  - "${text}"\n`).join("")}`;
  const text = scenarioText({ top: `${faults}${thresholds}`, units: UNITS });
  const all = { endpoints: false, speed: "max", duration_s: 1200, ...overrides } as const;
  const it = new Run(planScenario("plant.yaml", text, loadCatalog(), all), { hosts });
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

const TEXTS = [
  "twin.parts_produced count >= 3",
  "twin.parts_produced count < 3",
  "twin.alarms count != 0",
  "twin.alarm_active_s max > 30",
  "twin.part_interval_s min > 60",
  "twin.part_interval_s p(95) < 1",
  "twin.part_interval_s avg <= 1200",
  "twin.energy_kwh sum > 0.1",
  "twin.energy_kwh count == 3",
];
const VERDICTS = ["passed", "failed", "passed", "passed", "passed", "failed", "passed", "passed", "passed"];

test("thresholds are taken over the whole fleet, however hosts and shards have cut it", async () => {
  const whole = await run(TEXTS);
  expect(whole.thresholds.map(({ verdict }) => verdict)).toEqual(VERDICTS);
  expect(whole.thresholds[0]!.value).toBe(whole.partsProduced);
  const spread = await run(TEXTS, {}, 2);
  expect(spread.thresholds).toEqual(whole.thresholds);
  const parts = await Promise.all([1, 2].map((part) => run(TEXTS, { shard: { part, of: 2 } })));
  expect(new Set(parts.flatMap(({ thresholds }) => thresholds.map((it) => it.verdict)))).toEqual(
    new Set(["open"]),
  );
  const merged = mergeResults(new Map(parts.map((part, i) => [`${i}`, part])));
  expect(merged.thresholds).toEqual(whole.thresholds);
  const other = await run(["twin.alarms count == 0"], { shard: { part: 2, of: 2 } });
  expect(() =>
    mergeResults(
      new Map([
        ["a", parts[0]!],
        ["b", other],
      ]),
    ),
  ).toThrow(/other checks or thresholds/);
});

test("a trend without samples fails", async () => {
  const { thresholds } = await run(["twin.alarm_active_s max < 1"], { duration_s: 60 }, 1, "");
  expect(thresholds).toEqual([{ text: "twin.alarm_active_s max < 1", verdict: "failed" }]);
});
