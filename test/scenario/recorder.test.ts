/** What a run writes down to be drawn: it changes nothing, is the same on any number of hosts, and keeps peaks. */
import { describe, expect, test } from "vitest";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Plan } from "../../src/scenario/plan.ts";
import { planRecording } from "../../src/scenario/recording-plan.ts";
import { Envelope, StateTrack } from "../../src/scenario/recording.ts";

const UNITS =
  '      - { model: cnc/vmc-3axis-15kw, count: 3, name: "cnc-{n:02}", program: programs/bracket-al }';
const TEXT = `taktwerk: 1
name: plant
speed: max
duration: 1h
fleet:
  - group: hall
    units:
${UNITS}
faults:
  - { id: bearing, at: 5m, for: 10m, on: { name: cnc-03 }, fault: spindle-bearing-wear }
checks:
  - { name: cool, never: 'unit.signals["coolant-pressure"] < -1.0' }
  - { name: fresh, never: 'unit.truth["tool-1-wear"] > 99.0' }
thresholds:
  - twin.parts_produced count >= 1
`;
const plan = planScenario("plant.yaml", TEXT, loadCatalog());

async function simulate(of: Plan, hosts = 1): Promise<RunResult> {
  const run = new Run(of, { hosts });
  await run.start();
  try {
    return await run.finish();
  } finally {
    await run.close();
  }
}

describe("a recorded run", async () => {
  const recorded = { ...plan, recording: planRecording(plan) };
  const [without, alone, spread] = [
    await simulate(plan),
    await simulate(recorded),
    await simulate(recorded, 3),
  ];

  test("has the digest, the events and the verdicts of one that is not", () => {
    expect(without.recording).toBeUndefined();
    for (const it of [alone, spread]) {
      expect(it).toMatchObject({ digest: without.digest, events: without.events, checks: without.checks });
    }
  });

  test("is the same on any number of hosts", () => expect(spread.recording).toEqual(alone.recording));

  test("has bands of every unit that fill the run", () => {
    const { bands } = alone.recording!;
    expect(bands.map(({ unit }) => unit)).toEqual(["cnc-01", "cnc-02", "cnc-03"]);
    for (const { from_s, total_s } of bands) {
      expect(from_s[0]).toBe(0);
      expect(Object.values(total_s).reduce((sum, it) => sum + it, 0)).toBeCloseTo(3600, 6);
      expect(total_s["Cutting"]).toBeGreaterThan(1000);
    }
  });

  test("has series of what checks and thresholds read and of the usual, of some two thousand points", () => {
    const { series } = alone.recording!;
    const names = new Set(series.map(({ signal }) => signal));
    expect([...names].sort()).toEqual([
      ...["coolant-pressure", "parts-produced", "spindle-load", "spindle-temperature", "tool-1-wear"],
    ]);
    for (const { times_s, values } of series) {
      expect(times_s.length).toBeGreaterThan(50);
      expect(times_s.length).toBeLessThanOrEqual(2000);
      expect(values).toHaveLength(times_s.length);
      expect([...times_s].sort((a, b) => a - b)).toEqual(times_s);
      expect(times_s.at(-1)).toBeGreaterThan(3500);
    }
    expect(series.find(({ signal }) => signal === "coolant-pressure")!.readBy).toEqual(["cool"]);
    expect(series.find(({ signal }) => signal === "parts-produced")!.readBy).toEqual(plan.thresholds);
  });

  test("puts units that the scenario does something to first", () => {
    expect(planRecording(plan).series.find(({ signal }) => signal === "spindle-load")!.unit).toBe("cnc-03");
  });
});

test("a signal that no unit has is named with the way out", () => {
  const wrong = `${TEXT}report: { signals: [spindle-lod] }\n`;
  expect(() => planScenario("plant.yaml", wrong, loadCatalog())).toThrow(
    'no unit has a number called "spindle-lod" that could be drawn',
  );
  const right = planScenario("p.yaml", `${TEXT}report: { signals: [z-load] }\n`, loadCatalog());
  const asked = planRecording(right).series.filter(({ isAsked }) => isAsked);
  expect(asked.map(({ unit, signal }) => `${unit} ${signal}`)).toEqual([
    ...["cnc-03 z-load", "cnc-01 z-load", "cnc-02 z-load"],
  ]);
});

describe("what a check reads is kept", () => {
  const many = TEXT.replace(/count: 3/, "count: 40");
  const check = (text: string): string => many.replace("checks:\n", `checks:\n  - { ${text} }\n`);
  const readBy = (text: string): string[] =>
    planRecording(planScenario("many.yaml", check(text), loadCatalog()))
      .series.filter(({ readBy }) => readBy.includes("mine"))
      .map(({ unit, signal }) => `${unit} ${signal}`);

  test("of all units that it judges, for any of them may be the one that fails", () => {
    expect(many).not.toBe(TEXT);
    const kept = readBy("name: mine, never: 'unit.signals[\"z-load\"] > 900.0'");
    expect(kept).toHaveLength(40);
    expect(kept).toContain("cnc-40 z-load");
  });

  test("as the signal that its condition judges, once", async () => {
    const condition = 'unit.conditions["spindle-temperature-high"].active';
    const text = `name: mine, on: { name: cnc-40 }, never: '${condition} && unit.signals["spindle-temperature"] > 1.0'`;
    const own = planScenario("many.yaml", check(text), loadCatalog(), { duration_s: 60 });
    const { recording } = await simulate({ ...own, recording: planRecording(own) });
    const read = recording!.series.filter(({ readBy }) => readBy.includes("mine"));
    expect(read.map(({ unit, signal }) => [unit, signal])).toEqual([["cnc-40", "spindle-temperature"]]);
    expect(read[0]!.values.length).toBeGreaterThan(10);
  });
});

test("an envelope keeps extremes at their times, however many samples there are", () => {
  const envelope = new Envelope(0.1, 1000);
  for (let i = 0; i < 100_000; i++) envelope.add(i / 10, i === 77_777 ? 50 : i === 3 ? -50 : i % 7);
  const { times_s, values } = envelope.points;
  expect(values.length).toBeLessThanOrEqual(2000);
  expect(values.length).toBeGreaterThan(900);
  expect(times_s[values.indexOf(50)]).toBe(7777.7);
  expect(times_s[values.indexOf(-50)]).toBe(0.3);
});

test("a track keeps times in states whole while it draws the longest", () => {
  const track = new StateTrack("Off");
  for (let i = 0; i < 5000; i++) {
    track.go(i * 10 + 3, "Cutting");
    track.go(i * 10 + 10, "Off");
  }
  const { from_s, states, total_s } = track.finish(60_000, "u");
  expect(total_s).toEqual({ Off: 25_000, Cutting: 35_000 });
  expect(states).toEqual(["Cutting", "Off"]);
  expect(from_s).toHaveLength(2);
  // A stretch is 256 s long by then.
  expect(Math.abs(from_s[1]! - 50_000)).toBeLessThan(256);
});
