/** The shipped scenario passes, and fails for the right reasons when its sensors do not lie. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SENSOR_FAULTS } from "../../src/equipment/sensor-faults/catalogue.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Plan } from "../../src/scenario/plan.ts";

const FILE = "scenarios/sensor-lies.yaml";
const plan = (text = readFileSync(FILE, "utf8")): Plan => planScenario(FILE, text, loadCatalog());

async function run(planned: Plan, hosts = 1): Promise<RunResult> {
  const it = new Run(planned, { hosts });
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

const failedOf = ({ checks }: RunResult): string[] =>
  checks.filter(({ verdict }) => verdict !== "passed").map(({ name }) => name);

test("it passes, and its record names each sensor and what it may raise and hide", async () => {
  const result = await run(plan());
  expect(failedOf(result)).toEqual([]);
  const lies = result.faults.filter((fault) => "raises" in fault && fault.kind !== "spindle-bearing-wear");
  const HOT = "spindle-temperature-high";
  expect(lies).toMatchObject([
    { id: "psi", parameters: { signal: "hydraulic-pressure" }, raises: [], masks: ["clamp-pressure-low"] },
    { id: "blind", parameters: { signal: "spindle-temperature" }, raises: [HOT], masks: [HOT] },
    { id: "off", parameters: { signal: "spindle-temperature", offset: 50 }, raises: [HOT], masks: [] },
    {
      id: "broken",
      parameters: { signal: "coolant-level", end: "low" },
      raises: ["coolant-level-low"],
      masks: [],
    },
  ]);
});

test("digest and verdicts are those of any number of hosts", async () => {
  const [one, two] = [await run(plan()), await run(plan(), 2)];
  expect(two.digest).toBe(one.digest);
  expect(two.checks).toEqual(one.checks);
});

test("with its sensor faults taken out of the plan, what they should do fails, and only that", async () => {
  const kinds = new Set(SENSOR_FAULTS.map(({ id }) => id));
  const whole = plan();
  const units = whole.units.map((unit) => ({
    ...unit,
    faults: unit.faults.filter(({ kind }) => !kinds.has(kind)),
  }));
  const result = await run({ ...whole, units });
  expect(result.faults.map(({ kind }) => kind)).toEqual(["spindle-bearing-wear"]);
  // Windows that wait for a fault never open.
  expect(failedOf(result)).toEqual([
    "the bearing is too hot",
    "a stuck sensor hides it",
    "a bias is an alarm without a cause",
    "a broken wire empties a tank that is full",
    "what is published in psi is no pressure in bar",
  ]);
});

test("faults that are there and too small to matter are told from those that are not", async () => {
  const text = readFileSync(FILE, "utf8")
    .replace("offset: 50", "offset: 0.5")
    .replace("sensor-stuck", "sensor-delay");
  const result = await run(plan(text));
  expect(failedOf(result)).toEqual(["a stuck sensor hides it", "a bias is an alarm without a cause"]);
  expect(
    result.checks.find(({ name }) => name === "a stuck sensor hides it")!.evidence[0]!.saw,
  ).toMatchObject({
    'unit.conditions["spindle-temperature-high"]': expect.stringMatching(/active/),
  });
});
