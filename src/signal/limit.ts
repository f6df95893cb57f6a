import { PRIORITY, type Handle } from "../engine/calendar.ts";
import type { Simulation } from "../engine/simulation.ts";

/** How far ahead a crossing is looked for at once; afterwards the limit looks again. */
const HORIZON_S = 600;

/** What can be watched: a quantity, or what a sensor shows of one. */
export interface Watchable {
  value(time_s: number): number;
  crossing(level: number, from_s: number, to_s: number): number | undefined;
  onAnchor(listener: () => void): void;
  /** How far ahead its crossings can be relied on; missing when everything that changes them is told. */
  horizon_s?(time_s: number): number;
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
export class Limit {
  readonly #simulation: Simulation;
  readonly #quantity: Watchable;
  readonly #bounds: LimitBounds;
  readonly #onChange: (violated: boolean) => void;
  #violated = false;
  #beyondSince_s: number | undefined;
  #next: Handle | undefined;

  /** @throws RangeError unless hysteresis > 0, without which a limit could switch endlessly at one time */
  constructor(
    simulation: Simulation,
    quantity: Watchable,
    bounds: LimitBounds,
    onChange: (violated: boolean) => void,
  ) {
    if (!(bounds.hysteresis > 0)) throw new RangeError(`a hysteresis cannot be ${bounds.hysteresis}`);
    this.#simulation = simulation;
    this.#quantity = quantity;
    this.#bounds = bounds;
    this.#onChange = onChange;
    quantity.onAnchor(() => this.#look());
    this.#look();
  }

  get violated(): boolean {
    return this.#violated;
  }

  /** Judges the present and schedules the next look; `reached` says on which side a crossing has just led. */
  #look(reached?: boolean): void {
    if (this.#next !== undefined) this.#simulation.cancel(this.#next);
    const now_s = this.#simulation.now_s;
    const { direction, level, hysteresis, delay_s } = this.#bounds;
    const back = direction === "above" ? level - hysteresis : level + hysteresis;
    const threshold = this.#violated ? back : level;
    const upward = (direction === "above") !== this.#violated;
    const value = this.#quantity.value(now_s);
    const crossed = reached ?? (upward ? value >= threshold : value <= threshold);
    if (!crossed) {
      this.#beyondSince_s = undefined;
      this.#lookAtCrossing(threshold, true);
      return;
    }
    this.#beyondSince_s ??= now_s;
    const due_s = this.#violated ? now_s : this.#beyondSince_s + delay_s;
    if (due_s <= now_s) this.#switch();
    else this.#lookAtCrossing(threshold, false, due_s);
  }

  #lookAtCrossing(threshold: number, crossed: boolean, due_s = Infinity): void {
    const now_s = this.#simulation.now_s;
    const horizon_s = Math.min(HORIZON_S, this.#quantity.horizon_s?.(now_s) ?? HORIZON_S);
    const until_s = Math.min(now_s + horizon_s, due_s);
    const crossing_s = this.#quantity.crossing(threshold, now_s, until_s);
    const fire = crossing_s === undefined ? (): void => this.#look() : (): void => this.#look(crossed);
    this.#next = this.#simulation.scheduleAt({ fire }, crossing_s ?? until_s, PRIORITY.late);
  }

  #switch(): void {
    this.#violated = !this.#violated;
    this.#beyondSince_s = undefined;
    this.#onChange(this.#violated);
    this.#look();
  }
}
