import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultOfDuration, formatDuration, parseDuration } from "../../src/scenario/duration.ts";

const HUNDRED_YEARS_S = 36_500 * 86_400;
const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
  ["ms", 0.001],
] as const;

describe("a duration", () => {
  test.each([
    ["90s", 90],
    ["10m", 600],
    ["1h30m", 5400],
    ["250ms", 0.25],
    ["1.5h", 5400],
    ["0s", 0],
    ["1d2h3m4s5ms", 93_784.005],
    ["36500d", HUNDRED_YEARS_S],
  ])("%s", (text, seconds) => expect(parseDuration(text)).toBeCloseTo(seconds, 9));

  test.each([
    "",
    " ",
    "5",
    "-5s",
    "+5s",
    "5 s",
    "s",
    "1s1m",
    "1m1m",
    "5S",
    ".5s",
    "1e3s",
    "1h-5m",
    "36501d",
    "1,5h",
  ])("is not %j", (text) => expect(parseDuration(text)).toBeUndefined());

  test("is the sum of its parts, from large to small", () => {
    const parts = fc.tuple(
      ...UNITS.map(() => fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined })),
    );
    fc.assert(
      fc.property(parts, (counts) => {
        const written = UNITS.filter((_unit, i) => counts[i] !== undefined);
        const text = UNITS.map(([name], i) => (counts[i] === undefined ? "" : `${counts[i]}${name}`)).join(
          "",
        );
        const sum_s = UNITS.reduce((sum, [, unit_s], i) => sum + (counts[i] ?? 0) * unit_s, 0);
        if (written.length === 0) expect(parseDuration(text)).toBeUndefined();
        else expect(parseDuration(text)).toBeCloseTo(sum_s, 6);
      }),
    );
  });

  test("never is anything but a finite number that is not negative, whatever is typed", () => {
    const typed = fc.oneof(fc.string(), fc.stringMatching(/^-?[0-9.]{0,400}(ms|[dhms])?$/));
    fc.assert(
      fc.property(typed, (text) => {
        const seconds = parseDuration(text);
        if (seconds === undefined) expect(faultOfDuration(text)).not.toBe("");
        else expect(seconds >= 0 && seconds <= HUNDRED_YEARS_S).toBe(true);
      }),
    );
  });
});

describe("the text of a duration", () => {
  test.each([
    [0, "0s"],
    [0.25, "0.25s"],
    [59.994, "59.99s"],
    [59.996, "1m"],
    [90, "1m 30s"],
    [3600, "1h"],
    [28_800, "8h"],
    [93_784, "1d 2h"],
  ])("of %d s is %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test("reads as nearly the same, within a second or one of its smaller part", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: HUNDRED_YEARS_S, noNaN: true }), (seconds) => {
        const text = formatDuration(seconds);
        const read_s = parseDuration(text.replace(" ", ""))!;
        const step_s = seconds < 59 ? 0.01 : seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600;
        expect(Math.abs(read_s - seconds)).toBeLessThanOrEqual(step_s);
      }),
    );
  });
});
