import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { integrate } from "../../src/signal/quadrature.ts";
import { CubicMotion } from "../../src/signal/motion.ts";
import { PassPulses, PassTrain, Staircase, Zigzag } from "../../src/signal/pass-train.ts";
import { SecondOrder } from "../../src/signal/second-order.ts";
import { RunUp } from "../../src/signal/run-up.ts";
import { Derived, Sum, type Trajectory } from "../../src/signal/trajectory.ts";
import { approaching, ramping, standing } from "../support/quantities.ts";

const DRIVE = { base_rpm: 1500, acceleration_rpm_s: 20_000 };
const TRAIN = new PassTrain(1, 4, 0.4, 0.25);
const AXIS = { velocity: 600, acceleration: 5000, jerk: 50_000 };

const kinds: [string, Trajectory, number][] = [
  ["constant", standing(4), 10],
  ["linear", ramping(2, 5, -0.7), 10],
  ["exponential approach", approaching(1, 20, 80, 3), 10],
  ["long move", CubicMotion.plan(1, 10, 700, AXIS), 4],
  ["short move", CubicMotion.plan(1, 10, 9.5, AXIS), 2],
  ["zigzag", new Zigzag(TRAIN, 20, 120, AXIS), 4],
  ["staircase", new Staircase(TRAIN, 5, -8, AXIS), 4],
  ["run-up", new RunUp(1, 0, 12_000, DRIVE), 5],
  ["braking", new RunUp(1, 9000, 500, DRIVE), 5],
  ["overshoot", new SecondOrder(1, 20, 0, 80, { frequency_rad_s: 2, damping: 0.3 }), 9],
  ["overshoot with a start", new SecondOrder(1, 20, -50, 80, { frequency_rad_s: 2, damping: 0.3 }), 9],
  ["critical damping", new SecondOrder(1, 20, 90, 30, { frequency_rad_s: 1, damping: 1 }), 9],
  ["overdamped", new SecondOrder(1, 20, 90, 30, { frequency_rad_s: 1, damping: 1.6 }), 9],
  ["derived", new Derived((t) => 3 + Math.sin(t)), 9],
  ["sum", new Sum([ramping(0, 0, 2), approaching(1, 20, 80, 3)]), 9],
];

describe.each(kinds)("%s", (_name, trajectory, end_s) => {
  const value = (t: number): number => trajectory.value(t);

  test("has the integral of its values", () => {
    for (const [a, b] of [
      [1, end_s],
      [1.1, 1.3],
      [2.5, 2.5],
    ] as const) {
      const wanted = integrate(value, a, b, 20_000);
      expect(Math.abs(trajectory.integral(a, b) - wanted)).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(wanted)),
      );
    }
  });

  test("reaches a level first where a fine scan says, or never", () => {
    const values = Array.from({ length: 2001 }, (_, i) => value(1 + ((end_s - 1) * i) / 2000));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    for (const share of [0.03, 0.37, 0.5, 0.81]) {
      const level = low + share * (high - low);
      const found = trajectory.crossing(level, 1, end_s);
      const after = values.findIndex((v, i) => i > 0 && v >= level !== values[i - 1]! >= level);
      if (after < 0) expect(found).toBeUndefined();
      else {
        expect(found! / (end_s - 1) - 1 / (end_s - 1)).toBeCloseTo(after / 2000, 2);
        expect(Math.abs(value(found!) - level)).toBeLessThan(1e-5 * (high - low));
      }
    }
    expect(trajectory.crossing(high + 1, 1, end_s)).toBeUndefined();
    expect(trajectory.crossing(low - 1, 1, end_s)).toBeUndefined();
  });
});

describe("motion", () => {
  const move = fc.record({
    from: fc.double({ min: -500, max: 500, noNaN: true }),
    to: fc.double({ min: -500, max: 500, noNaN: true }),
    velocity: fc.double({ min: 5, max: 1000, noNaN: true }),
    acceleration: fc.double({ min: 100, max: 8000, noNaN: true }),
    jerk: fc.double({ min: 5000, max: 100_000, noNaN: true }),
  });

  test("stays inside its bounds, starts and ends at rest, and is continuous", () => {
    fc.assert(
      fc.property(move, ({ from, to, ...bounds }) => {
        const position = CubicMotion.plan(0, from, to, bounds);
        expect(position.value(0)).toBeCloseTo(from, 8);
        expect(position.value(position.end_s) === to).toBe(true);
        let before = from;
        const step_s = position.end_s / 500;
        for (let i = 0; i <= 500; i++) {
          const t = i * step_s;
          expect(Math.abs(position.velocity(t))).toBeLessThanOrEqual(bounds.velocity * (1 + 1e-9));
          expect(Math.abs(position.acceleration(t))).toBeLessThanOrEqual(bounds.acceleration * (1 + 1e-9));
          expect(Math.abs(position.value(t) - before)).toBeLessThanOrEqual(
            bounds.velocity * step_s * 1.001 + 1e-9,
          );
          before = position.value(t);
        }
        expect(Math.abs(position.velocity(position.end_s * (1 - 1e-12)))).toBeLessThan(
          0.01 * bounds.velocity,
        );
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("a long move takes L/v + v/a + a/j", () => {
    const { velocity: v, acceleration: a, jerk: j } = AXIS;
    expect(CubicMotion.plan(0, 0, 900, AXIS).end_s).toBeCloseTo(900 / v + v / a + a / j, 10);
  });

  test("no distance takes no time", () => {
    expect(CubicMotion.plan(3, 5, 5, AXIS).end_s).toBe(3);
  });
});

describe("passes side by side", () => {
  const zigzag = new Zigzag(TRAIN, 20, 120, AXIS);
  const staircase = new Staircase(TRAIN, 5, -8, AXIS);
  const pulses = new PassPulses(TRAIN, 3);

  test("go there and back, with a step over after each but the last", () => {
    const ends = [0, 1, 2, 3].map((pass) => TRAIN.beginOf(pass) + TRAIN.pass_s);
    expect(ends.map((time_s) => Math.round(zigzag.value(time_s) * 1e9) / 1e9)).toEqual([120, 20, 120, 20]);
    expect(ends.map((time_s) => Math.round(staircase.value(time_s) * 1e9) / 1e9)).toEqual([5, -3, -11, -19]);
    expect(zigzag.end_s).toBeCloseTo(1 + 4 * 0.4 + 3 * 0.25, 12);
    expect([zigzag.value(99), staircase.value(99), pulses.value(99)]).toEqual([20, -19, 0]);
  });

  test("move one axis at a time, continuously, and count the way", () => {
    for (let t = 1; t < zigzag.end_s; t += 0.003) {
      expect(Math.min(Math.abs(zigzag.velocity(t)), Math.abs(staircase.velocity(t)))).toBe(0);
      expect(Math.abs(zigzag.value(t + 1e-6) - zigzag.value(t))).toBeLessThan(AXIS.velocity * 1.01e-6);
      const rate = (zigzag.value(t + 1e-7) - zigzag.value(t - 1e-7)) / 2e-7;
      expect(Math.abs(rate - zigzag.velocity(t))).toBeLessThan(0.02);
    }
    expect(zigzag.path(zigzag.end_s)).toBeCloseTo(400, 9);
    expect(staircase.path(zigzag.end_s)).toBeCloseTo(24, 9);
  });

  test("load the spindle in the cut only", () => {
    expect([0.9, 1.2, 1.5, 1.7].map((t) => pulses.value(t))).toEqual([0, 3, 0, 3]);
    expect(pulses.integral(0, 99)).toBeCloseTo(3 * 4 * 0.4, 12);
    expect(pulses.integral(1.2, 1.7)).toBeCloseTo(3 * (0.2 + 0.05), 12);
  });
});

test("a run-up is linear to base speed and takes the time of constant power above", () => {
  const runUp = new RunUp(0, 0, 12_000, DRIVE);
  expect(runUp.value(0.0375)).toBeCloseTo(750, 9);
  // J ω dω/dt = T ω_b: time above base = (n² − n_b²) / (2 n_b α)
  expect(runUp.end_s).toBeCloseTo(0.075 + (12_000 ** 2 - 1500 ** 2) / (2 * 1500 * 20_000), 9);
  expect(runUp.value(100)).toBe(12_000);
  for (const spindle of [runUp, new RunUp(1, 9000, 500, DRIVE)]) {
    for (const [from_s, to_s] of [
      [1, 9],
      [1.2, 1.3],
      [1.01, 2.5],
    ] as const) {
      const wanted = integrate((t) => spindle.value(t) ** 2, from_s, to_s, 20_000);
      expect(spindle.squareIntegral(from_s, to_s) / wanted).toBeCloseTo(1, 6);
    }
  }
});

describe("a damped second-order system", () => {
  test.each([0.1, 0.7, 1, 1.8])("with damping %f obeys its equation of motion", (damping) => {
    const w = 1.7;
    const system = new SecondOrder(0, 5, -3, 2, { frequency_rad_s: w, damping });
    const h = 1e-4;
    for (let t = 0.1; t < 8; t += 0.37) {
      const rate = (system.value(t + h) - system.value(t - h)) / (2 * h);
      const acceleration = (system.rate(t + h) - system.rate(t - h)) / (2 * h);
      expect(system.rate(t)).toBeCloseTo(rate, 5);
      expect(acceleration + 2 * damping * w * system.rate(t) + w * w * (system.value(t) - 2)).toBeCloseTo(
        0,
        4,
      );
    }
    expect([system.value(0), system.rate(0)].map((it) => Math.round(it * 1e9) / 1e9)).toEqual([5, -3]);
    expect(system.value(200)).toBeCloseTo(2, 9);
  });

  test("overshoots by exp(-π ζ / √(1 - ζ²)), and never without damping enough", () => {
    const system = new SecondOrder(0, 0, 0, 100, { frequency_rad_s: 1, damping: 0.4 });
    const peak = 100 * (1 + Math.exp((-Math.PI * 0.4) / Math.sqrt(1 - 0.16)));
    expect(system.crossing(peak - 1e-6, 0, 100)).toBeCloseTo(Math.PI / Math.sqrt(1 - 0.16), 2);
    expect(system.crossing(peak + 1e-6, 0, 100)).toBeUndefined();
    const slow = new SecondOrder(0, 0, 0, 100, { frequency_rad_s: 1, damping: 1 });
    expect(slow.crossing(100.001, 0, Infinity)).toBeUndefined();
    expect(slow.crossing(99, 0, Infinity)).toBeCloseTo(6.6384, 3);
    expect(() => new SecondOrder(0, 0, 0, 1, { frequency_rad_s: 1, damping: 0 })).toThrow(RangeError);
  });
});
