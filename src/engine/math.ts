/**
 * Elementary functions from IEEE 754 operations alone (+ − × ÷ and sqrt), so that every
 * engine gives the same bits. `Math.exp` and its like may differ in the last place from one engine to another.
 *
 * Methods and coefficients of exp, log, sin and cos are fdlibm's (Sun Microsystems, 1993).
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const INVERSE_LN2 = 1.442695040888963387;

const double = new Float64Array(1);
/** The same eight bytes as two words; `HIGH` is the one with sign and exponent. */
const words = new Int32Array(double.buffer);
double[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** 2 to the powers from -1022 to 1023: the exponents of normal doubles. */
const POWERS_OF_2 = new Float64Array(2046);
for (let i = 0, power = 2.2250738585072014e-308; i < POWERS_OF_2.length; i++, power *= 2)
  POWERS_OF_2[i] = power;

/** 2 to an integer power, subnormal results included. */
function power2(exponent: number): number {
  if (exponent < -1022) return power2(exponent + 54) * 5.551115123125783e-17;
  return exponent > 1023 ? Infinity : POWERS_OF_2[exponent + 1022]!;
}

/** e to the power of x; error below 1 ulp. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (!(x > -745.2)) return x !== x ? NaN : 0;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const p3 = 6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8);
  const c = r - t * (1.66666666666666019037e-1 + t * (-2.77777777770155933842e-3 + t * p3));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // 2^1024 is no double although its product with y < 1 may be one.
  return k === 1024 ? y * 2 * power2(1023) : y * power2(k);
}

/** Natural logarithm; error below 1 ulp. NaN below zero, -Infinity at zero. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    k = -54;
    x *= 18014398509481984;
  }
  double[0] = x;
  const high = words[HIGH]!;
  k += (high >> 20) - 1023;
  // The mantissa goes into [sqrt(1/2), sqrt(2)), where the series is shortest.
  const mantissa = high & 0xfffff;
  const half = (mantissa + 0x95f64) & 0x100000;
  words[HIGH] = mantissa | (half ^ 0x3ff00000);
  k += half >> 20;
  const f = double[0]! - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd6 = 1.818357216161805012e-1 + w * 1.479819860511658591e-1;
  const odd = z * (6.66666666666673513e-1 + w * (2.857142874366239149e-1 + w * odd6));
  const square = 0.5 * f * f;
  return k * LN2_HIGH - (square - (s * (square + odd + even) + k * LN2_LOW) - f);
}

/** x to the power of y for x >= 0, as exp(y ln x); relative error below 1e-13 for results of ordinary size. */
export function pow(x: number, y: number): number {
  if (x === 0) return y === 0 ? 1 : y > 0 ? 0 : Infinity;
  return exp(y * log(x));
}

/** Cube root by Newton's method. */
export function cbrt(x: number): number {
  if (x === 0 || !(x - x === 0)) return x;
  const a = Math.abs(x);
  let y = exp(log(a) / 3);
  y -= (y * y * y - a) / (3 * y * y);
  return x < 0 ? -y : y;
}

const HALF_PI_1 = 1.57079632673412561417;
const HALF_PI_2 = 6.0771005063039659766e-11;
const HALF_PI_3 = 2.02226624879595063154e-21;
const TWO_OVER_PI = 6.36619772367581382433e-1;

function sinKernel(x: number): number {
  const z = x * x;
  const high = 2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10);
  const r = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * high);
  return x + x * z * (-1.66666666666666324348e-1 + z * r);
}

function cosKernel(x: number): number {
  const z = x * x;
  const high = -2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11);
  const r = -1.38888888888741095749e-3 + z * (2.48015872894767294178e-5 + z * high);
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + z * z * (4.16666666666666019037e-2 + z * r));
}

/** Sine of an angle in radians, |x| below 1e6 or so; error of a few ulp of 1. */
export function sin(x: number): number {
  return turn(x, 0);
}

/** Cosine of an angle in radians, with the same bounds. */
export function cos(x: number): number {
  return turn(x, 1);
}

function turn(x: number, quarter: number): number {
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const r = x - n * HALF_PI_1 - n * HALF_PI_2 - n * HALF_PI_3;
  switch ((((n + quarter) % 4) + 4) % 4) {
    case 0:
      return sinKernel(r);
    case 1:
      return cosKernel(r);
    case 2:
      return -sinKernel(r);
    case 3:
      return -cosKernel(r);
    default:
      return NaN;
  }
}
