/** A factor of real time, or as fast as possible. */
export type Speed = number | "max";

/** What a pacer drives. */
export interface Paced {
  readonly now_s: number;
  /** When there is something to do next; Infinity for never. */
  readonly next_s: number;
  /**
   * Does what is due up to `until_s`, and looks at `mayGoOn` now and then. False when it stopped early because
   * of it.
   */
  advance(until_s: number, mayGoOn: () => boolean): boolean;
}

/** Longest stretch of work before the sockets get a turn. */
const SLICE_MS = 10;
/** A pacer that sleeps looks up at least this often. */
const SLEEP_MAX_MS = 1000;

/**
 * Moves plant time along wall time: `speed` plant seconds a second, or as fast as the work allows. The engine's
 * only door to wall time. When the work takes longer than the time it stands for, plant time lags behind and
 * the pacer catches up as soon as it can.
 */
export class Pacer {
  readonly #paced: Paced;
  readonly #speed: Speed;
  readonly #end_s: number;
  readonly #begin_s: number;
  #begin_ms: number | undefined;
  /** Where time stood when it was stopped. */
  #stopped_s: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #finish: (() => void) | undefined;

  /** @param end_s  plant time at which the run is over; Infinity to run until stopped */
  constructor(paced: Paced, speed: Speed, end_s: number) {
    this.#paced = paced;
    this.#speed = speed;
    this.#end_s = end_s;
    this.#begin_s = paced.now_s;
  }

  /** Plant time that wall time has reached, whether or not the work for it is done; stands before and after a run. */
  get due_s(): number {
    if (this.#stopped_s !== undefined) return this.#stopped_s;
    if (this.#speed === "max" || this.#begin_ms === undefined) return this.#paced.now_s;
    const elapsed_s = (performance.now() - this.#begin_ms) / 1000;
    return Math.min(this.#begin_s + elapsed_s * this.#speed, this.#end_s);
  }

  /** Resolves at the end or after `stop`; rejects with what the work throws. */
  run(): Promise<void> {
    this.#begin_ms = performance.now();
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      const step = (): void => {
        try {
          this.#step(step);
        } catch (error) {
          this.#stopped_s = this.#paced.now_s;
          reject(error as Error);
        }
      };
      step();
    });
  }

  /**
   * Ends `run` where plant time stands, at a whole millisecond that a person can write down; what is due until
   * then is still to be done.
   */
  stop(): void {
    this.#stopped_s ??= Math.min(Math.ceil(this.due_s * 1000) / 1000, this.#end_s);
    clearTimeout(this.#timer);
    this.#finish?.();
  }

  #step(again: () => void): void {
    if (this.#stopped_s !== undefined) return;
    const until_s = this.#speed === "max" ? this.#end_s : this.due_s;
    const slice_ms = performance.now() + SLICE_MS;
    const reached = this.#paced.advance(until_s, () => performance.now() < slice_ms);
    if (!reached) setImmediate(again);
    else if (until_s >= this.#end_s) this.stop();
    else this.#timer = setTimeout(again, this.#sleep_ms());
  }

  #sleep_ms(): number {
    const next_s = Math.min(this.#paced.next_s, this.#end_s);
    const wait_ms = ((next_s - this.due_s) / (this.#speed as number)) * 1000;
    return Math.max(1, Math.min(wait_ms, SLEEP_MAX_MS));
  }
}
