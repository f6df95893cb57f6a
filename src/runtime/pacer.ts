import type { Speed } from "../scenario/plan.ts";

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
/** A pacer that sleeps looks up this often, because a reader or a command may have made something due earlier. */
const SLEEP_MAX_MS = 100;

/**
 * Moves plant time along wall time: `speed` plant seconds a second, or as fast as the work allows. The plant's
 * only door to wall time. When the work takes longer than the time it stands for, plant time lags behind and
 * the pacer catches up as soon as it can.
 *
 * States: *standing* (before `run`, after `pause`) <-> *moving* -> *over* (the end, `stop`, or a failure).
 */
export class Pacer {
  readonly #paced: Paced;
  readonly #end_s: number;
  #speed: Speed;
  /** Plant time at `#anchor_ms`, or where it stands. */
  #anchor_s: number;
  /** Wall time at which plant time was `#anchor_s`; undefined while it stands. */
  #anchor_ms: number | undefined;
  #over = false;
  #behind_ms = 0;
  #next: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  /** @param end_s  plant time at which the run is over; Infinity to run until stopped */
  constructor(paced: Paced, speed: Speed, end_s: number) {
    this.#paced = paced;
    this.#speed = speed;
    this.#end_s = end_s;
    this.#anchor_s = paced.now_s;
  }

  get speed(): Speed {
    return this.#speed;
  }

  get standing(): boolean {
    return this.#anchor_ms === undefined;
  }

  /** How late work began at worst, milliseconds of wall time. */
  get behind_ms(): number {
    return this.#behind_ms;
  }

  /** Plant time that wall time has reached, whether or not the work for it is done. */
  get due_s(): number {
    if (this.#anchor_ms === undefined) return this.#anchor_s;
    if (this.#speed === "max") return this.#paced.now_s;
    const elapsed_s = (performance.now() - this.#anchor_ms) / 1000;
    return Math.min(this.#anchor_s + elapsed_s * this.#speed, this.#end_s);
  }

  /** Resolves at the end or after `stop`; rejects with what the work throws. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.resume();
    });
  }

  /** Lets plant time stand; what was due until now still happens when somebody looks. */
  pause(): void {
    this.#stand(this.due_s);
  }

  resume(): void {
    if (this.#over || !this.standing) return;
    this.#anchor_ms = performance.now();
    this.#step();
  }

  setSpeed(speed: Speed): void {
    const moving = !this.standing;
    this.pause();
    this.#speed = speed;
    if (moving) this.resume();
  }

  /**
   * Ends `run` where plant time stands, at a whole millisecond that a person can write down; what is due until
   * then is still to be done.
   */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stand(Math.min(Math.ceil(this.due_s * 1000) / 1000, this.#end_s));
    this.#resolve();
  }

  #stand(time_s: number): void {
    this.#anchor_s = time_s;
    this.#anchor_ms = undefined;
    clearTimeout(this.#next as NodeJS.Timeout | undefined);
    clearImmediate(this.#next as NodeJS.Immediate | undefined);
  }

  readonly #step = (): void => {
    try {
      const until_s = this.#speed === "max" ? this.#end_s : this.due_s;
      if (this.#speed !== "max") {
        const late_s = until_s - this.#paced.next_s;
        this.#behind_ms = Math.max(this.#behind_ms, (late_s / this.#speed) * 1000);
      }
      const slice_ms = performance.now() + SLICE_MS;
      const reached = this.#paced.advance(until_s, () => performance.now() < slice_ms);
      // The work itself may have paused or stopped the pacer.
      if (this.standing) return;
      if (!reached) this.#next = setImmediate(this.#step);
      else if (until_s >= this.#end_s) this.stop();
      else this.#next = setTimeout(this.#step, this.#sleep_ms());
    } catch (error) {
      this.#over = true;
      this.#stand(this.#paced.now_s);
      this.#reject(error);
    }
  };

  #sleep_ms(): number {
    const next_s = Math.min(this.#paced.next_s, this.#end_s);
    const wait_ms = ((next_s - this.due_s) / (this.#speed as number)) * 1000;
    return Math.max(1, Math.min(wait_ms, SLEEP_MAX_MS));
  }
}
