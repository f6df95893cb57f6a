import { expect, test } from "vitest";
import { effectiveness, type Spell } from "../../bench/fidelity/oee.ts";

/** Spells one after the other: state and minutes. */
function day(...parts: readonly (readonly [state: string, minutes: number])[]): Spell[] {
  let now_s = 0;
  return parts.map(([state, minutes]) => ({ state, from_s: now_s, to_s: (now_s += 60 * minutes) }));
}

test("a shift by hand: 480 min with 30 of break, 60 of set-up and 12 of waiting", () => {
  const spells = day(["SetUp", 60], ["Cutting", 200], ["Break", 30], ["Cutting", 178], ["Waiting", 12]);
  const found = effectiveness(spells, { good: 60, scrapped: 3 }, 63 * 300);
  expect(found.planned_s).toBe(450 * 60);
  expect(found.availability).toBeCloseTo(378 / 450, 12);
  expect(found.performance).toBeCloseTo(315 / 378, 12);
  expect(found.quality).toBeCloseTo(60 / 63, 12);
  expect(found.oee).toBeCloseTo((315 / 450) * (60 / 63), 12);
  expect(found.lost_s).toEqual({ "set-up": 3600, tools: 0, breakdown: 0, waiting: 720 });
});

test("a stop below five minutes is a loss of performance, and one that goes on under another name is not", () => {
  const short = effectiveness(
    day(["Cutting", 90], ["MicroStop", 4], ["Cutting", 6]),
    { good: 1, scrapped: 0 },
    5760,
  );
  expect(short.availability).toBe(1);
  expect(short.performance).toBeCloseTo(0.96, 12);
  const long = effectiveness(
    day(["Cutting", 90], ["Alarm", 4], ["Repair", 6]),
    { good: 1, scrapped: 0 },
    5400,
  );
  expect(long.availability).toBeCloseTo(0.9, 12);
  expect(long.performance).toBe(1);
  expect(long.lost_s.breakdown).toBe(600);
});

test("set-up and changing worn tools are losses of availability however short they are", () => {
  const { lost_s } = effectiveness(
    day(["ToolService", 3], ["SetUp", 2], ["Cutting", 95]),
    { good: 1, scrapped: 0 },
    1,
  );
  expect(lost_s).toEqual({ "set-up": 120, tools: 180, breakdown: 0, waiting: 0 });
});
