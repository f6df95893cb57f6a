import { exp, log, pow } from "./math.ts";
import type { RandomStream } from "./random.ts";

type Coefficients = readonly number[];

/** Wichura, Algorithm AS 241 (1988): quantile of the normal distribution, relative error about 1e-16. */
const CENTRE_OVER: Coefficients = [
  2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
  1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.387132872796366608,
];
const CENTRE_UNDER: Coefficients = [
  5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4, 2.1213794301586595867e4,
  5.3941960214247511077e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
];
const NEAR_OVER: Coefficients = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const NEAR_UNDER: Coefficients = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const FAR_OVER: Coefficients = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
];
const FAR_UNDER: Coefficients = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
];

/** Horner's scheme over eight coefficients, written out because noise calls it for every sample. */
function polynomial(c: Coefficients, x: number): number {
  const upper = ((c[0]! * x + c[1]!) * x + c[2]!) * x + c[3]!;
  return (((upper * x + c[4]!) * x + c[5]!) * x + c[6]!) * x + c[7]!;
}

/** The value below which a standard normal variate stays with probability p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_OVER, r)) / polynomial(CENTRE_UNDER, r);
  }
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const x =
    r <= 5
      ? polynomial(NEAR_OVER, r - 1.6) / polynomial(NEAR_UNDER, r - 1.6)
      : polynomial(FAR_OVER, r - 5) / polynomial(FAR_UNDER, r - 5);
  return q < 0 ? -x : x;
}

/** A distribution draws from a stream; how many numbers a draw takes is its own business. */
export type Distribution = (stream: RandomStream) => number;

/** Uniform between `low` and `high`. */
export function uniform(low: number, high: number): Distribution {
  return (stream) => low + (high - low) * stream.uniform();
}

/** Exponential with that mean: time to a failure that knows no age. */
export function exponential(mean: number): Distribution {
  return (stream) => -mean * log(stream.uniform());
}

/** Weibull by shape β and characteristic life η: β above 1 wears out, below 1 fails early. */
export function weibull(shape: number, scale: number): Distribution {
  return (stream) => scale * pow(-log(stream.uniform()), 1 / shape);
}

export function normal(mean: number, deviation: number): Distribution {
  return (stream) => mean + deviation * normalQuantile(stream.uniform());
}

/** Lognormal by its median and the deviation of its logarithm, as repair times are usually given. */
export function lognormal(median: number, logDeviation: number): Distribution {
  return (stream) => median * exp(logDeviation * normalQuantile(stream.uniform()));
}

/** Gamma by shape k and scale θ, mean k θ; Marsaglia & Tsang, A simple method for generating gamma variables (2000). */
export function gamma(shape: number, scale: number): Distribution {
  if (shape < 1) {
    const above = gamma(shape + 1, scale);
    return (stream) => above(stream) * pow(stream.uniform(), 1 / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  return (stream) => {
    for (;;) {
      const x = normalQuantile(stream.uniform());
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (log(stream.uniform()) < 0.5 * x * x + d * (1 - v + log(v))) return scale * d * v;
    }
  };
}

/** Triangular between `low` and `high` with its peak at `mode`. */
export function triangular(low: number, mode: number, high: number): Distribution {
  const rising = (mode - low) / (high - low);
  return (stream) => {
    const u = stream.uniform();
    if (u < rising) return low + Math.sqrt(u * (high - low) * (mode - low));
    return high - Math.sqrt((1 - u) * (high - low) * (high - mode));
  };
}

/** What was observed, with straight lines between: the quantile function of at least two observations. */
export function empirical(observations: readonly number[]): Distribution {
  if (observations.length < 2) throw new RangeError("an empirical distribution needs two observations");
  const sorted = [...observations].sort((a, b) => a - b);
  return (stream) => {
    const place = stream.uniform() * (sorted.length - 1);
    const below = Math.floor(place);
    return sorted[below]! + (place - below) * (sorted[below + 1]! - sorted[below]!);
  };
}
