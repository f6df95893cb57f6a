import { expect, test } from "vitest";
import { inside, markdownTable, near, plain, score, verdictOf } from "../../bench/fidelity/table.ts";

const head = { id: "C1", what: "a figure", value: 0.1, source: "somewhere" };

test("the score is 1 on target and 0 at the edge of the tolerance and beyond", () => {
  expect(score(5, 5, 2)).toBe(1);
  expect(score(6, 5, 2)).toBe(0.5);
  expect(score(7, 5, 2)).toBe(0);
  expect(score(9, 5, 2)).toBe(0);
});

test("a row is inside, outside, absent, or for the record", () => {
  expect(verdictOf(near(head, 0.12, 0.03))).toBe("inside");
  expect(verdictOf(near(head, 0.2, 0.03))).toBe("outside");
  expect(verdictOf(near({ ...head, value: NaN }, 0.2, 0.03))).toBe("absent");
  expect(verdictOf({ ...head, target: "" })).toBe("");
  expect(verdictOf(inside(head, 0.1, Infinity))).toBe("inside");
});

test("figures are written with the digits that say something", () => {
  expect([0.10934, 8.3333, 44.4444, 1234.5, NaN, -0.305].map(plain)).toEqual([
    "0.109",
    "8.333",
    "44.44",
    "1235",
    "none",
    "-0.305",
  ]);
});

test("rows become a table of a document", () => {
  const [, , line] = markdownTable([near({ ...head, fitted: true }, 0.12, 0.04)]).split("\n");
  const cells = line!.split("|").map((cell) => cell.trim());
  expect(cells.slice(1, -1)).toEqual([
    "C1",
    "a figure",
    "0.1",
    "0.12 ± 0.04",
    "0.50",
    "fitted",
    "inside",
    "somewhere",
  ]);
});
