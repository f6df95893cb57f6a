import { findRoot, integrate } from "./quadrature.ts";

/** Width of the last bracket when a crossing is searched for, seconds. */
export const CROSSING_TOLERANCE_S = 1e-9;
/** Steps of the search for a bracket where no closed form tells where to look. */
const SCAN_STEPS = 256;
/** How far ahead a crossing may be searched for at once, seconds: beyond, the steps of a scan would be too wide. */
export const SCANNED_HORIZON_S = 600;

/** A function of plant time in seconds. */
export interface Trajectory {
  value(time_s: number): number;
  /** Integral from `from_s` to `to_s`, in the value's unit times seconds. */
  integral(from_s: number, to_s: number): number;
  /** The first time in (from_s, to_s] at which the value reaches the level; undefined when it does not. */
  crossing(level: number, from_s: number, to_s: number): number | undefined;
}

/** A trajectory that the numbers in `parameters` define, as the digest records it. */
export interface Anchored extends Trajectory {
  readonly parameters: readonly number[];
}

/**
 * A trajectory whose crossing no closed form gives: a scan of 256 steps and a bracketed root, which wants bounds
 * between which it is smooth.
 */
export abstract class Scanned implements Anchored {
  abstract readonly parameters: readonly number[];
  abstract value(time_s: number): number;
  abstract integral(from_s: number, to_s: number): number;

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    const above = (time_s: number): number => this.value(time_s) - level;
    let before_s = from_s;
    for (let i = 1; i <= SCAN_STEPS; i++) {
      const after_s = from_s + ((to_s - from_s) * i) / SCAN_STEPS;
      const [left, right] = [above(before_s), above(after_s)];
      if (right === 0) return after_s;
      if (left !== 0 && left > 0 !== right > 0) return firstBehind(above, before_s, after_s);
      before_s = after_s;
    }
    return undefined;
  }
}

/**
 * A root, and where rounding has left it before the change of sign, the first step behind it: who looks from there on
 * must not find the same crossing again.
 */
function firstBehind(f: (time_s: number) => number, before_s: number, after_s: number): number {
  const isAbove = f(after_s) > 0;
  const root_s = findRoot(f, before_s, after_s, CROSSING_TOLERANCE_S);
  let time_s = root_s;
  for (let step_s = CROSSING_TOLERANCE_S; f(time_s) > 0 !== isAbove && time_s < after_s; step_s *= 2)
    time_s = Math.min(root_s + step_s, after_s);
  return time_s;
}

/** A pure function of other trajectories at the same time. Integral by Gauss-Legendre quadrature. */
export class Derived extends Scanned {
  /** Its sources are recorded where they are anchored. */
  readonly parameters: readonly number[] = [];
  readonly #function: (time_s: number) => number;

  constructor(compute: (time_s: number) => number) {
    super();
    this.#function = compute;
  }

  value(time_s: number): number {
    return this.#function(time_s);
  }

  integral(from_s: number, to_s: number): number {
    return integrate(this.#function, from_s, to_s);
  }
}

/** The sum of other trajectories, with the integrals of its parts. */
export class Sum extends Scanned {
  readonly parameters: readonly number[] = [];
  readonly #parts: readonly Trajectory[];

  constructor(parts: readonly Trajectory[]) {
    super();
    this.#parts = parts;
  }

  value(time_s: number): number {
    let sum = 0;
    for (const part of this.#parts) sum += part.value(time_s);
    return sum;
  }

  integral(from_s: number, to_s: number): number {
    let sum = 0;
    for (const part of this.#parts) sum += part.integral(from_s, to_s);
    return sum;
  }
}

/** The time when it lies in (from_s, to_s]. */
export function within(time_s: number, from_s: number, to_s: number): number | undefined {
  return time_s > from_s && time_s <= to_s ? time_s : undefined;
}
