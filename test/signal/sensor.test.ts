import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exp } from "../../src/engine/math.ts";
import { RandomKey } from "../../src/engine/random.ts";
import { Simulation } from "../../src/engine/simulation.ts";
import { Feed } from "../../src/signal/feed.ts";
import { Limit } from "../../src/signal/limit.ts";
import { PollGroup } from "../../src/signal/poll-group.ts";
import type { Quantity } from "../../src/signal/quantity.ts";
import { GOOD, Measured, Sensor, STAGE, type SensorFault } from "../../src/signal/sensor.ts";
import { measuredValue, sample, statusAt, type NumericSignal } from "../../src/signal/signal.ts";
import { approaching, ramping, standing } from "../support/quantities.ts";

const line = (gain: number, offset: number): SensorFault => ({
  parameters: [],
  stage: STAGE.sensing,
  line: { gain, offset },
});
const drifting = (rate: number, from_s = 0): SensorFault => ({
  parameters: [],
  stage: STAGE.sensing,
  drift: (value, time_s) => value + rate * (time_s - from_s),
});
const settling = (rate: number, tau_s: number): SensorFault => ({
  parameters: [],
  stage: STAGE.sensing,
  drift: (value, time_s) => value + rate * tau_s * (1 - exp(-time_s / tau_s)),
});

function rig(quantity: Quantity, faults: readonly SensorFault[]) {
  const sensor = new Sensor(1000);
  for (const fault of faults) sensor.add(0, fault);
  return { quantity, sensor, measured: new Measured(quantity, sensor) };
}

describe("a sensor's crossing", () => {
  const END_S = 600;
  const trajectory = fc.oneof(
    fc
      .tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }))
      .map(([value, rate]) => ramping(0, value, rate)),
    fc
      .tuple(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 20, max: 900, noNaN: true }),
      )
      .map(([value, target, tau_s]) => approaching(0, value, target, tau_s)),
  );
  const fault = fc.oneof(
    fc.double({ min: -20, max: 20, noNaN: true }).map((offset) => line(1, offset)),
    fc.double({ min: 0.2, max: 3, noNaN: true }).map((gain) => line(gain, 0)),
    fc.double({ min: -50, max: 50, noNaN: true }).map((at) => line(0, at)),
    fc.double({ min: -0.3, max: 0.3, noNaN: true }).map((rate) => drifting(rate)),
    fc.double({ min: -0.3, max: 0.3, noNaN: true }).map((rate) => settling(rate, 120)),
  );
  const STEPS = 2400;
  /** Of the search where there is no closed form. */
  const SCAN_S = END_S / 256;

  test("is the first time at which its value passes the level, whatever is wrong with it", () => {
    fc.assert(
      fc.property(
        trajectory,
        fc.array(fault, { maxLength: 4 }),
        fc.double({ min: -80, max: 80, noNaN: true }),
        (truth, faults, level) => {
          const { measured } = rig(truth, faults);
          const side = Math.sign(measured.value(0) - level);
          const crossing_s = measured.crossing(level, 0, END_S);
          const until_s = crossing_s ?? END_S;
          const values = Array.from(
            { length: STEPS },
            (_, i) => measured.value((until_s * i) / STEPS) - level,
          );
          fc.pre(Math.abs(values[0]!) > 1e-6);
          if (crossing_s !== undefined)
            expect(Math.abs(measured.value(crossing_s) - level)).toBeLessThan(1e-6);
          // A closed form misses nothing, a search at most what the curve bulges between two of its steps.
          const bends = values.slice(2).map((value, i) => Math.abs(value - 2 * values[i + 1]! + values[i]!));
          const bulge = (Math.max(...bends) * (SCAN_S / (until_s / STEPS)) ** 2) / 8;
          const missed = faults.some(({ drift }) => drift) ? bulge : 0;
          expect(Math.min(...values.map((value) => side * value))).toBeGreaterThan(-missed - 1e-6);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of what stands still does not come, and of what drifts from there does", () => {
    const { measured, sensor } = rig(ramping(0, 0, 1), [line(0, 40)]);
    expect(measured.crossing(50, 0, END_S)).toBeUndefined();
    sensor.add(0, drifting(0.5));
    expect(measured.crossing(50, 0, END_S)).toBeCloseTo(20, 6);
  });

  test("of another channel is not relied on for long, since nobody tells of that one", () => {
    const other = ramping(0, 0, 1);
    const { measured } = rig(standing(0), [
      { parameters: [], stage: STAGE.sensing, channel: { truth: other } },
    ]);
    expect(measured.value(7)).toBe(7);
    expect(measured.crossing(5, 0, END_S)).toBeUndefined();
    expect(measured.horizon_s(0)).toBe(1);
  });
});

describe("a limit on what a sensor measures", () => {
  function watch(truth: Quantity, delay_s = 0) {
    const simulation = new Simulation();
    const { quantity, sensor, measured } = rig(truth, []);
    const log: string[] = [];
    const bounds = { direction: "above", level: 60, hysteresis: 5, delay_s } as const;
    new Limit(simulation, measured, bounds, (violated) => {
      log.push(`${violated} at ${Math.round(simulation.now_s * 1e6) / 1e6}`);
    });
    const at = (time_s: number, fire: () => void): void => void simulation.scheduleAt({ fire }, time_s);
    return { simulation, quantity, sensor, log, at };
  }

  test("is raised by a bias at once, and clears when it is taken back", () => {
    const { simulation, sensor, log, at } = watch(standing(50));
    const bias = line(1, 15);
    at(100, () => sensor.add(100, bias));
    at(250, () => sensor.remove(250, bias));
    simulation.run(1000);
    expect(log).toEqual(["true at 100", "false at 250"]);
  });

  test("comes earlier by gain and drift, later by a negative bias, and not while the sensor is stuck", () => {
    const truth = (): Quantity => ramping(0, 0, 0.1);
    const times = [[line(1.2, 0)], [line(1, -10)], [drifting(0.1)], []].map((faults) => {
      const { simulation, sensor, log } = watch(truth());
      for (const fault of faults) sensor.add(0, fault);
      simulation.run(750);
      return log[0];
    });
    expect(times).toEqual(["true at 500", "true at 700", "true at 300", "true at 600"]);
    const { simulation, sensor, log, at } = watch(truth());
    const stuck = line(0, 30);
    at(300, () => sensor.add(300, stuck));
    at(900, () => sensor.remove(900, stuck));
    simulation.run(2000);
    expect(log).toEqual(["true at 900"]);
  });

  test("waits for its delay and no longer, wherever a search has found the crossing", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 2, noNaN: true }), (rate) => {
        const { simulation, sensor, log } = watch(approaching(0, 50, 55, 100), 5);
        sensor.add(0, drifting(rate));
        simulation.run(2000);
        expect(log).toHaveLength(1);
        const since_s = Number(/true at (.*)/.exec(log[0]!)![1]) - 5;
        const value = 55 - 5 * exp(-since_s / 100) + rate * since_s;
        expect(value).toBeCloseTo(60, 4);
      }),
    );
  });

  test("of a swapped channel looks once a second", () => {
    const { simulation, sensor, log, at } = watch(standing(0));
    const other = standing(0);
    at(10, () => sensor.add(10, { parameters: [], stage: STAGE.sensing, channel: { truth: other } }));
    at(20.5, () => other.set(20.5, 70));
    simulation.run(100);
    expect(log).toEqual(["true at 21"]);
  });
});

describe("a sample", () => {
  const signal = (sensor: Sensor): NumericSignal => ({
    id: "temperature",
    title: "",
    description: "",
    type: "double",
    truth: ramping(0, 0, 1),
    noise: (_truth, _time_s, tick) => (tick % 2 === 0 ? 0.2 : -0.2),
    decimals: 1,
    range: { low: 0, high: 120 },
    sensor,
  });

  test("keeps the fault of its time, however late it is computed", () => {
    const sensor = new Sensor(100);
    const bias = line(1, 5);
    sensor.add(10, bias);
    sensor.remove(20, bias);
    expect([9.9, 10, 19.9, 20].map((time_s) => sample(signal(sensor), time_s, 0))).toEqual([
      10.1, 15.2, 25.1, 20.2,
    ]);
    expect([9.9, 10, 20].map((time_s) => measuredValue(signal(sensor), time_s))).toEqual([9.9, 15, 20]);
  });

  test("has no noise while the sensor stands still, and noise on top of a bias", () => {
    const [stuck, biased] = [new Sensor(100), new Sensor(100)];
    stuck.add(0, line(0, 40));
    biased.add(0, line(1, 5));
    expect([1, 2, 3].map((tick) => sample(signal(stuck), tick, tick))).toEqual([40, 40, 40]);
    expect([1, 2, 3].map((tick) => sample(signal(biased), tick, tick))).toEqual([5.8, 7.2, 7.8]);
  });

  test("is no further than its range, unless what is wrong is no matter of the instrument", () => {
    const [far, swapped] = [new Sensor(100), new Sensor(100)];
    far.add(0, line(1, 500));
    swapped.add(0, { ...line(14.5, 0), isBeyondRange: true });
    expect(sample(signal(far), 1, 0)).toBe(120);
    expect(sample(signal(swapped), 60, 0)).toBe(872.9);
    const int32 = { ...signal(swapped), type: "int32", decimals: 0 } as const;
    expect(sample(int32, 1e9, 0)).toBe(2147483647);
  });

  test("has the worst status of what is wrong, and the oldest of several delays", () => {
    const sensor = new Sensor(100);
    const [bad, uncertain] = [0x808c0000, 0x40900000];
    sensor.add(0, { parameters: [], stage: STAGE.sensing, status: bad });
    sensor.add(0, { parameters: [], stage: STAGE.transmission, status: uncertain, delay_s: 2 });
    sensor.add(0, { parameters: [], stage: STAGE.transmission, delay_s: 5 });
    expect(statusAt(signal(sensor), 10)).toBe(bad);
    expect(statusAt(signal(new Sensor(100)), 10)).toBe(GOOD);
    expect(sample(signal(sensor), 20, 0)).toBe(15.2);
  });

  test("taking back what is not there changes nothing", () => {
    const sensor = new Sensor(100);
    sensor.remove(5, line(1, 1));
    expect(sensor.isTouched).toBe(false);
    sensor.add(5, line(1, 1));
    sensor.remove(6, line(1, 1));
    expect(sensor.at(7)).toHaveLength(1);
  });
});

describe("a feed", () => {
  const feed = (): Feed =>
    new Feed(new PollGroup("g", { period_s: 1, jitter_s: 0.1 }, RandomKey.root(1)), 1000);

  test("tells every tick as often as its faults say, whatever share they are of", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        fc.nat(19),
        (swapped, doubled) => {
          const it = feed();
          it.add(0, { parameters: [], swaps: (tick) => swapped[tick / 2]! });
          it.add(0, { parameters: [], repeats: (tick) => tick === doubled });
          const told = Array.from({ length: 40 }, (_, tick) => it.deliveries(tick)).flat();
          const usual = Array.from({ length: 40 }, (_, tick) => tick);
          expect([...told].sort((a, b) => a - b)).toEqual([...usual, doubled].sort((a, b) => a - b));
        },
      ),
    );
  });

  test("stamps by the clock of the time, and knows how far it was off at most", () => {
    const it = feed();
    const skew = { parameters: [], ahead_s: (time_s: number) => 10 + 0.001 * (time_s - 100) };
    it.add(100, skew);
    it.remove(200, skew);
    expect([99, 100, 150, 200].map((time_s) => it.stamp(time_s))).toEqual([99, 110, 160.05, 200]);
    expect([it.mostOff_s(0, 99), it.mostOff_s(0, 300)]).toEqual([0, 10.1]);
  });
});
