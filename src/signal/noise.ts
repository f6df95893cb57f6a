import { normalQuantile } from "../engine/distribution.ts";
import { sin } from "../engine/math.ts";
import type { RandomKey } from "../engine/random.ts";

/*
 * Noise without state: each value depends on its address (a sample number or a time) and a key alone, never on
 * who read what before. All have mean 0 and standard deviation 1, but the tone.
 */

/** Quantiles of the normal distribution at the bounds of equal cells of probability. */
const CELLS = 4096;
const CELL_SHIFT = 20;
const QUANTILES = Float64Array.from({ length: CELLS + 1 }, (_, i) => normalQuantile(i / CELLS));
/** Cells at either end in which the quantile is too curved for a straight line, and the tails are. */
const EDGE = 16;
const FRACTION_MASK = (1 << CELL_SHIFT) - 1;
const TO_FRACTION = 1 / (1 << CELL_SHIFT);
const TO_UNIT = 1 / 4294967296;

/** White noise: independent normal values, one a sample number; between two quantiles a straight line. */
export function white(key: RandomKey, sample: number): number {
  const bits = key.bits(sample);
  const cell = bits >>> CELL_SHIFT;
  if (cell < EDGE || cell >= CELLS - EDGE) return normalQuantile((bits + 0.5) * TO_UNIT);
  const low = QUANTILES[cell]!;
  return low + (bits & FRACTION_MASK) * TO_FRACTION * (QUANTILES[cell + 1]! - low);
}

/** Correlated noise: bell-shaped values on lattice points one correlation time apart, blended in between. */
export function correlated(key: RandomKey, time_s: number, correlationTime_s: number): number {
  const place = time_s / correlationTime_s;
  const point = Math.floor(place);
  const share = place - point;
  const rest = 1 - share;
  const blended = rest * lattice(key, point) + share * lattice(key, point + 1);
  // A blend of two independent values is quieter than each; the root brings the variance back to 1.
  return blended / Math.sqrt(rest * rest + share * share);
}

/** Standard deviation of the sum of three ten-bit numbers. */
const LATTICE_DEVIATION = 511.999755859375;
const LATTICE_MEAN = 1534.5;

/** Sum of three uniform numbers from one hash: bell-shaped within ±3, at a third of the cost of a normal value. */
function lattice(key: RandomKey, point: number): number {
  const bits = key.bits(point);
  const sum = (bits & 1023) + ((bits >>> 10) & 1023) + ((bits >>> 20) & 1023);
  return (sum - LATTICE_MEAN) / LATTICE_DEVIATION;
}

const TWO_PI = 6.283185307179586;

/** A sine of amplitude 1; the phase is in turns. */
export function tone(turns: number): number {
  return sin(TWO_PI * (turns - Math.floor(turns)));
}
