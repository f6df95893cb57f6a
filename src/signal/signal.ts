import { disturb, GOOD, measure, statusOf, type Channel, type Sensor, type SensorFault } from "./sensor.ts";
import type { Timeline } from "./timeline.ts";
import type { UnitOfMeasure } from "./unit-of-measure.ts";

export type SignalValue = number | string | boolean;

interface SignalHead {
  /** Kebab-case, unique within the unit. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Whether clients may ask for its past, and how it goes between two ticks. */
  readonly past?: "sloped" | "stepped";
}

/** A number as a controller publishes it: truth, plus noise, rounded to the last digit, clipped to the range. */
export interface NumericSignal extends SignalHead, Channel {
  readonly type: "int32" | "uint32" | "double";
  /** Only quantities with a dimension have unit and range. */
  readonly unit?: UnitOfMeasure;
  readonly range?: { readonly low: number; readonly high: number };
  /** Digits after the decimal point; 0 for integers. */
  readonly decimals: number;
  /** For a counter of use: what it is when its part is new, and when the part is due. */
  readonly lifetime?: { readonly start: number; readonly limit: number };
  /** A measured value of the process. */
  readonly isProcessValue?: true;
  /** What may lie about it; missing where nothing ever does. */
  readonly sensor?: Sensor;
}

/** A state, a name or a flag: published as it is. */
export interface DiscreteSignal extends SignalHead {
  readonly type: "string" | "boolean" | "uint32";
  readonly history: Timeline<SignalValue>;
}

export type Signal = NumericSignal | DiscreteSignal;

/** The value that a poll at tick n, at that time, puts on the wire; a pure function of signal, time and tick. */
export function sample(signal: Signal, time_s: number, tick: number): SignalValue {
  if ("history" in signal) return signal.history.at(time_s);
  if (signal.sensor?.isTouched) {
    const faults = signal.sensor.at(time_s);
    if (faults.length > 0) return falsify(signal, faults, time_s, tick);
  }
  const truth = signal.truth.value(time_s);
  const noise = signal.noise?.(truth, time_s, tick) ?? 0;
  return clip(roundTo(truth + noise, signal.decimals), signal.range);
}

/** What its sensor measures, which is what limits watch: without noise and rounding. */
export function measuredValue(signal: NumericSignal, time_s: number): number {
  return measure(signal.sensor?.at(time_s) ?? [], signal, time_s);
}

/** OPC UA status code of the sample at a time; a value that lies is Good. */
export function statusAt(signal: Signal, time_s: number): number {
  return "truth" in signal && signal.sensor?.isTouched ? statusOf(signal.sensor.at(time_s)) : GOOD;
}

/** What fits the type, where the instrument's range is no bound. */
const TYPE_RANGES = {
  int32: { low: -2147483648, high: 2147483647 },
  uint32: { low: 0, high: 4294967295 },
  double: undefined,
} as const;

function falsify(
  signal: NumericSignal,
  faults: readonly SensorFault[],
  time_s: number,
  tick: number,
): number {
  const isBeyond = faults.some(({ isBeyondRange }) => isBeyondRange);
  const rounded = roundTo(disturb(faults, signal, time_s, tick), signal.decimals);
  return clip(rounded, isBeyond ? TYPE_RANGES[signal.type] : signal.range);
}

const POWERS_OF_TEN = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** Rounds to at most six decimals, with no -0. */
export function roundTo(value: number, decimals: number): number {
  const scale = POWERS_OF_TEN[decimals]!;
  return Math.round(value * scale) / scale + 0;
}

function clip(value: number, range: NumericSignal["range"]): number {
  return range ? Math.min(Math.max(value, range.low), range.high) : value;
}
