import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cbrt, cos, exp, log, pow, sin } from "../../src/engine/math.ts";
import { Digest } from "../../src/engine/digest.ts";

const relative = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.abs(b));

describe("deterministic math", () => {
  test("agrees with the engine's own functions to the last places", () => {
    const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(finite(-700, 700), finite(1e-300, 1e300), finite(-1e5, 1e5), (x, positive, angle) => {
        expect(relative(exp(x), Math.exp(x))).toBeLessThan(4.5e-16);
        expect(Math.abs(log(positive) - Math.log(positive))).toBeLessThan(
          4.5e-16 * Math.max(1, Math.abs(Math.log(positive))),
        );
        expect(Math.abs(sin(angle) - Math.sin(angle))).toBeLessThan(4e-16);
        expect(Math.abs(cos(angle) - Math.cos(angle))).toBeLessThan(4e-16);
      }),
      { seed: 1, numRuns: 5000 },
    );
    fc.assert(
      fc.property(finite(1e-3, 1e6), finite(-5, 5), (x, y) => {
        expect(relative(pow(x, y), Math.pow(x, y))).toBeLessThan(1e-13);
        expect(relative(cbrt(-x), Math.cbrt(-x))).toBeLessThan(1e-15);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test("knows the ends of its range", () => {
    expect([exp(0), exp(1000), exp(-1000), exp(709.7) > 1e308, exp(-740) > 0]).toEqual([
      1,
      Infinity,
      0,
      true,
      true,
    ]);
    expect([log(1), log(0), log(-1), log(Infinity)]).toEqual([0, -Infinity, NaN, Infinity]);
    expect(relative(log(5e-324), Math.log(5e-324))).toBeLessThan(1e-15);
    expect([pow(0, 0), pow(0, 2), pow(0, -1), cbrt(0), cbrt(-27)]).toEqual([1, 0, Infinity, 0, -3]);
    expect([exp(NaN), sin(NaN), sin(Infinity)]).toEqual([NaN, NaN, NaN]);
  });

  test("gives these very bits", () => {
    const digest = new Digest();
    for (let i = 1; i < 2000; i++) {
      const x = i * 0.37;
      digest
        .number(exp(-x / 10))
        .number(log(x))
        .number(sin(x))
        .number(cos(x))
        .number(pow(x, 1.3))
        .number(cbrt(x));
    }
    expect(digest.hex).toMatchInlineSnapshot(`"1c4eadd89aa475dc"`);
  });
});
