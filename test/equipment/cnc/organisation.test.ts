import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { organisationSchema, Roster } from "../../../src/equipment/cnc/organisation.ts";
import { aloneCnc } from "../../support/cnc-plant.ts";

const load = (name: string) => {
  const { "taktwerk-model": _version, ...rest } = parse(
    readFileSync(`models/operations/${name}.yaml`, "utf8"),
  );
  return organisationSchema.parse(rest);
};

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

describe("a roster of two shifts", () => {
  /** Begins on a Monday at 06:00. */
  const roster = new Roster(load("job-shop"), 6 * HOUR_S);

  test("knows breaks, nights and the weekend", () => {
    expect(roster.absence(0)).toBeUndefined();
    expect(roster.absence(3 * HOUR_S)).toEqual({ until_s: 3.25 * HOUR_S, isBreak: true });
    expect(roster.absence(8 * HOUR_S)).toBeUndefined();
    expect(roster.absence(16 * HOUR_S)).toEqual({ until_s: 24 * HOUR_S, isBreak: false });
    const friday_s = 4 * DAY_S;
    expect(roster.absence(friday_s + 15.9 * HOUR_S)).toBeUndefined();
    expect(roster.absence(friday_s + 17 * HOUR_S)).toEqual({ until_s: 7 * DAY_S, isBreak: false });
    expect(roster.absence(7 * DAY_S)).toBeUndefined();
  });

  test("of nobody is there round the clock", () => {
    expect(new Roster(load("continuous"), 0).absence(5.5 * DAY_S)).toBeUndefined();
  });

  test("with a shift through the night has no gap at midnight", () => {
    const night = {
      ...load("job-shop"),
      shifts: [
        {
          days: ["sun" as const],
          from: "22:00",
          to: "06:00",
          breaks: [{ from: "02:00", to: "02:30" }],
        },
      ],
    };
    const sunday_s = 6 * DAY_S;
    const roster = new Roster(night, 0);
    expect(roster.absence(sunday_s + 23.9 * HOUR_S)).toBeUndefined();
    expect(roster.absence(5 * HOUR_S)).toBeUndefined();
    expect(roster.absence(2.25 * HOUR_S)).toEqual({ until_s: 2.5 * HOUR_S, isBreak: true });
    expect(roster.absence(7 * HOUR_S)).toEqual({ until_s: sunday_s + 22 * HOUR_S, isBreak: false });
  });
});

test("a job shop's day has warm-up, breaks, set-ups, measuring and a night", () => {
  const alone = aloneCnc("programs/bracket-al", 5, { operation: "operations/job-shop" });
  const seen = new Set<string>();
  const modes = new Set<string>();
  let night_kw = Infinity;
  for (let time_s = 0; time_s < 2 * DAY_S; time_s += 20) {
    alone.simulation.run(time_s);
    seen.add(alone.machine.control.machineState.state);
    modes.add(alone.machine.operationMode.value);
    if (alone.machine.control.machineState.state === "Off")
      night_kw = Math.min(night_kw, alone.machine.meter.activePower.value(time_s));
  }
  const wanted = [
    "WarmUp",
    "Break",
    "SetUp",
    "Measuring",
    "Off",
    "MicroStop",
    "Loading",
    "Unloading",
    "Cutting",
  ];
  expect(wanted.filter((state) => !seen.has(state))).toEqual([]);
  expect(modes).toEqual(new Set(["Processing", "Setup"]));
  expect(night_kw).toBeCloseTo(0.03, 6);
});

test("faults that come by themselves are repaired, and nothing stands for ever", () => {
  for (const seed of [1, 2, 3, 4]) {
    const alone = aloneCnc("programs/housing-steel", seed, {
      operation: "operations/automated-cell",
      failures: "natural",
    });
    let since_s = 0;
    let [longest_s, repairs] = [0, 0];
    alone.machine.control.machineState.onChange((state) => (repairs += state === "Repair" ? 1 : 0));
    alone.machine.partsProduced.history.add(0, 0);
    let parts = 0;
    for (let time_s = 0; time_s <= 14 * DAY_S; time_s += 300) {
      alone.simulation.run(time_s);
      if (alone.machine.partsProduced.value !== parts)
        [parts, since_s] = [alone.machine.partsProduced.value, time_s];
      longest_s = Math.max(longest_s, time_s - since_s);
    }
    expect(parts).toBeGreaterThan(2500);
    expect(longest_s).toBeLessThan(4 * DAY_S);
    expect(repairs).toBeGreaterThan(0);
  }
});
