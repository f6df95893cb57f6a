import { cbrt, findRoot } from "../engine/math.ts";
import { CROSSING_TOLERANCE_S, within, type Anchored } from "./trajectory.ts";

/** Polynomial from `start_s` on: value = c0 + c1 u + c2 u² + c3 u³ with u the time since `start_s`. */
interface Piece {
  readonly start_s: number;
  readonly c: readonly [number, number, number, number];
}

/** What a drive may do; the units of length are the caller's, usually mm. */
export interface MotionBounds {
  readonly velocity: number;
  readonly acceleration: number;
  readonly jerk: number;
}

/**
 * Motion as cubic pieces, at rest (constant) after the last one. Position of a jerk-limited move, and by
 * `derivative` its velocity and acceleration.
 */
export class CubicMotion implements Anchored {
  readonly parameters: readonly number[];
  readonly end_s: number;
  readonly #pieces: readonly Piece[];

  private constructor(pieces: readonly Piece[], end_s: number) {
    this.#pieces = pieces;
    this.end_s = end_s;
    this.parameters = pieces.flatMap((piece) => [piece.start_s, ...piece.c]);
  }

  /**
   * The fastest move from rest at `from` to rest at `to`, with up to seven phases of constant jerk
   * (Biagiotti & Melchiorri, Trajectory Planning for Automatic Machines and Robots, section 3.4).
   */
  static plan(time_s: number, from: number, to: number, bounds: MotionBounds): CubicMotion {
    const sign = to < from ? -1 : 1;
    const phases = planPhases(Math.abs(to - from), bounds);
    const pieces: Piece[] = [];
    let start_s = time_s;
    let [x, v, a] = [from, 0, 0];
    for (const phase of phases) {
      if (phase.duration_s <= 0) continue;
      const j = sign * phase.jerk;
      pieces.push({ start_s, c: [x, v, a / 2, j / 6] });
      const u = phase.duration_s;
      x += u * (v + u * (a / 2 + (u * j) / 6));
      v += u * (a + (u * j) / 2);
      a += u * j;
      start_s += u;
    }
    // The end is exact, whatever rounding did on the way.
    pieces.push({ start_s, c: [to, 0, 0, 0] });
    return new CubicMotion(pieces, start_s);
  }

  /** Its rate of change: velocity of a position, acceleration of a velocity. */
  derivative(): CubicMotion {
    const pieces = this.#pieces.map(({ start_s, c }): Piece => ({
      start_s,
      c: [c[1], 2 * c[2], 3 * c[3], 0],
    }));
    return new CubicMotion(pieces, this.end_s);
  }

  value(time_s: number): number {
    const { start_s, c } = this.#pieceAt(time_s);
    const u = Math.max(0, time_s - start_s);
    return c[0] + u * (c[1] + u * (c[2] + u * c[3]));
  }

  integral(from_s: number, to_s: number): number {
    let sum = 0;
    for (const [i, { start_s, c }] of this.#pieces.entries()) {
      const low = Math.max(from_s, start_s) - start_s;
      const high = Math.min(to_s, this.#pieces[i + 1]?.start_s ?? Infinity) - start_s;
      if (high <= low) continue;
      const area = (u: number): number => u * (c[0] + u * (c[1] / 2 + u * (c[2] / 3 + (u * c[3]) / 4)));
      sum += area(high) - area(low);
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
    for (const { start_s, c } of this.#pieces) {
      points.push(start_s);
      const [a, b, constant] = [3 * c[3], 2 * c[2], c[1]];
      const discriminant = b * b - 4 * a * constant;
      if (a !== 0 && discriminant > 0) {
        const root = Math.sqrt(discriminant);
        points.push(start_s + (-b - root) / (2 * a), start_s + (-b + root) / (2 * a));
      } else if (a === 0 && b !== 0) points.push(start_s - constant / b);
    }
    return points.filter((time_s) => time_s > from_s && time_s <= to_s).sort((a, b) => a - b);
  }

  #pieceAt(time_s: number): Piece {
    const pieces = this.#pieces;
    for (let i = pieces.length - 1; i > 0; i--) {
      if (pieces[i]!.start_s <= time_s) return pieces[i]!;
    }
    return pieces[0]!;
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
  const jerk_s = Math.min(acceleration / jerk, ramp_s / 2);
  const steady_s = ramp_s - 2 * jerk_s;
  const speedUp = [
    { duration_s: jerk_s, jerk },
    { duration_s: steady_s, jerk: 0 },
    { duration_s: jerk_s, jerk: -jerk },
  ];
  const slowDown = speedUp.map((phase) => ({ ...phase, jerk: -phase.jerk }));
  return [...speedUp, { duration_s: cruise_s, jerk: 0 }, ...slowDown];
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
