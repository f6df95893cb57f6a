import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitsGlob } from "../../src/engine/glob.ts";

describe("a pattern in which * stands for anything", () => {
  test.each([
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "line\nbreak", true],
    ["cnc/*", "cnc/vmc", true],
    ["cnc/*", "molding/cnc/", false],
    ["*-01", "cnc-01-01", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "acb", false],
    ["a.c", "abc", false],
    ["(a+)+$", "(a+)+$", true],
    ["**", "x", true],
  ])("%j and %j: %s", (pattern, text, fits) => expect(fitsGlob(pattern, text)).toBe(fits));

  test("means what the regular expression of the same pattern means", () => {
    const few = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 12 });
    fc.assert(
      fc.property(few, few, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`);
        expect(fitsGlob(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("that could be fitted in a great many ways is answered all the same", () => {
    expect(fitsGlob(`${"a*".repeat(500)}b`, "a".repeat(20_000))).toBe(false);
  });
});
