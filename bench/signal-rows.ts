import { RandomKey } from "../src/engine/random.ts";
import { correlated, tone, white } from "../src/signal/noise.ts";
import { Quantity } from "../src/signal/quantity.ts";
import { Sensor } from "../src/signal/sensor.ts";
import { sample, type NumericSignal } from "../src/signal/signal.ts";
import { best, timed, type Run } from "./measure.ts";
import type { Row } from "./table.ts";

/* One read of a published signal: a re-anchored first-order lag, noise, rounding to a tenth, range. */

const READS = 300_000;
const PERIOD_S = 0.1;

const key = RandomKey.root("bench").child("noise");

const NOISES: Record<string, NonNullable<NumericSignal["noise"]>> = {
  white: (_truth, _time_s, tick) => 0.2 * white(key, tick),
  correlated: (_truth, time_s) => 0.2 * correlated(key, time_s, 5),
  tone: (_truth, time_s) => 0.2 * tone(29.5 * time_s),
};

/** The sensor is there, as on every machine, and sound. */
function reads(noise: NonNullable<NumericSignal["noise"]>): Run {
  const truth = new Quantity("temperature", 60, 20);
  truth.approach(0, 60, 900);
  const signal: NumericSignal = {
    id: "temperature",
    title: "Temperature",
    description: "",
    type: "double",
    truth,
    range: { low: 0, high: 120 },
    decimals: 1,
    noise,
    sensor: new Sensor(60),
  };
  const sum = new Float64Array(1);
  let tick = 0;
  return () =>
    timed(READS, () => {
      for (let i = 0; i < READS; i++, tick++) {
        // Now and then an event gives it another target, as a spindle does.
        if (tick % 1000 === 0) truth.approach(tick * PERIOD_S, 20 + (tick % 7000) / 100, 900);
        sum[0]! += sample(signal, tick * PERIOD_S, tick) as number;
      }
    });
}

export const signalRows: readonly Row[] = Object.entries(NOISES).map(([name, noise]) => ({
  what: `a signal's read, ${name} noise`,
  gate: { kind: "ns", atMost: 60 },
  measure: () => best(reads(noise)),
}));
