/**
 * Quadrature and bracketed roots for what has no closed form; the same steps, and so the same bits, everywhere.
 */

/** Nodes and weights of the 5-point Gauss-Legendre rule on [-1, 1]. */
const GAUSS_NODES = [0, 0.5384693101056831, 0.906179845938664] as const;
const GAUSS_WEIGHTS = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908] as const;

/** Integral of a smooth function over [a, b]: 5-point Gauss-Legendre on `panels` equal parts. */
export function integrate(f: (x: number) => number, a: number, b: number, panels = 8): number {
  const half = (b - a) / (2 * panels);
  let sum = 0;
  for (let i = 0; i < panels; i++) {
    const middle = a + (2 * i + 1) * half;
    let panel = GAUSS_WEIGHTS[0] * f(middle);
    for (let k = 1; k < 3; k++) {
      const offset = half * GAUSS_NODES[k]!;
      panel += GAUSS_WEIGHTS[k]! * (f(middle - offset) + f(middle + offset));
    }
    sum += panel;
  }
  return sum * half;
}

const ROOT_STEPS_MAX = 200;

/**
 * The root of f between a and b, where f changes sign, by the Illinois form of regula falsi with bisection
 * when that is slow; the same steps on every machine.
 *
 * @param tolerance  width of the last bracket
 * @throws RangeError when f has the same sign at both ends
 */
export function findRoot(f: (x: number) => number, a: number, b: number, tolerance: number): number {
  let fa = f(a);
  let fb = f(b);
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (fa > 0 === fb > 0) throw new RangeError(`no change of sign between ${a} and ${b}`);
  for (let step = 0; step < ROOT_STEPS_MAX && Math.abs(b - a) > tolerance; step++) {
    const x = step % 3 === 2 ? a + (b - a) / 2 : b - (fb * (b - a)) / (fb - fa);
    const fx = f(x);
    if (fx === 0) return x;
    if (fx > 0 === fb > 0) fa /= 2;
    else {
      a = b;
      fa = fb;
    }
    b = x;
    fb = fx;
  }
  return b;
}
