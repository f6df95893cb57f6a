import type { Timeline } from "./timeline.ts";
import type { Trajectory } from "./trajectory.ts";
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
export interface NumericSignal extends SignalHead {
  readonly type: "int32" | "uint32" | "double";
  readonly truth: Trajectory;
  /** Only quantities with a dimension have unit and range. */
  readonly unit?: UnitOfMeasure;
  readonly range?: { readonly low: number; readonly high: number };
  /** Digits after the decimal point; 0 for integers. */
  readonly decimals: number;
  /** For a counter of use: what it is when its part is new, and when the part is due. */
  readonly lifetime?: { readonly start: number; readonly limit: number };
  /** A measured value of the process. */
  readonly isProcessValue?: true;
  /** What is added to the truth before rounding. */
  readonly noise?: (truth: number, time_s: number, tick: number) => number;
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
  const truth = signal.truth.value(time_s);
  const noise = signal.noise?.(truth, time_s, tick) ?? 0;
  return clip(roundTo(truth + noise, signal.decimals), signal.range);
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
