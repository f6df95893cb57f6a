import { PRIORITY } from "../engine/calendar.ts";
import type { Activity } from "../engine/event.ts";
import type { Simulation } from "../engine/simulation.ts";

const NOT_ENTERED = -1;

/** What can be watched: a quantity, or what a sensor shows of one. */
export interface Watchable {
  value(time_s: number): number;
  crossing(level: number, from_s: number, to_s: number): number | undefined;
  onAnchor(listener: () => void): void;
  /** How far ahead its crossings can be relied on, seconds; Infinity when whatever changes them is told. */
  horizon_s(time_s: number): number;
}

export interface LimitBounds {
  readonly direction: "above" | "below";
  /** At or beyond it the limit is violated. */
  readonly level: number;
  /** How far the value must come back before the limit is no longer violated; above 0. */
  readonly hysteresis: number;
  /** How long the value must stay beyond the level first. */
  readonly delay_s: number;
}

/**
 * Watches a measured quantity (without noise and rounding) and says when it goes beyond a level and when it has
 * come back. Times are exact crossings of the trajectory; nothing is sampled.
 *
 * States: *inside* -> *beyond, waiting for the delay* -> *violated* -> *inside*.
 */
export class Limit implements Activity {
  readonly #simulation: Simulation;
  readonly #quantity: Watchable;
  readonly #isAbove: boolean;
  readonly #level: number;
  /** Where it is no longer violated. */
  readonly #back: number;
  readonly #delay_s: number;
  readonly #onChange: (violated: boolean) => void;
  #violated = false;
  #beyondSince_s: number | undefined;
  /** Its entry in the calendar. */
  #slot = NOT_ENTERED;
  /** Which side the crossing that it waits for leads to; undefined when it waits for no more than another look. */
  #reached: boolean | undefined;

  /** @throws RangeError unless hysteresis > 0, without which a limit could switch endlessly at one time */
  constructor(
    simulation: Simulation,
    quantity: Watchable,
    bounds: LimitBounds,
    onChange: (violated: boolean) => void,
  ) {
    if (!(bounds.hysteresis > 0)) throw new RangeError(`a hysteresis cannot be ${bounds.hysteresis}`);
    const { direction, level, hysteresis, delay_s } = bounds;
    this.#simulation = simulation;
    this.#quantity = quantity;
    this.#isAbove = direction === "above";
    this.#level = level;
    this.#back = this.#isAbove ? level - hysteresis : level + hysteresis;
    this.#delay_s = delay_s;
    this.#onChange = onChange;
    quantity.onAnchor(() => this.#look());
    this.#look();
  }

  get violated(): boolean {
    return this.#violated;
  }

  /** The calendar's call. */
  fire(): void {
    this.#slot = NOT_ENTERED;
    this.#look(this.#reached);
  }

  /** Judges the present and schedules the next look; `reached` says on which side a crossing has just led. */
  #look(reached?: boolean): void {
    if (this.#slot !== NOT_ENTERED) this.#simulation.leave(this.#slot, this);
    this.#slot = NOT_ENTERED;
    const now_s = this.#simulation.now_s;
    const threshold = this.#violated ? this.#back : this.#level;
    const upward = this.#isAbove !== this.#violated;
    const value = this.#quantity.value(now_s);
    const crossed = reached ?? (upward ? value >= threshold : value <= threshold);
    if (!crossed) {
      this.#beyondSince_s = undefined;
      this.#lookAtCrossing(threshold, true, Infinity);
      return;
    }
    this.#beyondSince_s ??= now_s;
    const due_s = this.#violated ? now_s : this.#beyondSince_s + this.#delay_s;
    if (due_s <= now_s) this.#switch();
    else this.#lookAtCrossing(threshold, false, due_s);
  }

  #lookAtCrossing(threshold: number, crossed: boolean, due_s: number): void {
    const now_s = this.#simulation.now_s;
    const until_s = Math.min(now_s + this.#quantity.horizon_s(now_s), due_s);
    const crossing_s = this.#quantity.crossing(threshold, now_s, until_s);
    this.#reached = crossing_s === undefined ? undefined : crossed;
    const next_s = crossing_s ?? until_s;
    // It never crosses unless it is re-anchored, which is told.
    if (next_s === Infinity) return;
    this.#slot = this.#simulation.enterAt(this, next_s, PRIORITY.late);
  }

  #switch(): void {
    this.#violated = !this.#violated;
    this.#beyondSince_s = undefined;
    this.#onChange(this.#violated);
    this.#look();
  }
}
