import type { Quantity } from "./quantity.ts";
import { Timeline } from "./timeline.ts";
import { Derived, SCANNED_HORIZON_S, type Trajectory } from "./trajectory.ts";

/** Of what is measured, and what a reading of it has on top before it is rounded. */
export interface Channel {
  readonly truth: Trajectory;
  readonly noise?: (truth: number, time_s: number, tick: number) => number;
}

/**
 * Where on the way from the process to the wire a fault sits; the effects of several are applied in this order, and
 * within a stage in the order in which they began.
 */
export const STAGE = { sensing: 0, disturbance: 1, conversion: 2, transmission: 3 } as const;

/** What one fault makes of what a sensor measures. What it leaves out it leaves as it is. */
export interface SensorFault {
  /** As the digest records it: its kind, then its figures. */
  readonly parameters: readonly (number | string)[];
  readonly stage: (typeof STAGE)[keyof typeof STAGE];
  /** Another channel is read, under the name of this one. */
  readonly channel?: Channel;
  /** Measured: gain times the value, plus an offset in the signal's unit; 0 times for a value that stands still. */
  readonly line?: { readonly gain: number; readonly offset: number };
  /** Measured: what changes with plant time. Limits search its crossings instead of computing them. */
  readonly drift?: (value: number, time_s: number) => number;
  /** Only of what is published at a tick. */
  readonly publish?: (value: number, time_s: number, tick: number) => number;
  /** So much older is what is published; of several, the longest holds. */
  readonly delay_s?: number;
  /** OPC UA Part 4 status code; of several, the worst holds. */
  readonly status?: number;
  /** It is no matter of the instrument, whose range is no bound to it. */
  readonly isBeyondRange?: true;
}

export const GOOD = 0;
const NONE: readonly SensorFault[] = [];
/** How often a limit on a channel that was swapped in looks: nobody tells it when that one is re-anchored. */
const SWAPPED_HORIZON_S = 1;

/**
 * What stands between a truth and everything that looks at it: limits, samples, checks. It is sound until a fault
 * touches it, and keeps past faults as far back as a reader may ask, because samples are computed late.
 */
export class Sensor {
  readonly #keep_s: number;
  #segments: Timeline<readonly SensorFault[]> | undefined;
  readonly #listeners: ((time_s: number) => void)[] = [];

  constructor(keep_s: number) {
    this.#keep_s = keep_s;
  }

  /** Whether it ever had a fault; most never have, and cost no more than this question. */
  get isTouched(): boolean {
    return this.#segments !== undefined;
  }

  /** What was wrong with it at a time, by stage and begin. */
  at(time_s: number): readonly SensorFault[] {
    return this.#segments === undefined ? NONE : this.#segments.at(time_s);
  }

  /** From `time_s` on. */
  add(time_s: number, fault: SensorFault): void {
    this.#segments ??= new Timeline(this.#keep_s, NONE);
    const { last } = this.#segments;
    this.#change(
      time_s,
      [...last, fault].sort((a, b) => a.stage - b.stage),
    );
  }

  /** Takes exactly this one back from `time_s` on; one that is not there changes nothing. */
  remove(time_s: number, fault: SensorFault): void {
    const last = this.at(time_s);
    if (last.includes(fault))
      this.#change(
        time_s,
        last.filter((it) => it !== fault),
      );
  }

  /** Calls `listener` after every change. */
  onChange(listener: (time_s: number) => void): void {
    this.#listeners.push(listener);
  }

  #change(time_s: number, faults: readonly SensorFault[]): void {
    this.#segments!.add(time_s, faults);
    for (const listener of this.#listeners) listener(time_s);
  }
}

/** What a sensor with these faults measures: without noise and rounding. */
export function measure(faults: readonly SensorFault[], channel: Channel, time_s: number): number {
  let value = channelOf(faults, channel).truth.value(time_s);
  for (const fault of faults) value = sense(fault, value, time_s);
  return value;
}

/** What a sensor with these faults has for the tick at a time: with noise, before the last digit and the range. */
export function disturb(
  faults: readonly SensorFault[],
  channel: Channel,
  time_s: number,
  tick: number,
): number {
  let delay_s = 0;
  for (const fault of faults) delay_s = Math.max(delay_s, fault.delay_s ?? 0);
  const taken_s = time_s - delay_s;
  const { truth, noise } = channelOf(faults, channel);
  const is = truth.value(taken_s);
  let value = is + (noise?.(is, taken_s, tick) ?? 0);
  for (const fault of faults) {
    value = sense(fault, value, taken_s);
    if (fault.publish) value = fault.publish(value, taken_s, tick);
  }
  return value;
}

/** The worst status of any: Bad has the highest bit, Uncertain the one below. */
export function statusOf(faults: readonly SensorFault[]): number {
  let status = GOOD;
  for (const fault of faults) status = Math.max(status, fault.status ?? GOOD);
  return status;
}

function channelOf(faults: readonly SensorFault[], own: Channel): Channel {
  let channel = own;
  for (const fault of faults) channel = fault.channel ?? channel;
  return channel;
}

function sense({ line, drift }: SensorFault, value: number, time_s: number): number {
  if (line) return line.gain * value + line.offset;
  return drift ? drift(value, time_s) : value;
}

/** A quantity as its sensor shows it: what limits watch. */
export class Measured {
  readonly #quantity: Quantity;
  readonly #channel: Channel;
  readonly #sensor: Sensor;

  constructor(quantity: Quantity, sensor: Sensor) {
    this.#quantity = quantity;
    this.#channel = { truth: quantity };
    this.#sensor = sensor;
  }

  value(time_s: number): number {
    if (!this.#sensor.isTouched) return this.#quantity.value(time_s);
    return measure(this.#sensor.at(time_s), this.#channel, time_s);
  }

  /** As that of the quantity, on the faults that there are at `from_s`; a change of either asks anew. */
  crossing(level: number, from_s: number, to_s: number): number | undefined {
    if (!this.#sensor.isTouched) return this.#quantity.crossing(level, from_s, to_s);
    const faults = this.#sensor.at(from_s);
    if (faults.length === 0) return this.#quantity.crossing(level, from_s, to_s);
    if (faults.some(({ channel }) => channel)) return undefined;
    if (faults.some(({ drift }) => drift)) {
      const drifting = new Derived((time_s) => measure(faults, this.#channel, time_s));
      return drifting.crossing(level, from_s, to_s);
    }
    let [gain, offset] = [1, 0];
    for (const { line } of faults) {
      if (!line) continue;
      gain *= line.gain;
      offset = line.gain * offset + line.offset;
    }
    return gain === 0 ? undefined : this.#quantity.crossing((level - offset) / gain, from_s, to_s);
  }

  /** How far ahead a crossing can be relied on, unless a change is told before. */
  horizon_s(time_s: number): number {
    if (!this.#sensor.isTouched) return this.#quantity.horizon_s();
    const faults = this.#sensor.at(time_s);
    if (faults.length === 0) return this.#quantity.horizon_s();
    if (faults.some(({ channel }) => channel)) return SWAPPED_HORIZON_S;
    return faults.some(({ drift }) => drift) ? SCANNED_HORIZON_S : this.#quantity.horizon_s();
  }

  /** Calls `listener` after every re-anchoring of the quantity and every change of the sensor. */
  onAnchor(listener: () => void): void {
    this.#quantity.onAnchor(listener);
    this.#sensor.onChange(listener);
  }
}
