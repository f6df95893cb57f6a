/** What a scenario does to units: actions, and faults that wait for an event or ask for a state. */
import { describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import { mergeResults } from "../../src/runtime/merge.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Overrides } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const UNITS = UNIT.replace("name:", "count: 3, name:");

async function run(lines: string, overrides: Overrides = {}, hosts = 1): Promise<RunResult> {
  const text = `${scenarioText({ units: UNITS, top: "duration: 40m\n" })}${lines}`;
  const plan = planScenario("plant.yaml", text, loadCatalog(), { speed: "max", ...overrides });
  const it = new Run(plan, { hosts });
  await it.start();
  try {
    return await it.finish();
  } finally {
    await it.close();
  }
}

const verdicts = ({ checks }: RunResult): string[] => checks.map(({ name, verdict }) => `${verdict} ${name}`);

const HOLD = `
actions:
  - { id: hold, at: 5m, on: { name: cnc-01 }, do: hold }
  - { id: go-on, at: 8m, on: { name: cnc-01 }, do: start }
  - { id: slowly, at: 10m, every: 5m, on: {}, do: set-override, with: { which: feed, percent: 50 } }
`;

describe("actions", () => {
  test("are done to the units that they mean at their times, and seen like anybody's", async () => {
    const result = await run(`${HOLD}
checks:
  - { name: held, on: { name: cnc-01 }, after: 5m, until: 8m, always: 'unit.states["machine-state"] == "Hold"' }
  - { name: no part in the hold, on: { name: cnc-01 }, after: 310s, until: 8m, count: 'event.kind == "production"', atMost: 0 }
  - { name: others go on, on: { name: cnc-02 }, after: 5m, until: 8m, count: 'event.kind == "state"', atLeast: 1 }
`);
    expect(verdicts(result)).toEqual(["passed held", "passed no part in the hold", "passed others go on"]);
    const told = result.actions.map(({ unit, id, time_s, what, done }) => [unit, id, time_s, what, done]);
    expect(told.slice(0, 5)).toEqual([
      ["cnc-01", "hold", 300, "hold", true],
      ["cnc-01", "go-on", 480, "start", true],
      ["cnc-01", "slowly", 600, "set-override", true],
      ["cnc-02", "slowly", 600, "set-override", true],
      ["cnc-03", "slowly", 600, "set-override", true],
    ]);
    expect(told).toHaveLength(2 + 3 * 7);
    expect(result.inputs).toBe(0);
  });

  test("change the digest, and the same one comes at any speed, on several hosts and from shards", async () => {
    const alone = await run(HOLD);
    expect((await run("")).digest).not.toBe(alone.digest);
    expect((await run(HOLD, { speed: 5000, endpoints: false })).digest).toBe(alone.digest);
    const spread = await run(HOLD, {}, 2);
    expect([spread.digest, spread.actions]).toEqual([alone.digest, alone.actions]);
    const shards = new Map<string, RunResult>();
    for (const part of [1, 2]) shards.set(`${part}`, await run(HOLD, { shard: { part, of: 2 } }));
    const merged = mergeResults(shards);
    expect([merged.digest, merged.actions]).toEqual([alone.digest, alone.actions]);
  });

  test("that a unit refuses are told with its reason", async () => {
    const { actions } = await run(
      `actions: [{ id: ack, at: 1m, on: { name: cnc-02 }, do: acknowledge, with: { condition: vibration-high } }]`,
    );
    const reason = "vibration-high is acknowledged";
    expect(actions).toEqual([
      { unit: "cnc-02", id: "ack", time_s: 60, what: "acknowledge", done: false, reason },
    ]);
  });

  test("can wait for an event", async () => {
    const { actions } = await run(
      `faults: [{ id: bearing, at: 2m, on: { name: cnc-03 }, fault: spindle-bearing-wear }]
actions:
  - id: operator-comes
    after: { event: 'event.source == "vibration-high" && event.fields["active"] == true' }
    at: 90s
    on: {}
    do: acknowledge
    with: { condition: vibration-high, by: operator }
`,
    );
    const [done, ...others] = actions.toSorted((a, b) => Number(b.done) - Number(a.done));
    expect(done).toMatchObject({ unit: "cnc-03", done: true });
    expect(done!.time_s).toBeGreaterThan(120 + 90);
    expect(others.map(({ unit, time_s, reason }) => [unit, time_s, reason])).toEqual([
      ["cnc-01", 2400, "no such event came"],
      ["cnc-02", 2400, "no such event came"],
    ]);
  });
});

describe("faults", () => {
  test("begin so long after an event, and what comes after them counts from the same event", async () => {
    const result = await run(`
faults:
  - { id: jam, after: { event: 'event.kind == "production"' }, at: 10s, for: 1m, on: {}, fault: coolant-low }
  - { id: next, after: jam, at: 20s, for: 1m, on: { name: cnc-01 }, fault: air-dip }
checks:
  - { name: nothing before a part, until: { fault: jam }, count: 'event.kind == "production"', atMost: 1 }
  - { name: then it is there, on: { fault: jam }, during: { fault: jam }, always: 'unit.faults["jam"]' }
`);
    expect(verdicts(result)).toEqual(["passed nothing before a part", "passed then it is there"]);
    const jams = result.faults.filter(({ id }) => id === "jam");
    expect(jams.map(({ unit }) => unit).sort()).toEqual(["cnc-01", "cnc-02", "cnc-03"]);
    const first = jams.find(({ unit }) => unit === "cnc-01")!;
    const next = result.faults.find(({ id }) => id === "next")!;
    expect(next.from_s - first.from_s).toBeCloseTo(20, 9);
    expect(first.until_s! - first.from_s).toBeCloseTo(60, 9);
  });

  test("ask for a state each time that they come round, and say when they did not begin", async () => {
    const result = await run(`
faults:
  - id: hiccup
    at: 1m
    every: 1m
    for: 10s
    on: { state: 'unit.states["machine-state"] == "Cutting"' }
    fault: air-dip
checks:
  - { name: only while it cuts, on: { fault: hiccup }, after: { fault: hiccup }, within: 1s, eventually: 'unit.states["machine-state"] == "Cutting"' }
`);
    expect(verdicts(result)).toEqual(["passed only while it cuts"]);
    expect(result.faults.length).toBeGreaterThan(10);
    expect(result.actions.length).toBeGreaterThan(10);
    expect(result.faults.length + result.actions.length).toBe(3 * 40);
    expect(new Set(result.actions.map(({ reason }) => reason))).toEqual(
      new Set(["the unit was not in the state that it asks for"]),
    );
  });
});

describe("what is done to the whole run", () => {
  test("changes its speed, on every host, and not its digest; at speed max it is left out", async () => {
    // At the speed that it begins with, no test would wait for the end.
    const faster = "actions: [{ id: faster, at: 1s, speed: 100000 }]";
    const [alone, spread] = [
      await run(faster, { speed: 60, endpoints: false, duration_s: 9000 }),
      await run(faster, { speed: 60, endpoints: false, duration_s: 9000 }, 2),
    ];
    const said = { unit: "", id: "faster", time_s: 1, what: "speed 100000", done: true, reason: "" };
    expect([alone.actions, spread.actions]).toEqual([[said], [said]]);
    const max = await run(faster, { duration_s: 9000 });
    expect([alone.digest, spread.digest, max.actions]).toEqual([max.digest, max.digest, []]);
  });

  test("a threshold that aborts ends it early, and where it ended repeats", async () => {
    const aborts = "thresholds: [{ threshold: twin.parts_produced count < 2, abortOnFail: true }]";
    const cut = await run(aborts, { speed: 2000, endpoints: false });
    expect([cut.ending, cut.abortedBy]).toEqual(["aborted", "twin.parts_produced count < 2"]);
    expect(cut.plantTime_s).toBeLessThan(2400);
    expect((await run("", { duration_s: cut.plantTime_s })).digest).toBe(cut.digest);
    const patient = aborts.replace("abortOnFail", "delayAbortEval: 2h, abortOnFail");
    expect(await run(patient, { speed: 5000, endpoints: false })).toMatchObject({ ending: "duration" });
  });
});
