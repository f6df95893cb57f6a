import { describe, expect, test } from "vitest";
import { combine, Digest } from "../../src/engine/digest.ts";
import {
  exponential,
  lognormal,
  normal,
  normalQuantile,
  uniform,
  type Distribution,
} from "../../src/engine/distribution.ts";
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

  test("of neighbouring names and neighbouring addresses are not correlated", () => {
    const root = RandomKey.root(7);
    const count = 2000;
    const keys = Array.from({ length: 200 }, (_, i) => root.child(`cnc-${i}`));
    let worst = 0;
    for (let i = 1; i < keys.length; i++) {
      for (const lag of [0, 1]) {
        let sum = 0;
        for (let n = 0; n < count; n++)
          sum += (keys[i - 1]!.uniform(n) - 0.5) * (keys[i]!.uniform(n + lag) - 0.5);
        worst = Math.max(worst, Math.abs((sum / count) * 12));
      }
    }
    // 398 independent correlations of 2,000 pairs: sigma 0.022, so 4.5 sigma is not reached by chance.
    expect(worst).toBeLessThan(0.1);
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
  const cases: [string, Distribution, number, number][] = [
    ["uniform", uniform(2, 4), 3, 2 / Math.sqrt(12)],
    ["exponential", exponential(5), 5, 5],
    ["normal", normal(10, 3), 10, 3],
    [
      "lognormal",
      lognormal(55, 0.4),
      55 * Math.exp(0.08),
      55 * Math.exp(0.08) * Math.sqrt(Math.exp(0.16) - 1),
    ],
  ];
  test.each(cases)("%s has its mean and deviation", (_name, distribution, mean, deviation) => {
    const stream = RandomKey.root(11).child("d").stream();
    const found = moments(() => distribution(stream));
    expect(Math.abs(found.mean / mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02);
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
