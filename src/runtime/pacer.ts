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

/** How a plant's time goes. */
export interface Pace {
  /** Plant time that has been reached. */
  readonly due_s: number;
  readonly speed: Speed;
  readonly isStanding: boolean;
  /** How late the work is just now, milliseconds of wall time; 0 at speed max. */
  readonly late_ms: number;
}

/** What somebody wants of a plant's time: nothing, or that it stands, goes on, goes as fast, or stands at a time. */
export type PaceOrder =
  | { readonly do: "tell" | "pause" | "resume" }
  | { readonly do: "go"; readonly speed: Speed }
  | { readonly do: "step"; readonly to_s: number };

/** Longest stretch of work before the sockets get a turn. */
const SLICE_MS = 10;
/** Plant time by which a reader may be ahead of the work: at a great speed, to catch up with wall time would take years. */
const AHEAD_MAX_S = 60;
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
  #failure: { readonly error: unknown } | undefined;
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

  get pace(): Pace {
    const { due_s, standing, speed } = this;
    const late_s = standing || speed === "max" ? 0 : due_s - this.#paced.next_s;
    const late_ms = late_s > 0 ? (late_s / (speed as number)) * 1000 : 0;
    return { due_s, speed, isStanding: standing, late_ms };
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
      if (this.#failure) reject(this.#failure.error as Error);
      else this.resume();
    });
  }

  /** The present for who reads or lets time stand: what wall time has reached, or shortly after the work if that is far behind. */
  get present_s(): number {
    return Math.min(this.due_s, this.#paced.now_s + AHEAD_MAX_S);
  }

  /** Lets plant time stand; what was due until now still happens when somebody looks. */
  pause(): void {
    this.#stand(this.present_s);
  }

  resume(): void {
    if (this.#over || !this.standing) return;
    this.#anchor_ms = performance.now();
    this.#step();
  }

  /** Lets time stand at `to_s`, or where it is if that is past, and resolves when all has been done until then. */
  async step(to_s: number): Promise<void> {
    this.#stand(Math.min(Math.max(this.due_s, to_s), this.#end_s));
    try {
      for (;;) {
        const slice_ms = performance.now() + SLICE_MS;
        if (this.#paced.advance(this.#anchor_s, () => performance.now() < slice_ms)) break;
        await new Promise((resolve) => setImmediate(resolve));
        if (!this.standing) return;
      }
    } catch (error) {
      return this.fail(error);
    }
    if (this.#anchor_s >= this.#end_s) this.stop();
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
    this.#stand(Math.min(Math.ceil(this.present_s * 1000) / 1000, this.#end_s));
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
      this.fail(error);
    }
  };

  /** Ends `run` with an error, also while time stands, and one that has not begun. */
  fail(error: unknown): void {
    this.#over = true;
    this.#failure ??= { error };
    this.#stand(this.#paced.now_s);
    this.#reject(error);
  }

  #sleep_ms(): number {
    const next_s = Math.min(this.#paced.next_s, this.#end_s);
    const wait_ms = ((next_s - this.due_s) / (this.#speed as number)) * 1000;
    return Math.max(1, Math.min(wait_ms, SLEEP_MAX_MS));
  }
}

/** Of several hosts: the farthest, and the latest. */
export function addPaces(paces: readonly Pace[]): Pace {
  return {
    ...paces[0]!,
    due_s: Math.max(...paces.map(({ due_s }) => due_s)),
    late_ms: Math.max(...paces.map(({ late_ms }) => late_ms)),
  };
}
