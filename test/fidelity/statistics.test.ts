import { describe, expect, test } from "vitest";
import {
  autocorrelation,
  coefficientOfVariation,
  correlation,
  deviation,
  fitWeibull,
  kolmogorovProbability,
  kolmogorovSmirnov,
  mean,
  median,
  quantile,
  quantiles,
  skewness,
  wasserstein,
  weibullCdf,
} from "../../bench/fidelity/statistics.ts";

describe("moments", () => {
  test("of 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(deviation(values)).toBe(2);
    expect(coefficientOfVariation(values)).toBeCloseTo(0.4, 12);
  });

  test("of 0, 0, 3: central moments 2 and 2, skewness 2 / 2^1.5", () => {
    expect(skewness([0, 0, 3])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(skewness([-1, 0, 1])).toBe(0);
  });
});

describe("quantiles", () => {
  test("lie on straight lines between order statistics, in whatever order they come", () => {
    expect(quantile([40, 10, 30, 20], 0.5)).toBe(25);
    expect(quantile([40, 10, 30, 20], 0.1)).toBeCloseTo(13, 12);
    expect(quantiles([1, 2, 3], [0, 0.25, 1])).toEqual([1, 1.5, 3]);
    expect(median([7])).toBe(7);
  });

  test("of nothing are not a number", () => expect(median([])).toBeNaN());
});

describe("correlations", () => {
  test("1, 2, 3, 4 with itself: one step 1.25 / 5, two steps -1.5 / 5", () => {
    expect(autocorrelation([1, 2, 3, 4], 1)).toBeCloseTo(0.25, 12);
    expect(autocorrelation([1, 2, 3, 4], 2)).toBeCloseTo(-0.3, 12);
    expect(autocorrelation([1, -1, 1, -1], 1)).toBeCloseTo(-0.75, 12);
  });

  test("a line against a falling line is -1", () => {
    expect(correlation([1, 2, 3], [6, 4, 2])).toBeCloseTo(-1, 12);
    expect(correlation([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 12);
  });
});

describe("distances between distributions", () => {
  test("a shifted sample is as far as it was shifted", () => {
    expect(wasserstein([1, 2, 3, 4], [1.375 + 5, 2.125 + 5, 2.875 + 5, 3.625 + 5])).toBeCloseTo(5, 12);
  });

  test("0.5 alone under a uniform distribution is half away", () => {
    const uniform = (value: number): number => value;
    expect(kolmogorovSmirnov([0.5], uniform)).toBe(0.5);
    expect(kolmogorovSmirnov([0.1, 0.4, 0.6], uniform)).toBeCloseTo(0.4, 12);
  });

  test("1.36 over the root of n is the bound of 5 %, 1.63 that of 1 %", () => {
    expect(kolmogorovProbability(1.358 / 100, 10_000)).toBeCloseTo(0.05, 2);
    expect(kolmogorovProbability(1.628 / 100, 10_000)).toBeCloseTo(0.01, 3);
    expect(kolmogorovProbability(0, 10)).toBe(1);
  });
});

describe("Weibull", () => {
  test("63.2 % have failed at the scale, whatever the shape", () => {
    expect(weibullCdf({ shape: 2.5, scale: 300 }, 300)).toBeCloseTo(1 - Math.exp(-1), 12);
    expect(weibullCdf({ shape: 2.5, scale: 300 }, 0)).toBe(0);
  });

  test("the quantiles of a distribution give its shape and scale back", () => {
    const lives = Array.from(
      { length: 2000 },
      (_, i) => 300 * (-Math.log(1 - (i + 0.5) / 2000)) ** (1 / 2.5),
    );
    const { shape, scale } = fitWeibull(lives);
    expect(shape).toBeCloseTo(2.5, 1);
    expect(scale).toBeCloseTo(300, 0);
  });
});
