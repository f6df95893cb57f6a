import type { RandomKey } from "../engine/random.ts";

/** How a controller polls: every `period_s`, each time up to `jitter_s` early or late. */
export interface PollRhythm {
  readonly period_s: number;
  readonly jitter_s: number;
}

/**
 * The ticks of a poll group: tick n is at `phase + n * period + jitter(n)`, in whole milliseconds because that
 * is what wires carry. Phase and jitter come from the key, so machines of one model do not poll in step.
 */
export class PollGroup {
  readonly id: string;
  readonly period_s: number;
  readonly #jitter_s: number;
  readonly #phase_s: number;
  readonly #key: RandomKey;

  /** @throws RangeError unless 0 <= jitter < period / 2, which keeps the ticks in order */
  constructor(id: string, rhythm: PollRhythm, key: RandomKey) {
    if (!(rhythm.jitter_s >= 0 && rhythm.jitter_s < rhythm.period_s / 2)) {
      throw new RangeError(`a jitter of ${rhythm.jitter_s} s does not fit a period of ${rhythm.period_s} s`);
    }
    this.id = id;
    this.period_s = rhythm.period_s;
    this.#jitter_s = rhythm.jitter_s;
    this.#key = key;
    this.#phase_s = rhythm.jitter_s + (rhythm.period_s - rhythm.jitter_s) * key.child("phase").uniform(0);
  }

  /** Plant time of tick n in seconds, a whole number of milliseconds. */
  timeOf(tick: number): number {
    const jitter_s = this.#jitter_s * (2 * this.#key.uniform(tick) - 1);
    return Math.round((this.#phase_s + tick * this.period_s + jitter_s) * 1000) / 1000;
  }

  /** Number of the last tick at or before a time; -1 before the first. */
  lastTick(time_s: number): number {
    let tick = Math.floor((time_s - this.#phase_s) / this.period_s) + 1;
    while (tick >= 0 && this.timeOf(tick) > time_s) tick--;
    return Math.max(tick, -1);
  }
}
