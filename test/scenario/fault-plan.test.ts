import { describe, expect, test } from "vitest";
import { CodedErrors } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const UNITS = UNIT.replace("name:", "count: 20, name:");

const text = (faults: string, units = UNITS): string => scenarioText({ top: `faults:\n${faults}\n`, units });
const plan = (faults: string, overrides: Overrides = {}, units = UNITS): Plan =>
  planScenario("plant.yaml", text(faults, units), catalog, { endpoints: false, ...overrides });

/** Names of the units that a fault hits. */
const hit = (planned: Plan, id = "f"): string[] =>
  planned.units.filter(({ faults }) => faults.some((fault) => fault.id === id)).map(({ name }) => name);

function mistakes(faults: string): string[] {
  try {
    plan(faults);
  } catch (error) {
    return (error as CodedErrors).errors.map(
      ({ message, place, fix }) => `${place!.line}:${place!.column} ${message} | ${fix.split("\n")[0]}`,
    );
  }
  throw new Error("nothing is wrong");
}

async function run(planned: Plan, hosts = 1): Promise<RunResult> {
  const it = new Run(planned, { hosts });
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
}

describe("a selector", () => {
  const on = (selector: string, seed = 1): string[] =>
    hit(plan(`  - { id: f, on: ${selector}, fault: air-dip }`, { seed }));

  test("means the units that all of it fits", () => {
    expect(on("{}")).toHaveLength(20);
    expect(on('{ name: "cnc-1*" }')).toHaveLength(10);
    expect(on('{ model: "cnc/*", group: hall }')).toHaveLength(20);
    expect(on('{ name: "cnc-0?" , group: "h*" }'.replace("?", "3"))).toEqual(["cnc-03"]);
  });

  test("picks by the seed, in number or share, the same at each time", () => {
    expect(on("{ pick: 3 }")).toHaveLength(3);
    expect(on('{ pick: "10%" }')).toHaveLength(2);
    expect(on("{ pick: 3 }")).toEqual(on("{ pick: 3 }"));
    const seeds = [1, 2, 3, 4, 5, 6].map((seed) => on("{ pick: 3 }", seed).join());
    expect(new Set(seeds).size).toBeGreaterThan(3);
    expect(on("{ pick: 50 }")).toHaveLength(20);
  });

  test("draws the same units when a shard plans only its part", () => {
    const whole = hit(plan("  - { id: f, on: { pick: 5 }, fault: air-dip }"));
    const parts = [1, 2, 3].flatMap((part) =>
      hit(plan("  - { id: f, on: { pick: 5 }, fault: air-dip }", { shard: { part, of: 3 } })),
    );
    expect(parts.sort()).toEqual([...whole].sort());
  });
});

describe("a timeline", () => {
  const FAULTS = [
    '  - { id: air, at: 1m, for: 30s, every: 5m, on: { name: "cnc-01" }, fault: air-dip }',
    "  - { id: late, after: air, at: 90s, for: 1m, on: { name: cnc-02 }, fault: clamp-leak, with: { severity: 0.9 } }",
    "  - { id: stays, at: 12m, on: { pick: 2 }, fault: spindle-bearing-wear }",
  ].join("\n");

  test("comes true, and the record says from when to when", async () => {
    const { faults } = await run(plan(FAULTS, { speed: "max", duration_s: 900 }));
    const of = (kind: string) => faults.filter((fault) => fault.kind === kind);
    expect(of("air-dip").map(({ unit, id, from_s, until_s }) => [unit, id, from_s, until_s])).toEqual([
      ["cnc-01", "air#1", 60, 90],
      ["cnc-01", "air#2", 360, 390],
      ["cnc-01", "air#3", 660, 690],
    ]);
    expect(of("clamp-leak")).toEqual([
      {
        unit: "cnc-02",
        id: "late",
        kind: "clamp-leak",
        severity: 0.9,
        parameters: {},
        raises: ["clamp-pressure-low"],
        masks: [],
        from_s: 150,
        full_s: 210,
        ends_s: 210,
        until_s: 210,
      },
    ]);
    expect(of("spindle-bearing-wear").map(({ from_s, until_s }) => [from_s, until_s])).toEqual([
      [720, undefined],
      [720, undefined],
    ]);
  });

  test("gives the same digest and record at any speed and on any number of hosts", async () => {
    const fast = await run(plan(FAULTS, { speed: "max", duration_s: 400 }));
    const slow = await run(plan(FAULTS, { speed: 400, duration_s: 400 }));
    const spread = await run(plan(FAULTS, { speed: "max", duration_s: 400 }), 2);
    const without = await run(
      planScenario("plant.yaml", scenarioText({ units: UNITS }), catalog, {
        endpoints: false,
        speed: "max",
        duration_s: 400,
      }),
    );
    expect([slow.digest, spread.digest]).toEqual([fast.digest, fast.digest]);
    expect([slow.faults, spread.faults]).toEqual([fast.faults, fast.faults]);
    expect(without.digest).not.toBe(fast.digest);
    const changed = Object.keys(fast.digests).filter((cell) => fast.digests[cell] !== without.digests[cell]);
    expect(changed).toEqual(["cnc-01", "cnc-02"]);
  });
});

test("a signal is asked of each unit that a fault hits, and of no other", () => {
  const units = `${UNIT}\n      - { model: cnc/mill-turn-22kw, name: lathe, program: programs/shaft-42crmo4 }`;
  const faults = (on: string): string =>
    `  - { id: f, on: { name: ${on} }, fault: sensor-gain, with: { signal: tool-spindle-temperature } }`;
  expect(hit(plan(faults("lathe"), {}, units))).toEqual(["lathe"]);
  expect(() => plan(faults('"*"'), {}, units)).toThrow('no signal "tool-spindle-temperature" (cnc/vmc-3axis');
});

describe("what is wrong with a fault is told with its place and the way out", () => {
  test.each([
    [
      "a kind that does not exist",
      "  - { id: f, on: {}, fault: air-dop }",
      '4:29 there is no fault "air-dop" | Did you mean "air-dip"?',
    ],
    [
      "a severity beyond 1",
      "  - { id: f, on: {}, fault: air-dip, with: { severity: 3 } }",
      '4:56 "with" of air-dip cannot be so',
    ],
    [
      "a parameter that the kind does not have",
      "  - { id: f, on: {}, fault: air-dip, with: { axis: x } }",
      '4:44 "with" of air-dip cannot be so: Unrecognized key',
    ],
    [
      "a selector that means nobody",
      "  - { id: f, on: { name: robot }, fault: air-dip }",
      '4:18 "on" of "f" means no unit | Write what fits one of the fleet.',
    ],
    [
      "an id that is there twice",
      "  - { id: f, on: {}, fault: air-dip }\n  - { id: f, on: {}, fault: air-dip }",
      '5:11 two faults have the id "f" | Give each an id of its own.',
    ],
    [
      "one that comes after nobody",
      "  - { id: f, after: g, on: {}, fault: air-dip }",
      '4:21 there is no fault "g" to come after',
    ],
    [
      "ones that come after each other",
      "  - { id: f, after: g, on: {}, fault: air-dip }\n  - { id: g, after: f, on: {}, fault: air-dip }",
      '4:21 "after" of "f" comes back to itself',
    ],
    [
      "one that would begin again before it has ended",
      "  - { id: f, for: 2m, every: 1m, on: {}, fault: air-dip }",
      '4:30 "every" cannot be 1m: one has to end before the next begins',
    ],
    [
      "a signal that the units do not have",
      "  - { id: f, on: {}, fault: sensor-bias, with: { signal: spindle-temprature } }",
      '4:58 there is no signal "spindle-temprature" (cnc/vmc-3axis-15kw) | Did you mean "spindle-temperature"?',
    ],
    [
      "a signal that is no number",
      "  - { id: f, on: {}, fault: sensor-stuck, with: { signal: machine-state } }",
      '4:59 the signal "machine-state" is no number with a range (cnc/vmc-3axis-15kw) | Known: ',
    ],
    [
      "a signal in a unit that nobody takes for another",
      "  - { id: f, on: {}, fault: unit-swap, with: { signal: spindle-speed } }",
      '4:56 "spindle-speed" is in revolutions per minute, which nobody takes for another (cnc/vmc-3axis-15kw) | Did you mean "',
    ],
    [
      "a sensor fault without a signal",
      "  - { id: f, on: {}, fault: sensor-stuck }",
      '4:5 "with" of sensor-stuck cannot be so: "signal" has to be the id of a number that the unit publishes',
    ],
    [
      "a group that the units do not have",
      "  - { id: f, on: {}, fault: clock-skew, with: { group: motions } }",
      '4:56 there is no poll group "motions" (cnc/vmc-3axis-15kw) | Did you mean "motion"?',
    ],
    ["a time that is none", "  - { id: f, at: soon, on: {}, fault: air-dip }", '4:18 "at" cannot be "soon"'],
  ])("%s", (_name, faults, said) => {
    expect(mistakes(faults)[0]!.slice(0, said.length)).toBe(said);
  });
});
