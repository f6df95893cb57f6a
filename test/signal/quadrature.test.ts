import { expect, test } from "vitest";
import { findRoot, integrate } from "../../src/signal/quadrature.ts";

test("integrates and finds roots", () => {
  expect(integrate((x) => x ** 9, 0, 2, 1)).toBeCloseTo(102.4, 10);
  expect(integrate(Math.sin, 0, Math.PI)).toBeCloseTo(2, 12);
  expect(findRoot((x) => x * x - 2, 0, 2, 1e-12)).toBeCloseTo(Math.SQRT2, 11);
  expect(findRoot((x) => Math.exp(x) - 1e6, 0, 100, 1e-9)).toBeCloseTo(Math.log(1e6), 8);
  expect(findRoot((x) => x, 0, 1, 1e-9)).toBe(0);
  expect(() => findRoot((x) => x * x + 1, 0, 1, 1e-9)).toThrow(RangeError);
});
