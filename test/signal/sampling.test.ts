import { describe, expect, test } from "vitest";
import { RandomKey } from "../../src/engine/random.ts";
import { Simulation } from "../../src/engine/simulation.ts";
import { Limit, type LimitBounds } from "../../src/signal/limit.ts";
import { correlated, tone, white } from "../../src/signal/noise.ts";
import { calendarTime, wireTime } from "../../src/signal/plant-clock.ts";
import { PollGroup } from "../../src/signal/poll-group.ts";
import { Quantity } from "../../src/signal/quantity.ts";
import { roundTo, sample, type Signal } from "../../src/signal/signal.ts";
import { Timeline } from "../../src/signal/timeline.ts";
import { standing } from "../support/quantities.ts";

const KEY = RandomKey.root(5).child("test");

describe("a poll group", () => {
  const group = new PollGroup("motion", { period_s: 0.35, jitter_s: 0.04 }, KEY);

  test("ticks in order, in whole milliseconds, near its rhythm", () => {
    for (let n = 0; n < 2000; n++) {
      const distance = group.timeOf(n + 1) - group.timeOf(n);
      expect(distance).toBeGreaterThan(0.35 - 0.082);
      expect(distance).toBeLessThan(0.35 + 0.082);
      expect(group.timeOf(n)).toBe(Math.round(group.timeOf(n) * 1000) / 1000);
    }
    expect(group.timeOf(0)).toBeGreaterThanOrEqual(0);
    expect(group.timeOf(1e6) / (0.35 * 1e6)).toBeCloseTo(1, 5);
  });

  test("knows the last tick at any time", () => {
    expect(group.lastTick(-1)).toBe(-1);
    for (let n = 0; n < 500; n++) {
      const time_s = group.timeOf(n);
      expect(group.lastTick(time_s)).toBe(n);
      expect(group.lastTick(time_s - 0.0005)).toBe(n - 1);
    }
  });

  test("does not start in step with another one", () => {
    const phases = Array.from({ length: 50 }, (_, i) =>
      new PollGroup("g", { period_s: 1, jitter_s: 0 }, KEY.child(`${i}`)).timeOf(0),
    );
    expect(new Set(phases).size).toBeGreaterThan(45);
    expect(() => new PollGroup("g", { period_s: 1, jitter_s: 0.5 }, KEY)).toThrow(RangeError);
  });
});

describe("noise", () => {
  const spread = (values: number[]): { mean: number; deviation: number } => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean,
      deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length),
    };
  };
  const numbers = (draw: (i: number) => number): number[] =>
    Array.from({ length: 20_000 }, (_, i) => draw(i));

  test("has mean 0 and deviation 1, white or correlated, between lattice points too", () => {
    for (const values of [
      numbers((i) => white(KEY, i)),
      numbers((i) => correlated(KEY, i * 1.5, 1)),
      numbers((i) => correlated(KEY, i + 0.3, 1)),
    ]) {
      const { mean, deviation } = spread(values);
      expect(Math.abs(mean)).toBeLessThan(0.03);
      expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
    }
  });

  test("that is white is normal, tails and all", () => {
    const count = 200_000;
    const values = Array.from({ length: count }, (_, i) => white(KEY, i));
    for (const [level, share] of [
      [-3, 0.00135],
      [-1, 0.158655],
      [0.5, 0.691462],
      [2, 0.97725],
      [3.5, 0.999767],
    ] as const) {
      const below = values.filter((value) => value < level).length / count;
      expect(Math.abs(below - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count));
    }
    expect(values.some((value) => Math.abs(value) > 4)).toBe(true);
  });

  test("is correlated over its correlation time and not beyond", () => {
    const correlation = (lag_s: number): number => {
      const values = numbers((i) => correlated(KEY, i * 7.3, 1) * correlated(KEY, i * 7.3 + lag_s, 1));
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    expect(correlation(0.1)).toBeGreaterThan(0.9);
    expect(correlation(0.5)).toBeGreaterThan(0.4);
    expect(Math.abs(correlation(2.5))).toBeLessThan(0.04);
  });

  test("as a tone repeats every turn", () => {
    expect(tone(0.25)).toBeCloseTo(1, 12);
    expect(tone(1000.25)).toBeCloseTo(1, 9);
  });
});

describe("a signal", () => {
  const number: Signal = {
    id: "load",
    title: "Load",
    description: "",
    type: "int32",
    truth: standing(49.6),
    decimals: 0,
    range: { low: 0, high: 60 },
    noise: (truth, _time_s, tick) => (tick === 1 ? 100 : tick === 2 ? -truth - 0.2 : 0),
  };

  test("rounds to its last digit and clips to its range", () => {
    expect([0, 1, 2].map((tick) => sample(number, 0, tick))).toEqual([50, 60, 0]);
    expect(Object.is(roundTo(-0.2, 0), 0)).toBe(true);
    expect(roundTo(12.34567, 3)).toBe(12.346);
  });

  test("of a state says what held at that time", () => {
    const history = new Timeline<string>(10, "ready");
    history.add(3, "cut");
    const state: Signal = { id: "s", title: "", description: "", type: "string", history };
    expect([sample(state, 2.9, 0), sample(state, 3, 0)]).toEqual(["ready", "cut"]);
  });
});

describe("a limit", () => {
  const watch = (bounds: Partial<LimitBounds>) => {
    const simulation = new Simulation();
    const quantity = new Quantity("temperature", 10, 20);
    const log: string[] = [];
    const limit = new Limit(
      simulation,
      quantity,
      { direction: "above", level: 60, hysteresis: 5, delay_s: 0, ...bounds },
      (violated) => log.push(`${violated} at ${roundTo(simulation.now_s, 3)}`),
    );
    const at = (time_s: number, change: () => void): void =>
      void simulation.scheduleAt({ fire: change }, time_s);
    return { simulation, quantity, limit, log, at };
  };

  test("is violated at the exact crossing and clears below its hysteresis", () => {
    const { simulation, quantity, log, at } = watch({});
    at(10, () => quantity.ramp(10, 1));
    at(60, () => quantity.ramp(60, -1));
    simulation.run(1000);
    expect(log).toEqual(["true at 50", "false at 75"]);
  });

  test("waits for its delay, and forgets what came back in time", () => {
    const { simulation, quantity, log, at } = watch({ delay_s: 4 });
    at(0, () => quantity.set(0, 61));
    at(3, () => quantity.set(3, 20));
    at(10, () => quantity.set(10, 61));
    at(12, () => quantity.ramp(12, -1));
    at(20, () => quantity.set(20, 70));
    simulation.run(100);
    expect(log).toEqual(["true at 24"]);
  });

  test("sees a crossing beyond its horizon, on a lag, downward and by a jump", () => {
    const slow = watch({});
    slow.quantity.approach(0, 61, 1000);
    slow.simulation.run(10_000);
    expect(slow.log).toEqual([`true at ${roundTo(1000 * Math.log(41), 3)}`]);
    const low = watch({ direction: "below", level: 4 });
    low.at(5, () => low.quantity.set(5, 3));
    low.at(6, () => low.quantity.set(6, 8.9));
    low.at(7, () => low.quantity.set(7, 9));
    low.simulation.run(10);
    expect(low.log).toEqual(["true at 5", "false at 7"]);
    expect(low.limit.violated).toBe(false);
    expect(() => watch({ hysteresis: 0 })).toThrow(RangeError);
  });
});

test("the two clocks start where they are told and run with plant time", () => {
  const clock = { start_ms: 1000, wireStart_ms: 50_000 };
  expect([wireTime(clock, 1.2345), calendarTime(clock, 1.2345)]).toEqual([51_235, 2235]);
});
