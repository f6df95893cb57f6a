import { cbrt } from "../engine/math.ts";
import { findRoot } from "./quadrature.ts";
import { CROSSING_TOLERANCE_S, within, type Anchored } from "./trajectory.ts";

/** What a drive may do; the units of length are the caller's, usually mm. */
export interface MotionBounds {
  readonly velocity: number;
  readonly acceleration: number;
  readonly jerk: number;
}

/** A position with its rates of change, per second. */
export interface Motion extends Anchored {
  readonly end_s: number;
  velocity(time_s: number): number;
  acceleration(time_s: number): number;
  /** Way gone since the motion began, back and forth added up. */
  path(time_s: number): number;
}

/**
 * A jerk-limited move: cubic pieces, at rest before the first and after the last.
 *
 * Piece i holds from `starts[i]` on; with u the time since then it is c0 + c1 u + c2 u² + c3 u³, its four
 * coefficients standing at 4 i.
 */
export class CubicMotion implements Motion {
  readonly parameters: readonly number[];
  readonly end_s: number;
  readonly #starts: readonly number[];
  readonly #coefficients: readonly number[];

  private constructor(
    parameters: readonly number[],
    starts: readonly number[],
    coefficients: readonly number[],
  ) {
    this.parameters = parameters;
    this.#starts = starts;
    this.#coefficients = coefficients;
    this.end_s = starts.at(-1)!;
  }

  /** No motion, since ever unless said otherwise. */
  static rest(position: number, since_s = -Infinity): CubicMotion {
    return new CubicMotion([position], [since_s], [position, 0, 0, 0]);
  }

  /**
   * The fastest move from rest at `from` to rest at `to`, with up to seven phases of constant jerk
   * (Biagiotti & Melchiorri, Trajectory Planning for Automatic Machines and Robots, section 3.4).
   */
  static plan(time_s: number, from: number, to: number, bounds: MotionBounds): CubicMotion {
    return CubicMotion.#of(time_s, from, 0, to, bounds, planPhases(Math.abs(to - from), bounds));
  }

  static #of(
    time_s: number,
    from: number,
    velocity: number,
    to: number,
    bounds: MotionBounds,
    phases: readonly Phase[],
  ): CubicMotion {
    const sign = to < from ? -1 : 1;
    const starts: number[] = [];
    const coefficients: number[] = [];
    let start_s = time_s;
    let x = from;
    let v = velocity;
    let a = 0;
    for (const { duration_s: u, jerk } of phases) {
      if (u <= 0) continue;
      const j = sign * jerk;
      starts.push(start_s);
      coefficients.push(x, v, a / 2, j / 6);
      x += u * (v + u * (a / 2 + (u * j) / 6));
      v += u * (a + (u * j) / 2);
      a += u * j;
      start_s += u;
    }
    // The end is exact, whatever rounding did on the way.
    starts.push(start_s);
    coefficients.push(to, 0, 0, 0);
    const parameters = [from, to, bounds.velocity, bounds.acceleration, bounds.jerk];
    if (velocity !== 0) parameters.push(velocity);
    return new CubicMotion(parameters, starts, coefficients);
  }

  /**
   * From a velocity to rest at a constant deceleration, without a limit of jerk: no planned move could come to
   * rest on a shorter way, so it stays within wherever that was going.
   */
  static stop(time_s: number, from: number, velocity: number, deceleration: number): CubicMotion {
    const duration_s = Math.abs(velocity) / deceleration;
    if (duration_s === 0) return CubicMotion.rest(from, time_s);
    const to = from + (velocity * duration_s) / 2;
    const braking = velocity > 0 ? -deceleration : deceleration;
    return new CubicMotion(
      [from, velocity, deceleration],
      [time_s, time_s + duration_s],
      [from, velocity, braking / 2, 0, to, 0, 0, 0],
    );
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
    return CubicMotion.#of(time_s, from, velocity, to, bounds, phases);
  }

  value(time_s: number): number {
    const i = this.#pieceAt(time_s);
    const c = this.#coefficients;
    const u = this.#age(i, time_s);
    return c[4 * i]! + u * (c[4 * i + 1]! + u * (c[4 * i + 2]! + u * c[4 * i + 3]!));
  }

  /** Rate of change, a second. */
  velocity(time_s: number): number {
    const i = this.#pieceAt(time_s);
    const c = this.#coefficients;
    const u = this.#age(i, time_s);
    return c[4 * i + 1]! + u * (2 * c[4 * i + 2]! + u * 3 * c[4 * i + 3]!);
  }

  /** Rate of change of the velocity, a second. */
  acceleration(time_s: number): number {
    const i = this.#pieceAt(time_s);
    if (time_s < this.#starts[0]!) return 0;
    return 2 * this.#coefficients[4 * i + 2]! + 6 * this.#age(i, time_s) * this.#coefficients[4 * i + 3]!;
  }

  path(time_s: number): number {
    return Math.abs(this.value(time_s) - this.#coefficients[0]!);
  }

  integral(from_s: number, to_s: number): number {
    const c = this.#coefficients;
    const first_s = this.#starts[0]!;
    if (first_s === -Infinity) return c[0]! * (to_s - from_s);
    let sum = c[0]! * Math.max(0, Math.min(to_s, first_s) - from_s);
    let begin_s = Math.max(from_s, first_s);
    for (let i = this.#pieceAt(begin_s); begin_s < to_s; i++) {
      const end_s = Math.min(to_s, this.#starts[i + 1] ?? Infinity);
      const area = (u: number): number =>
        u * (c[4 * i]! + u * (c[4 * i + 1]! / 2 + u * (c[4 * i + 2]! / 3 + (u * c[4 * i + 3]!) / 4)));
      sum += area(end_s - this.#starts[i]!) - area(begin_s - this.#starts[i]!);
      begin_s = end_s;
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
    for (const [i, start_s] of this.#starts.entries()) {
      points.push(start_s);
      const a = 3 * this.#coefficients[4 * i + 3]!;
      const b = 2 * this.#coefficients[4 * i + 2]!;
      const constant = this.#coefficients[4 * i + 1]!;
      const discriminant = b * b - 4 * a * constant;
      if (a !== 0 && discriminant > 0) {
        const root = Math.sqrt(discriminant);
        points.push(start_s + (-b - root) / (2 * a), start_s + (-b + root) / (2 * a));
      } else if (a === 0 && b !== 0) points.push(start_s - constant / b);
    }
    return points.filter((time_s) => time_s > from_s && time_s <= to_s).sort((a, b) => a - b);
  }

  #pieceAt(time_s: number): number {
    let i = this.#starts.length - 1;
    while (i > 0 && this.#starts[i]! > time_s) i--;
    return i;
  }

  /** Time since the piece began; 0 before the first one, and where nothing ever moves. */
  #age(piece: number, time_s: number): number {
    const start_s = this.#starts[piece]!;
    return time_s > start_s && start_s !== -Infinity ? time_s - start_s : 0;
  }
}

/** Below a millionth of a micrometre there is nothing to plan, and the square roots would underflow. */
const NEGLIGIBLE = 1e-9;

interface Phase {
  readonly duration_s: number;
  readonly jerk: number;
}

function planPhases(distance: number, { velocity, acceleration, jerk }: MotionBounds): Phase[] {
  if (distance < NEGLIGIBLE) return [];
  let peak = velocity;
  let ramp_s = rampTime(peak, acceleration, jerk);
  if (peak * ramp_s > distance) {
    peak = reachablePeak(distance, acceleration, jerk);
    ramp_s = rampTime(peak, acceleration, jerk);
  }
  const cruise_s = Math.max(0, distance / peak - ramp_s);
  return [
    ...ramp(peak, acceleration, jerk),
    { duration_s: cruise_s, jerk: 0 },
    ...ramp(-peak, acceleration, jerk),
  ];
}

/** A change of velocity that begins and ends without acceleration. */
function ramp(change: number, acceleration: number, jerk: number): Phase[] {
  const ramp_s = rampTime(Math.abs(change), acceleration, jerk);
  const jerk_s = Math.min(acceleration / jerk, ramp_s / 2);
  const j = change < 0 ? -jerk : jerk;
  return [
    { duration_s: jerk_s, jerk: j },
    { duration_s: ramp_s - 2 * jerk_s, jerk: 0 },
    { duration_s: jerk_s, jerk: -j },
  ];
}

/** Time from rest to a velocity: with a plateau of acceleration, or with two jerk phases only. */
function rampTime(velocity: number, acceleration: number, jerk: number): number {
  const full = velocity >= (acceleration * acceleration) / jerk;
  return full ? velocity / acceleration + acceleration / jerk : 2 * Math.sqrt(velocity / jerk);
}

/** The highest velocity from which a move of this distance still comes to rest in time. */
function reachablePeak(distance: number, acceleration: number, jerk: number): number {
  const knee = (acceleration * acceleration) / jerk;
  const withPlateau = (Math.sqrt(knee * knee + 4 * acceleration * distance) - knee) / 2;
  if (withPlateau >= knee) return withPlateau;
  return cbrt((distance * distance * jerk) / 4);
}
