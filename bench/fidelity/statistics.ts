/*
 * The statistics of the scorecard, as pure functions of numbers. Definitions are the textbook ones, so that a figure
 * can be checked with any other tool.
 */

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Of the population: the sum of squares is divided by n. */
export function deviation(values: readonly number[]): number {
  return Math.sqrt(centralMoment(values, 2));
}

/** Standard deviation over mean. */
export function coefficientOfVariation(values: readonly number[]): number {
  return deviation(values) / mean(values);
}

/** Third standardised moment, of the population. */
export function skewness(values: readonly number[]): number {
  return centralMoment(values, 3) / deviation(values) ** 3;
}

function centralMoment(values: readonly number[], order: number): number {
  const center = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - center) ** order;
  return sum / values.length;
}

/** With straight lines between order statistics, as numpy and R (type 7) have it; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(sorted(values), share);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** In one go, because sorting is the work. */
export function quantiles(values: readonly number[], shares: readonly number[]): number[] {
  const ordered = sorted(values);
  return shares.map((share) => quantileOfSorted(ordered, share));
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

function quantileOfSorted(ordered: Float64Array, share: number): number {
  const place = share * (ordered.length - 1);
  const below = Math.floor(place);
  const low = ordered[below] ?? NaN;
  const high = ordered[Math.min(below + 1, ordered.length - 1)] ?? NaN;
  return low + (place - below) * (high - low);
}

/** Of a series with itself, `lag` samples later, around its mean; NaN for a constant. */
export function autocorrelation(values: readonly number[], lag: number): number {
  const center = mean(values);
  let [shifted, own] = [0, 0];
  for (const [i, value] of values.entries()) {
    own += (value - center) ** 2;
    if (i + lag < values.length) shifted += (value - center) * (values[i + lag]! - center);
  }
  return shifted / own;
}

/** Pearson's, of pairs. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [centerX, centerY] = [mean(xs), mean(ys)];
  let sum = 0;
  for (const [i, x] of xs.entries()) sum += (x - centerX) * (ys[i]! - centerY);
  return sum / xs.length / (deviation(xs) * deviation(ys));
}

/**
 * Wasserstein-1 distance to a distribution of which the quantiles at the middles of equal shares are known:
 * the mean distance between quantiles, in the unit of the values.
 */
export function wasserstein(values: readonly number[], reference: readonly number[]): number {
  const shares = reference.map((_quantile, i) => (i + 0.5) / reference.length);
  return mean(quantiles(values, shares).map((value, i) => Math.abs(value - reference[i]!)));
}

/** Kolmogorov–Smirnov: the largest distance between the values' steps and a distribution function. */
export function kolmogorovSmirnov(values: readonly number[], cdf: (value: number) => number): number {
  let largest = 0;
  for (const [i, value] of sorted(values).entries()) {
    const expected = cdf(value);
    largest = Math.max(largest, (i + 1) / values.length - expected, expected - i / values.length);
  }
  return largest;
}

/**
 * Probability of such a distance, or a larger one, when the values are of that distribution.
 *
 * Kolmogorov's series with Stephens's correction for finite n (Numerical Recipes, 14.3).
 */
export function kolmogorovProbability(distance: number, count: number): number {
  const root = Math.sqrt(count);
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * (j * lambda) ** 2);
  return Math.min(1, Math.max(0, sum));
}

export interface Weibull {
  readonly shape: number;
  readonly scale: number;
}

export function weibullCdf({ shape, scale }: Weibull, value: number): number {
  return value <= 0 ? 0 : 1 - Math.exp(-((value / scale) ** shape));
}

/** Most likely shape and scale of complete life times, all above 0: the shape's equation is solved by bisection. */
export function fitWeibull(lives: readonly number[]): Weibull {
  const logs = lives.map(Math.log);
  const meanLog = mean(logs);
  const excess = (shape: number): number => {
    let [weights, weighted] = [0, 0];
    for (const log of logs) {
      const weight = Math.exp(shape * (log - meanLog));
      weights += weight;
      weighted += weight * log;
    }
    return weighted / weights - 1 / shape - meanLog;
  };
  let [low, high] = [0.01, 100];
  for (let step = 0; step < 100; step++) {
    const middle = Math.sqrt(low * high);
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  const scale = Math.exp(meanLog) * mean(logs.map((log) => Math.exp(low * (log - meanLog)))) ** (1 / low);
  return { shape: low, scale };
}
