import type { PollGroup } from "../signal/poll-group.ts";
import type { Watchable } from "../signal/limit.ts";

/** How far ahead a crossing is looked for at once. */
const HORIZON_S = 600;
/** A look at a crossing comes just behind it, where the value is on the other side. */
const BEHIND_S = 1e-6;
/** A value that stands on the level crosses it all the time; then ticks have to do. */
const STANDSTILL_S = 1e-3;

/** Says when somebody has to look, as long as somebody wants to. */
export abstract class LookClock<Reader> {
  next_s = Infinity;
  isDue = false;
  /** Those that it is for, whether they want to look or not. */
  readonly readers: Reader[] = [];
  #users = 0;

  protected get isUsed(): boolean {
    return this.#users > 0;
  }

  /** Who begins to look has seen the present. */
  acquire(time_s: number): void {
    if (this.#users++ === 0) this.begin(time_s);
  }

  release(): void {
    if (--this.#users === 0) this.next_s = Infinity;
  }

  /** Finds out whether the time has come, and when it will come next. */
  abstract look(time_s: number): void;

  protected abstract begin(time_s: number): void;
}

/** The ticks of a poll group. */
export class TickClock<Reader> extends LookClock<Reader> {
  readonly #poll: PollGroup;
  #tick = 0;

  constructor(poll: PollGroup) {
    super();
    this.#poll = poll;
  }

  look(time_s: number): void {
    this.isDue = this.next_s <= time_s;
    if (this.isDue) this.next_s = this.#poll.timeOf(++this.#tick);
  }

  protected begin(time_s: number): void {
    this.#tick = this.#poll.lastTick(time_s) + 1;
    this.next_s = this.#poll.timeOf(this.#tick);
  }
}

/** The times at which a trajectory crosses a level. */
export class CrossingClock<Reader> extends LookClock<Reader> {
  readonly #watched: Watchable;
  readonly #level: number;
  #isStale = false;

  /** @param onStale  called when the trajectory has changed, so that the next time is another one */
  constructor(watched: Watchable, level: number, onStale: () => void) {
    super();
    this.#watched = watched;
    this.#level = level;
    watched.onAnchor(() => {
      if (!this.isUsed) return;
      this.#isStale = true;
      onStale();
    });
  }

  look(time_s: number): void {
    this.isDue = this.next_s <= time_s;
    if (this.isUsed && (this.isDue || this.#isStale)) this.begin(time_s);
  }

  protected begin(time_s: number): void {
    this.#isStale = false;
    const ahead_s = Math.min(HORIZON_S, this.#watched.horizon_s?.(time_s) ?? Infinity);
    const crossing_s = this.#watched.crossing(this.#level, time_s, time_s + ahead_s) ?? Infinity;
    const isStanding = crossing_s < time_s + STANDSTILL_S;
    this.next_s = isStanding ? time_s + ahead_s : Math.min(crossing_s + BEHIND_S, time_s + ahead_s);
  }
}
