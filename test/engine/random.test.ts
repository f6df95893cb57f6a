import { describe, expect, test } from "vitest";
import { combine, Digest } from "../../src/engine/digest.ts";
import {
  empirical,
  exponential,
  gamma,
  lognormal,
  normal,
  normalQuantile,
  triangular,
  uniform,
  weibull,
  type Distribution,
} from "../../src/engine/distribution.ts";
import { integrate } from "../../src/signal/quadrature.ts";
import { RandomKey } from "../../src/engine/random.ts";

const COUNT = 100_000;

function moments(draw: (n: number) => number, count = COUNT): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < count; n++) {
    const x = draw(n);
    sum += x;
    squares += x * x;
  }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(squares / count - mean * mean) };
}

describe("random keys", () => {
  test("of ten thousand seeds are ten thousand, those with repeated digits too", () => {
    const seeds = [...Array.from({ length: 10_000 }, (_, i) => i), "a", "aa", "aaa", "night night", "night "];
    const firsts = new Set(seeds.map((seed) => RandomKey.root(seed).uniform(0)));
    expect(firsts.size).toBe(seeds.length);
  });

  test("depend on seed and names alone", () => {
    const draw = (seed: number | string, ...path: string[]): number =>
      path.reduce((key, name) => key.child(name), RandomKey.root(seed)).bits(0);
    expect(draw(42, "cnc-01", "load")).toBe(draw("42", "cnc-01", "load"));
    const others = [
      draw(43, "cnc-01", "load"),
      draw(42, "cnc-02", "load"),
      draw(42, "cnc-01", "unload"),
      draw(42, "cnc-01load"),
      draw(42, "cnc-0", "1load"),
    ];
    expect(new Set([...others, draw(42, "cnc-01", "load")]).size).toBe(6);
  });

  test("give even numbers at every address, far and negative ones too", () => {
    const key = RandomKey.root(1).child("noise");
    for (const from of [0, -COUNT, 2 ** 40, 2 ** 32 - 500]) {
      const { mean, deviation } = moments((n) => key.uniform(from + n));
      expect(mean).toBeCloseTo(0.5, 2);
      expect(deviation).toBeCloseTo(Math.sqrt(1 / 12), 2);
    }
    expect(key.bits(5)).not.toBe(key.bits(5 + 2 ** 32));
  });

  test("of 1,000 neighbouring names are not correlated, at lags 0 and 1, addressed or streamed", () => {
    const root = RandomKey.root(7);
    const count = 1000;
    const keys = Array.from({ length: 1000 }, (_, i) => root.child(`cnc-${i}`));
    const addressed = keys.map((key) =>
      Float64Array.from({ length: count + 1 }, (_, n) => key.uniform(n) - 0.5),
    );
    const streamed = keys.map((key) => {
      const stream = key.stream();
      return Float64Array.from({ length: count + 1 }, () => stream.uniform() - 0.5);
    });
    for (const numbers of [addressed, streamed]) {
      const correlations: number[] = [];
      for (let i = 1; i < numbers.length; i++) {
        for (const lag of [0, 1]) {
          let sum = 0;
          for (let n = 0; n < count; n++) sum += numbers[i - 1]![n]! * numbers[i]![n + lag]!;
          correlations.push((sum / count) * 12);
        }
      }
      // 1,998 correlations of 1,000 independent pairs: sigma 0.0316, and 5 sigma is not reached by chance.
      expect(Math.max(...correlations.map(Math.abs))).toBeLessThan(5 / Math.sqrt(count));
      const variance = correlations.reduce((sum, it) => sum + it * it, 0) / correlations.length;
      expect(variance * count).toBeGreaterThan(0.85);
      expect(variance * count).toBeLessThan(1.15);
    }
  });

  test("do not move when a unit or a draw is added elsewhere", () => {
    const root = RandomKey.root(9);
    const before = root.child("cnc-01").child("handling").stream().bits();
    root.child("cnc-00").stream().bits();
    root.child("cnc-01").child("tool-change").stream().bits();
    expect(root.child("cnc-01").child("handling").stream().bits()).toBe(before);
  });

  test("start streams that repeat", () => {
    const key = RandomKey.root(3).child("a");
    const [one, two] = [key.stream(), key.stream()];
    const numbers = Array.from({ length: 5 }, () => one.bits());
    expect(Array.from({ length: 5 }, () => two.bits())).toEqual(numbers);
    expect(numbers).toMatchInlineSnapshot(`
      [
        2901519518,
        1073567785,
        2109573911,
        2322233917,
        2260513716,
      ]
    `);
  });
});

describe("distributions", () => {
  const phi = (x: number): number =>
    0.5 + integrate((t) => Math.exp((-t * t) / 2), 0, x, 64) / Math.sqrt(2 * Math.PI);
  /** Of shape 2.5, by quadrature of its density; Γ(2.5) = 1.329340388179137. */
  const gammaCdf = (x: number): number =>
    integrate((t) => t ** 1.5 * Math.exp(-t), 0, x, 200) / 1.329340388179137;
  const cases: [string, Distribution, (x: number) => number, number, number][] = [
    ["uniform", uniform(2, 4), (x) => (x - 2) / 2, 3, 2 / Math.sqrt(12)],
    ["exponential", exponential(5), (x) => 1 - Math.exp(-x / 5), 5, 5],
    ["weibull", weibull(2, 10), (x) => 1 - Math.exp(-((x / 10) ** 2)), 8.86226925452758, 4.632513750163],
    ["normal", normal(10, 3), (x) => phi((x - 10) / 3), 10, 3],
    [
      "lognormal",
      lognormal(55, 0.4),
      (x) => phi(Math.log(x / 55) / 0.4),
      55 * Math.exp(0.08),
      55 * Math.exp(0.08) * Math.sqrt(Math.exp(0.16) - 1),
    ],
    ["gamma", gamma(2.5, 4), (x) => gammaCdf(x / 4), 10, 4 * Math.sqrt(2.5)],
    [
      "triangular",
      triangular(1, 2, 5),
      (x) => (x < 2 ? (x - 1) ** 2 / 4 : 1 - (5 - x) ** 2 / 12),
      8 / 3,
      Math.sqrt(13 / 18),
    ],
    ["empirical", empirical([3, 1, 2]), (x) => (x - 1) / 2, 2, 2 / Math.sqrt(12)],
  ];

  test.each(cases)("%s has its mean and deviation", (_name, distribution, _cdf, mean, deviation) => {
    const stream = RandomKey.root(11).child("d").stream();
    const found = moments(() => distribution(stream));
    expect(Math.abs(found.mean / mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02);
  });

  test.each(cases)("%s passes a Kolmogorov-Smirnov test", (_name, distribution, cdf) => {
    const stream = RandomKey.root(12).child("ks").stream();
    const count = 4000;
    const drawn = Array.from({ length: count }, () => distribution(stream)).sort((a, b) => a - b);
    const distances = drawn.map((x, i) =>
      Math.max(Math.abs(cdf(x) - i / count), Math.abs(cdf(x) - (i + 1) / count)),
    );
    // Kolmogorov's critical value for a thousandth: a right distribution fails once in a thousand seeds.
    expect(Math.max(...distances)).toBeLessThan(1.95 / Math.sqrt(count));
  });

  test("gamma of a shape below 1 has its mean, too", () => {
    const stream = RandomKey.root(13).child("g").stream();
    const found = moments(() => gamma(0.5, 2)(stream));
    expect(Math.abs(found.mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(found.deviation / Math.SQRT2 - 1)).toBeLessThan(0.03);
    expect(() => empirical([1])).toThrow(RangeError);
  });

  test("the normal quantile agrees with tables in centre and tails", () => {
    const table: [number, number][] = [
      [0.5, 0],
      [0.975, 1.959963984540054],
      [0.9999, 3.719016485455709],
      [1e-10, -6.361340902404056],
      [1e-20, -9.262340089798408],
    ];
    for (const [p, x] of table) expect(normalQuantile(p)).toBeCloseTo(x, 11);
  });
});

describe("digest", () => {
  test("tells values, order and kinds apart", () => {
    const hex = (...parts: (number | string)[]): string => {
      const digest = new Digest();
      for (const part of parts) typeof part === "number" ? digest.number(part) : digest.text(part);
      return digest.hex;
    };
    const all = [
      hex(),
      hex(0),
      hex(1),
      hex(1, 2),
      hex(2, 1),
      hex("a"),
      hex("a", "b"),
      hex("ab"),
      hex(""),
      hex(1 + 2 ** -52),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(hex(-0)).toBe(hex(0));
  });

  test("of a run does not depend on the order of its cells", () => {
    const a = new Map([
      ["x", "1"],
      ["y", "2"],
    ]);
    const b = new Map([
      ["y", "2"],
      ["x", "1"],
    ]);
    expect(combine(a)).toBe(combine(b));
    expect(combine(a)).not.toBe(
      combine(
        new Map([
          ["x", "2"],
          ["y", "1"],
        ]),
      ),
    );
  });
});
