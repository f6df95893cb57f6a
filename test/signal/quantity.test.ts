import fc from "fast-check";
import { expect, test } from "vitest";
import { CubicMotion } from "../../src/signal/motion.ts";
import { KINDS, Quantity } from "../../src/signal/quantity.ts";
import { RunUp } from "../../src/signal/run-up.ts";

const AXIS = { velocity: 600, acceleration: 5000, jerk: 50_000 };
const DRIVE = { base_rpm: 1500, acceleration_rpm_s: 20_000 };

test("refuses a trajectory that begins elsewhere, unless a jump is meant", () => {
  const quantity = new Quantity("q", 10, 1);
  expect(() => quantity.anchor(5, CubicMotion.rest(2))).toThrow(/q would jump from 1 to 2 at 5 s/);
  quantity.jump(5, CubicMotion.rest(2));
  expect(quantity.value(5)).toBe(2);
});

test("answers for the past after it was re-anchored, and sums its integral over segments", () => {
  const quantity = new Quantity("q", 10, 1);
  quantity.ramp(5, 1);
  quantity.hold(7);
  expect([4, 6, 8].map((time_s) => quantity.value(time_s))).toEqual([1, 2, 3]);
  expect(quantity.integral(4, 8)).toBeCloseTo(1 + 4 + 3, 12);
});

test("forgets what no reader may ask for, keeps the rest, and never changes the past", () => {
  const quantity = new Quantity("q", 10, 0);
  for (let t = 1; t <= 1000; t++) quantity.set(t, t);
  for (let t = 990; t <= 1000; t++) expect(quantity.value(t + 0.5)).toBe(t);
  expect(quantity.value(500)).toBeGreaterThan(900);
  expect(() => quantity.set(3, 1)).toThrow(/past/);
});

test("tells which object it followed, and that there was none", () => {
  const [run, brake] = [new RunUp(1, 0, 3000, DRIVE), new RunUp(9, 3000, 0, DRIVE)];
  const speed = new Quantity<RunUp>("speed", 100, 0);
  speed.anchor(1, run);
  speed.anchor(9, brake);
  expect([speed.followed(1), speed.followed(8.9), speed.followed(9)]).toEqual([run, run, brake]);
  expect(() => speed.followed(0)).toThrow(/speed followed no trajectory at 0 s/);
  speed.hold(9);
  expect(() => speed.followed(9)).toThrow(/no trajectory/);
});

test("keeps account of a metered integral, beyond what it remembers", () => {
  const power = new Quantity("power", 5, 3, { isMetered: true });
  power.ramp(10, 1);
  power.approach(20, 1, 4);
  power.set(40, 2);
  for (let t = 41; t < 200; t++) power.set(t, 2);
  const lag_kj = 20 + 4 * (13 - 1) * (1 - Math.exp(-5));
  expect(power.total(200)).toBeCloseTo(30 + 80 + lag_kj + 320, 9);
  power.set(200, 7);
  expect(power.total(201)).toBeCloseTo(30 + 80 + lag_kj + 320 + 7, 9);
});

test("tells its recorder every re-anchoring as it is, and its listeners after it", () => {
  const heard: unknown[] = [];
  const quantity = new Quantity("q", 10, 1, {
    recorder: {
      anchored: (...numbers) => heard.push(numbers),
      followed: (time_s, { parameters }) => heard.push([time_s, ...parameters]),
    },
  });
  quantity.onAnchor(() => heard.push(quantity.value(10)));
  quantity.set(1, 4);
  quantity.ramp(2, 0.5);
  quantity.approach(4, 9, 3);
  quantity.jump(6, CubicMotion.plan(6, 0, 1000, AXIS));
  expect(heard.filter((it) => typeof it === "number")).toEqual([4, 8, expect.closeTo(8.46, 2), 1000]);
  expect(heard.filter((it) => typeof it !== "number")).toEqual([
    [1, KINDS.constant, 4, 0, 0],
    [2, KINDS.linear, 4, 0.5, 0],
    [4, KINDS.approach, 9, -4, 3],
    [6, 0, 1000, 600, 5000, 50_000, expect.closeTo(6 + 1000 / 600 + 600 / 5000 + 5000 / 50_000, 9)],
  ]);
});

interface Change {
  readonly after_s: number;
  readonly kind: "set" | "hold" | "ramp" | "approach" | "move";
  readonly number: number;
}

function make(quantity: Quantity, time_s: number, { kind, number }: Change): void {
  if (kind === "set") quantity.set(time_s, number);
  else if (kind === "hold") quantity.hold(time_s);
  else if (kind === "ramp") quantity.ramp(time_s, number);
  else if (kind === "approach") quantity.approach(time_s, number, 3);
  else quantity.anchor(time_s, CubicMotion.plan(time_s, quantity.value(time_s), number, AXIS));
}

test("is within its memory what it was when it was re-anchored, however often and at what times", () => {
  const change = fc.record<Change>({
    after_s: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5, noNaN: true })),
    kind: fc.constantFrom("set", "hold", "ramp", "approach", "move"),
    number: fc.double({ min: -50, max: 50, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: 0, max: 30 }), (changes, keep_s) => {
      const short = new Quantity("short", keep_s, 0, { isMetered: true });
      const long = new Quantity("long", Infinity, 0);
      let time_s = 0;
      for (const it of changes) {
        time_s += it.after_s;
        make(short, time_s, it);
        make(long, time_s, it);
        for (let t = Math.max(0, time_s - keep_s); t <= time_s; t += 0.7)
          expect(short.value(t)).toBe(long.value(t));
        const sum = long.integral(0, time_s);
        expect(Math.abs(short.total(time_s) - sum)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(sum)) + 1e-6,
        );
      }
    }),
    { numRuns: 200 },
  );
});
