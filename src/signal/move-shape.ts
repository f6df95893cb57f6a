import { cbrt } from "../engine/math.ts";

/** What a drive may do; the units of length are the caller's, usually mm. */
export interface MotionBounds {
  readonly velocity: number;
  readonly acceleration: number;
  readonly jerk: number;
}

/**
 * How a jerk-limited move goes, from place 0 at time 0 upwards: cubic pieces, each with a start and four coefficients.
 * Moves of one shape differ by their begin, their place and their direction only.
 *
 * Piece i holds from `starts_s[i]` on; with u the time since then, the place is c0 + c1 u + c2 u² + c3 u³, the
 * coefficients standing at 4 i. The last piece is the rest at the end.
 */
export interface MoveShape {
  readonly starts_s: readonly number[];
  readonly coefficients: readonly number[];
  /** What it was planned for. */
  readonly distance: number;
  readonly bounds: MotionBounds;
}

/** Jerk that is constant for a while. */
export interface Phase {
  readonly duration_s: number;
  readonly jerk: number;
}

export const AT_REST: MoveShape = {
  starts_s: [0],
  coefficients: [0, 0, 0, 0],
  distance: 0,
  bounds: { velocity: 0, acceleration: 0, jerk: 0 },
};

/** Below a millionth of a micrometre there is nothing to plan, and the square roots would underflow. */
const NEGLIGIBLE = 1e-9;

/** Shapes that were planned lately: programs repeat their moves part after part, on many machines. A power of two. */
const KEPT = 1024;
const kept = new Array<MoveShape>(KEPT).fill(AT_REST);

/**
 * The fastest move over a distance from rest to rest, with up to seven phases of constant jerk (Biagiotti & Melchiorri,
 * Trajectory Planning for Automatic Machines and Robots, section 3.4). Planned once while it is in use.
 */
export function planMove(distance: number, bounds: MotionBounds): MoveShape {
  const place = placeOf(distance, bounds);
  const known = kept[place]!;
  if (known.distance === distance && isSame(known.bounds, bounds)) return known;
  return (kept[place] = shapeOf(0, planPhases(distance, bounds), distance, bounds));
}

/** The shape that phases make of a first velocity; it ends at rest, at the distance. */
export function shapeOf(
  velocity: number,
  phases: readonly Phase[],
  distance: number,
  bounds: MotionBounds,
): MoveShape {
  const starts_s: number[] = [];
  const coefficients: number[] = [];
  let start_s = 0;
  let x = 0;
  let v = velocity;
  let a = 0;
  for (const { duration_s: u, jerk: j } of phases) {
    if (u <= 0) continue;
    starts_s.push(start_s);
    coefficients.push(x, v, a / 2, j / 6);
    x += u * (v + u * (a / 2 + (u * j) / 6));
    v += u * (a + (u * j) / 2);
    a += u * j;
    start_s += u;
  }
  // The end is exact, whatever rounding did on the way.
  starts_s.push(start_s);
  coefficients.push(distance, 0, 0, 0);
  return { starts_s, coefficients, distance, bounds };
}

export function durationOf({ starts_s }: MoveShape): number {
  return starts_s[starts_s.length - 1]!;
}

/** The piece that holds at a time since the begin, seconds. */
export function pieceAt({ starts_s }: MoveShape, time_s: number): number {
  let i = starts_s.length - 1;
  while (i > 0 && starts_s[i]! > time_s) i--;
  return i;
}

const hashed = new Float64Array(2);
const words = new Int32Array(hashed.buffer);

/** Where a shape is kept; two that share a place take turns. */
function placeOf(distance: number, { velocity, acceleration }: MotionBounds): number {
  hashed[0] = distance;
  hashed[1] = velocity + acceleration;
  const hash = words[0]! ^ Math.imul(words[1]!, 31) ^ Math.imul(words[2]! ^ words[3]!, 7);
  return (hash ^ (hash >>> 11) ^ (hash >>> 22)) & (KEPT - 1);
}

function isSame(a: MotionBounds, b: MotionBounds): boolean {
  return a.velocity === b.velocity && a.acceleration === b.acceleration && a.jerk === b.jerk;
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
export function ramp(change: number, acceleration: number, jerk: number): Phase[] {
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
export function rampTime(velocity: number, acceleration: number, jerk: number): number {
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
