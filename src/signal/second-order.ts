import { cos, exp, log, sin } from "../engine/math.ts";
import { findRoot } from "./quadrature.ts";
import { CROSSING_TOLERANCE_S, within, type Anchored } from "./trajectory.ts";

/** The eigenmotion x(u), and its rate, of a second-order system around its target; u is the time since the start. */
interface Eigenmotion {
  value(u: number): number;
  rate(u: number): number;
  /** First u > 0 at which the rate is zero; Infinity when there is none. */
  readonly firstExtremum: number;
  /** Distance of the extrema after it; Infinity when it is the only one. */
  readonly period: number;
}

export interface SecondOrderBounds {
  /** Natural frequency ω0, 1/s. */
  readonly frequency_rad_s: number;
  /** Damping ratio ζ: below 1 it overshoots, at 1 it is as fast as it can be without, above it creeps. */
  readonly damping: number;
}

/** Extrema looked at before an oscillation counts as over. */
const EXTREMA_MAX = 64;

/**
 * A damped second-order system on its way to a target, x'' + 2 ζ ω0 x' + ω0² (x − target) = 0: a heated zone under
 * a PID controller, a pressure that swings in. All closed form but the crossing, which is bracketed between
 * neighbouring extrema.
 */
export class SecondOrder implements Anchored {
  readonly parameters: readonly number[];
  readonly #start_s: number;
  readonly #target: number;
  readonly #bounds: SecondOrderBounds;
  readonly #motion: Eigenmotion;

  /** @param rate  of the value at the start, in its unit a second */
  constructor(start_s: number, value: number, rate: number, target: number, bounds: SecondOrderBounds) {
    this.#start_s = start_s;
    this.#target = target;
    this.#bounds = bounds;
    this.#motion = eigenmotion(value - target, rate, bounds);
    this.parameters = [value, rate, target, bounds.frequency_rad_s, bounds.damping];
  }

  value(time_s: number): number {
    return this.#target + this.#motion.value(time_s - this.#start_s);
  }

  /** Rate of change, in the value's unit a second. */
  rate(time_s: number): number {
    return this.#motion.rate(time_s - this.#start_s);
  }

  /** From the equation of motion itself: ∫x = −(Δx' + 2 ζ ω0 Δx) / ω0². */
  integral(from_s: number, to_s: number): number {
    const { frequency_rad_s, damping } = this.#bounds;
    const rates = this.rate(to_s) - this.rate(from_s);
    const values = this.value(to_s) - this.value(from_s);
    const swing = (rates + 2 * damping * frequency_rad_s * values) / (frequency_rad_s * frequency_rad_s);
    return this.#target * (to_s - from_s) - swing;
  }

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    const above = (time_s: number): number => this.value(time_s) - level;
    let before_s = from_s;
    for (const after_s of this.#extrema(from_s, to_s)) {
      const [left, right] = [above(before_s), above(after_s)];
      if (right === 0) return within(after_s, from_s, to_s);
      if (left !== 0 && left > 0 !== right > 0)
        return findRoot(above, before_s, after_s, CROSSING_TOLERANCE_S);
      before_s = after_s;
    }
    return undefined;
  }

  /** Extrema in (from_s, to_s), and then an end by which the swing has died away. */
  #extrema(from_s: number, to_s: number): number[] {
    const { firstExtremum, period } = this.#motion;
    const points: number[] = [];
    for (let i = 0; i < EXTREMA_MAX; i++) {
      const time_s = this.#start_s + firstExtremum + (i === 0 ? 0 : i * period);
      if (!(time_s < to_s)) break;
      if (time_s > from_s) points.push(time_s);
    }
    const { frequency_rad_s, damping } = this.#bounds;
    const settled_s =
      Math.max(from_s, this.#start_s) + (40 * (damping + 1)) / (Math.min(1, damping) * frequency_rad_s);
    return [...points, Math.min(to_s, Math.max(settled_s, points.at(-1) ?? 0))];
  }
}

/** @throws RangeError unless frequency and damping are above 0 */
function eigenmotion(x: number, v: number, { frequency_rad_s: w, damping }: SecondOrderBounds): Eigenmotion {
  if (!(w > 0 && damping > 0)) throw new RangeError(`no damped system has ω0 ${w} and ζ ${damping}`);
  if (damping < 1) return underdamped(x, v, damping * w, w * Math.sqrt(1 - damping * damping));
  if (damping === 1) return critical(x, v, w);
  const root = w * Math.sqrt(damping * damping - 1);
  return overdamped(x, v, -damping * w + root, -damping * w - root);
}

function underdamped(x: number, v: number, decay: number, wd: number): Eigenmotion {
  const b = (v + decay * x) / wd;
  const rate = (u: number): number =>
    exp(-decay * u) * ((b * wd - decay * x) * cos(wd * u) - (x * wd + decay * b) * sin(wd * u));
  const period = 3.141592653589793 / wd;
  // The rate is a damped sine: it changes sign exactly once in any half period.
  const first = rate(0) === 0 ? period : findRoot(rate, period * 1e-12, period * (1 + 1e-12), period * 1e-12);
  return {
    value: (u) => exp(-decay * u) * (x * cos(wd * u) + b * sin(wd * u)),
    rate,
    firstExtremum: first,
    period,
  };
}

function critical(x: number, v: number, w: number): Eigenmotion {
  const b = v + w * x;
  const turn = b === 0 ? Infinity : 1 / w - x / b;
  return {
    value: (u) => exp(-w * u) * (x + b * u),
    rate: (u) => exp(-w * u) * (b - w * (x + b * u)),
    firstExtremum: turn > 0 ? turn : Infinity,
    period: Infinity,
  };
}

function overdamped(x: number, v: number, slow: number, fast: number): Eigenmotion {
  const b = (slow * x - v) / (slow - fast);
  const a = x - b;
  const ratio = (-b * fast) / (a * slow);
  const turn = ratio > 0 ? log(ratio) / (slow - fast) : Infinity;
  return {
    value: (u) => a * exp(slow * u) + b * exp(fast * u),
    rate: (u) => a * slow * exp(slow * u) + b * fast * exp(fast * u),
    firstExtremum: turn > 0 ? turn : Infinity,
    period: Infinity,
  };
}
