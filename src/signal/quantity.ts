import { exp, log } from "../engine/math.ts";
import { Ring } from "./ring.ts";
import { Scanned, SCANNED_HORIZON_S, within, type Anchored, type Trajectory } from "./trajectory.ts";

/** What rounding may make of a continuous re-anchoring, relative to the value. */
const CONTINUITY = 1e-6;

/* A segment's numbers: its start, its kind, three that the kind needs, and the integral from time 0 to the start. */
const STRIDE = 6;
const KIND = 1;
const A = 2;
const B = 3;
const C = 4;
const TOTAL = 5;

/**
 * How a segment goes on from its start t0:
 *
 * - *constant*: a
 * - *linear*: a + b (t - t0)
 * - *approach*: a + b exp((t0 - t) / c), a first-order lag towards a
 * - *following*: as the object that stands at its place
 */
export const KINDS = { constant: 0, linear: 1, approach: 2, following: 3 } as const;

/** Hears of every re-anchoring: what a digest is made of. */
export interface AnchorRecorder {
  /** By a segment of numbers; see `KINDS`. */
  anchored(time_s: number, kind: number, a: number, b: number, c: number): void;
  followed(time_s: number, trajectory: Anchored): void;
}

export interface QuantityOptions {
  readonly recorder?: AnchorRecorder;
  /** Whether it keeps account of its integral since time 0, as a power does whose energy is metered. */
  readonly isMetered?: boolean;
}

/**
 * A physical quantity: the truth, as segments that events re-anchor. It keeps them as far back as a reader may ask,
 * because a sample is computed later than its time. Only what no three numbers describe is an object: motions, run-ups
 * and trains of passes.
 */
export class Quantity<T extends Anchored = Anchored> extends Ring<T> implements Trajectory {
  readonly id: string;
  #listeners: (() => void)[] | undefined = undefined;
  readonly #recorder: AnchorRecorder | undefined;
  readonly #isMetered: boolean;

  /** @param first  what it follows, or the value at which it stands, since ever */
  constructor(id: string, keep_s: number, first: number | T, options: QuantityOptions = {}) {
    super(keep_s, STRIDE);
    this.id = id;
    this.#recorder = options.recorder;
    this.#isMetered = options.isMetered ?? false;
    if (typeof first === "number") this.numbers[A] = first;
    else this.#write(first);
  }

  /** From `time_s` on it stands at a value, wherever it was: a setting, a force when the tool meets the material. */
  set(time_s: number, value: number): void {
    this.#begin(time_s, KINDS.constant, value, 0, 0);
  }

  /** From `time_s` on it stands where it is. */
  hold(time_s: number): void {
    this.#begin(time_s, KINDS.constant, this.value(time_s), 0, 0);
  }

  /** From `time_s` on it goes from where it is with a constant rate, a second. */
  ramp(time_s: number, rate: number): void {
    this.#begin(time_s, KINDS.linear, this.value(time_s), rate, 0);
  }

  /** From `time_s` on it goes from where it is towards a target, as a first-order lag. */
  approach(time_s: number, target: number, tau_s: number): void {
    this.#begin(time_s, KINDS.approach, target, this.value(time_s) - target, tau_s);
  }

  /**
   * From `time_s` on it follows this trajectory, which continues where the present one is.
   *
   * @throws Error when it does not: physics has no jumps but those that `jump` says
   */
  anchor(time_s: number, trajectory: T): void {
    const before = this.value(time_s);
    const after = trajectory.value(time_s);
    if (!(Math.abs(after - before) <= CONTINUITY * Math.max(1, Math.abs(before)))) {
      throw new Error(`${this.id} would jump from ${before} to ${after} at ${time_s} s`);
    }
    this.jump(time_s, trajectory);
  }

  /** As `anchor`, for what may change at once. */
  jump(time_s: number, trajectory: T): void {
    this.#open(time_s);
    this.#write(trajectory);
    this.#recorder?.followed(time_s, trajectory);
    this.#tell();
  }

  /** Calls `listener` after every re-anchoring. */
  onAnchor(listener: () => void): void {
    (this.#listeners ??= []).push(listener);
  }

  /** The trajectory that it followed at a time. @throws Error when it followed none */
  followed(time_s: number): T {
    const place = this.placeAt(time_s);
    if (this.numbers[place * STRIDE + KIND] === KINDS.following) return this.objects![place]!;
    throw new Error(`${this.id} followed no trajectory at ${time_s} s`);
  }

  value(time_s: number): number {
    return this.#valueIn(this.placeAt(time_s), time_s);
  }

  integral(from_s: number, to_s: number): number {
    let place = this.placeAt(from_s);
    let begin_s = from_s;
    let sum = 0;
    while (place !== this.newest) {
      const next = this.placeAfter(place);
      const end_s = Math.min(to_s, this.numbers[next * STRIDE]!);
      if (begin_s < end_s) sum += this.#integralIn(place, begin_s, end_s);
      if (end_s >= to_s) return sum;
      begin_s = end_s;
      place = next;
    }
    return sum + this.#integralIn(place, begin_s, to_s);
  }

  /** The integral since time 0, of one that is metered; only the segment at that time is integrated. */
  total(time_s: number): number {
    const place = this.placeAt(time_s);
    const start_s = this.numbers[place * STRIDE]!;
    const sofar = this.numbers[place * STRIDE + TOTAL]!;
    return time_s === start_s ? sofar : sofar + this.#integralIn(place, Math.max(0, start_s), time_s);
  }

  /** On the segment that holds at present; a later re-anchoring asks anew. */
  crossing(level: number, from_s: number, to_s: number): number | undefined {
    const s = this.numbers;
    const i = this.newest * STRIDE;
    switch (s[i + KIND]!) {
      case KINDS.constant:
        return undefined;
      case KINDS.linear:
        return within(s[i]! + (level - s[i + A]!) / s[i + B]!, from_s, to_s);
      case KINDS.approach: {
        const ratio = (level - s[i + A]!) / s[i + B]!;
        return ratio > 0 ? within(s[i]! - s[i + C]! * log(ratio), from_s, to_s) : undefined;
      }
      default:
        return this.objects![this.newest]!.crossing(level, from_s, to_s);
    }
  }

  /** How far ahead a crossing may be asked for at once: for ever, but where it is searched for. */
  horizon_s(): number {
    const isFollowing = this.numbers[this.newest * STRIDE + KIND] === KINDS.following;
    return isFollowing && this.objects![this.newest] instanceof Scanned ? SCANNED_HORIZON_S : Infinity;
  }

  #valueIn(place: number, time_s: number): number {
    const s = this.numbers;
    const i = place * STRIDE;
    switch (s[i + KIND]!) {
      case KINDS.constant:
        return s[i + A]!;
      case KINDS.linear:
        return s[i + A]! + s[i + B]! * (time_s - s[i]!);
      case KINDS.approach:
        return s[i + A]! + s[i + B]! * exp((s[i]! - time_s) / s[i + C]!);
      default:
        return this.objects![place]!.value(time_s);
    }
  }

  #integralIn(place: number, from_s: number, to_s: number): number {
    const s = this.numbers;
    const i = place * STRIDE;
    switch (s[i + KIND]!) {
      case KINDS.constant:
        return s[i + A]! * (to_s - from_s);
      case KINDS.linear:
        return ((this.#valueIn(place, from_s) + this.#valueIn(place, to_s)) / 2) * (to_s - from_s);
      case KINDS.approach: {
        const change = this.#valueIn(place, from_s) - this.#valueIn(place, to_s);
        return s[i + A]! * (to_s - from_s) + s[i + C]! * change;
      }
      default:
        return this.objects![place]!.integral(from_s, to_s);
    }
  }

  /** Begins a segment of numbers. */
  #begin(time_s: number, kind: number, a: number, b: number, c: number): void {
    this.#open(time_s);
    const s = this.numbers;
    const i = this.newest * STRIDE;
    s[i + KIND] = kind;
    s[i + A] = a;
    s[i + B] = b;
    s[i + C] = c;
    this.#recorder?.anchored(time_s, kind, a, b, c);
    this.#tell();
  }

  #open(time_s: number): void {
    const total = this.#isMetered ? this.total(time_s) : 0;
    const place = this.open(time_s);
    this.numbers[place * STRIDE + TOTAL] = total;
  }

  #write(trajectory: T): void {
    this.numbers[this.newest * STRIDE + KIND] = KINDS.following;
    this.putObject(this.newest, trajectory);
  }

  #tell(): void {
    if (this.#listeners !== undefined) for (const listener of this.#listeners) listener();
  }
}
