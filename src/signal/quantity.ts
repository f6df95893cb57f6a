import { Timeline } from "./timeline.ts";
import type { Anchored, Trajectory } from "./trajectory.ts";

/** What rounding may make of a continuous re-anchoring, relative to the value. */
const CONTINUITY = 1e-6;

/** Told of every re-anchoring, after it. */
export type AnchorListener = (time_s: number, trajectory: Anchored) => void;

/**
 * A physical quantity: the truth, as trajectories that events re-anchor. It keeps its segments as far back as a
 * reader may ask, because a sample is computed later than its time.
 */
export class Quantity<T extends Anchored = Anchored> implements Trajectory {
  readonly id: string;
  readonly #segments: Timeline<T>;
  readonly #listeners: AnchorListener[] = [];

  constructor(id: string, keep_s: number, first: T) {
    this.id = id;
    this.#segments = new Timeline(keep_s, first);
  }

  /**
   * From `time_s` on it follows this trajectory, which continues where the present one is.
   *
   * @throws Error when it does not: physics has no jumps but those that `jump` says
   */
  anchor(time_s: number, trajectory: T): void {
    const [before, after] = [this.value(time_s), trajectory.value(time_s)];
    if (!(Math.abs(after - before) <= CONTINUITY * Math.max(1, Math.abs(before)))) {
      throw new Error(`${this.id} would jump from ${before} to ${after} at ${time_s} s`);
    }
    this.jump(time_s, trajectory);
  }

  /** As `anchor`, for what may change at once: a setting, a force when the tool meets the material. */
  jump(time_s: number, trajectory: T): void {
    this.#segments.add(time_s, trajectory);
    for (const listener of this.#listeners) listener(time_s, trajectory);
  }

  onAnchor(listener: AnchorListener): void {
    this.#listeners.push(listener);
  }

  /** The trajectory that it followed at a time. */
  at(time_s: number): T {
    return this.#segments.at(time_s);
  }

  value(time_s: number): number {
    return this.#segments.at(time_s).value(time_s);
  }

  integral(from_s: number, to_s: number): number {
    if (from_s >= this.#segments.lastStart_s) return this.#segments.last.integral(from_s, to_s);
    let sum = 0;
    this.#segments.forEach(
      from_s,
      to_s,
      (segment, begin_s, end_s) => (sum += segment.integral(begin_s, end_s)),
    );
    return sum;
  }

  /** On the trajectory that holds at present; a later re-anchoring asks anew. */
  crossing(level: number, from_s: number, to_s: number): number | undefined {
    return this.#segments.last.crossing(level, from_s, to_s);
  }
}
