import {
  AT_REST,
  durationOf,
  pieceAt,
  planMove,
  ramp,
  rampTime,
  shapeOf,
  type MotionBounds,
  type MoveShape,
} from "./move-shape.ts";
import { findRoot } from "./quadrature.ts";
import { CROSSING_TOLERANCE_S, within, type Anchored } from "./trajectory.ts";

/** A position with its rates of change, per second. */
export interface Motion extends Anchored {
  readonly end_s: number;
  velocity(time_s: number): number;
  acceleration(time_s: number): number;
  /** Way gone since the motion began, back and forth added up. */
  path(time_s: number): number;
}

/** A jerk-limited move: a shape with a begin, a place and one of the two directions. */
export class CubicMotion implements Motion {
  readonly end_s: number;
  readonly #start_s: number;
  readonly #from: number;
  readonly #to: number;
  /** 1 or -1. */
  readonly #sign: number;
  readonly #shape: MoveShape;

  private constructor(
    start_s: number,
    from: number,
    to: number,
    shape: MoveShape,
    sign = to < from ? -1 : 1,
  ) {
    this.#start_s = start_s;
    this.#from = from;
    this.#to = to;
    this.#sign = sign;
    this.#shape = shape;
    this.end_s = start_s + durationOf(shape);
  }

  get parameters(): readonly number[] {
    const { velocity, acceleration, jerk } = this.#shape.bounds;
    return [this.#from, this.#to, velocity, acceleration, jerk, this.end_s];
  }

  /** No motion, since ever unless said otherwise. */
  static rest(position: number, since_s = -Infinity): CubicMotion {
    return new CubicMotion(since_s, position, position, AT_REST);
  }

  /** The fastest move from rest at `from` to rest at `to`. */
  static plan(time_s: number, from: number, to: number, bounds: MotionBounds): CubicMotion {
    return new CubicMotion(time_s, from, to, planMove(Math.abs(to - from), bounds));
  }

  /**
   * From a velocity to rest at a constant deceleration, without a limit of jerk: no planned move could come to
   * rest on a shorter way, so it stays within wherever that was going.
   */
  static stop(time_s: number, from: number, velocity: number, deceleration: number): CubicMotion {
    const speed = Math.abs(velocity);
    const duration_s = speed / deceleration;
    if (duration_s === 0) return CubicMotion.rest(from, time_s);
    const to = from + (velocity * duration_s) / 2;
    const distance = Math.abs(to - from);
    const shape: MoveShape = {
      starts_s: [0, duration_s],
      coefficients: [0, speed, -deceleration / 2, 0, distance, 0, 0, 0],
      distance,
      bounds: { velocity: speed, acceleration: deceleration, jerk: 0 },
    };
    return new CubicMotion(time_s, from, to, shape, velocity < 0 ? -1 : 1);
  }

  /**
   * From a velocity towards `to` on to rest there, by another velocity than so far: an override turned in motion.
   * The acceleration of that moment, if any, is dropped.
   *
   * @param velocity  of the present, in the direction of `to`
   * @returns undefined when it is too late for anything but the motion that is under way
   */
  static replan(
    time_s: number,
    from: number,
    velocity: number,
    to: number,
    bounds: MotionBounds,
  ): CubicMotion | undefined {
    const sign = to < from ? -1 : 1;
    const [distance, speed] = [Math.abs(to - from), sign * velocity];
    const { acceleration, jerk } = bounds;
    const way = (low: number, high: number): number =>
      ((low + high) / 2) * rampTime(Math.abs(high - low), acceleration, jerk);
    const needed = (peak: number): number => way(speed, peak) + way(0, peak) - distance;
    if (speed < 0 || way(0, speed) > distance) return undefined;
    const peak =
      needed(bounds.velocity) <= 0 ? bounds.velocity : findRoot(needed, bounds.velocity, speed, 1e-9);
    const cruise_s = peak > 0 ? Math.max(0, -needed(peak) / peak) : 0;
    const phases = [
      ...ramp(peak - speed, acceleration, jerk),
      { duration_s: cruise_s, jerk: 0 },
      ...ramp(-peak, acceleration, jerk),
    ];
    return new CubicMotion(time_s, from, to, shapeOf(speed, phases, distance, bounds), sign);
  }

  value(time_s: number): number {
    if (time_s >= this.end_s) return this.#to;
    const age_s = time_s - this.#start_s;
    if (!(age_s > 0)) return this.#from;
    const { starts_s, coefficients: c } = this.#shape;
    const i = pieceAt(this.#shape, age_s);
    const u = age_s - starts_s[i]!;
    const way = c[4 * i]! + u * (c[4 * i + 1]! + u * (c[4 * i + 2]! + u * c[4 * i + 3]!));
    return this.#from + this.#sign * way;
  }

  /** Rate of change, a second. */
  velocity(time_s: number): number {
    if (time_s >= this.end_s) return 0;
    const { starts_s, coefficients: c } = this.#shape;
    const age_s = Math.max(0, time_s - this.#start_s);
    const i = pieceAt(this.#shape, age_s);
    const u = age_s - starts_s[i]!;
    return this.#sign * (c[4 * i + 1]! + u * (2 * c[4 * i + 2]! + u * 3 * c[4 * i + 3]!));
  }

  /** Rate of change of the velocity, a second. */
  acceleration(time_s: number): number {
    const age_s = time_s - this.#start_s;
    if (!(age_s >= 0) || time_s >= this.end_s) return 0;
    const { starts_s, coefficients: c } = this.#shape;
    const i = pieceAt(this.#shape, age_s);
    return this.#sign * (2 * c[4 * i + 2]! + 6 * (age_s - starts_s[i]!) * c[4 * i + 3]!);
  }

  path(time_s: number): number {
    return Math.abs(this.value(time_s) - this.#from);
  }

  integral(from_s: number, to_s: number): number {
    if (this.#start_s === -Infinity) return this.#from * (to_s - from_s);
    const { starts_s, coefficients: c } = this.#shape;
    const end_s = to_s - this.#start_s;
    let sum = this.#from * (to_s - from_s);
    let begin_s = Math.max(from_s - this.#start_s, 0);
    for (let i = pieceAt(this.#shape, begin_s); begin_s < end_s; i++) {
      const until_s = Math.min(end_s, starts_s[i + 1] ?? Infinity);
      const area = (u: number): number =>
        u * (c[4 * i]! + u * (c[4 * i + 1]! / 2 + u * (c[4 * i + 2]! / 3 + (u * c[4 * i + 3]!) / 4)));
      sum += this.#sign * (area(until_s - starts_s[i]!) - area(begin_s - starts_s[i]!));
      begin_s = until_s;
    }
    return sum;
  }

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    const above = (time_s: number): number => this.value(time_s) - level;
    // Between two turning points a cubic is monotone, so a change of sign is the only way through the level.
    let before_s = from_s;
    for (const after_s of this.#turningPoints(from_s, Math.min(to_s, Math.max(this.end_s, from_s)))) {
      const [left, right] = [above(before_s), above(after_s)];
      if (right === 0) return within(after_s, from_s, to_s);
      if (left !== 0 && left > 0 !== right > 0)
        return findRoot(above, before_s, after_s, CROSSING_TOLERANCE_S);
      before_s = after_s;
    }
    return undefined;
  }

  /** Ends of pieces and extrema between, in order, the last being `to_s`. */
  #turningPoints(from_s: number, to_s: number): number[] {
    const points = [to_s];
    if (this.#start_s === -Infinity) return points;
    const { starts_s, coefficients } = this.#shape;
    for (const [i, offset_s] of starts_s.entries()) {
      const start_s = this.#start_s + offset_s;
      points.push(start_s);
      const a = 3 * coefficients[4 * i + 3]!;
      const b = 2 * coefficients[4 * i + 2]!;
      const constant = coefficients[4 * i + 1]!;
      const discriminant = b * b - 4 * a * constant;
      if (a !== 0 && discriminant > 0) {
        const root = Math.sqrt(discriminant);
        points.push(start_s + (-b - root) / (2 * a), start_s + (-b + root) / (2 * a));
      } else if (a === 0 && b !== 0) points.push(start_s - constant / b);
    }
    return points.filter((time_s) => time_s > from_s && time_s <= to_s).sort((a, b) => a - b);
  }
}
