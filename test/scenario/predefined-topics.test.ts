import { expect, test } from "vitest";
import { CodedErrors, type CodedError } from "../../src/errors.ts";
import { parsePredefined } from "../../src/scenario/predefined-topics.ts";

function errorOf(text: string): CodedError {
  try {
    parsePredefined("topics.yaml", text);
  } catch (error) {
    return error instanceof CodedErrors ? error.errors[0]! : (error as CodedError);
  }
  throw new Error("did not throw");
}

test("a map from topic to id, read as names by id", () => {
  expect(parsePredefined("topics.yaml", "plant/alarm: 1\nplant/state: 65534\n")).toEqual(
    new Map([
      [1, "plant/alarm"],
      [65_534, "plant/state"],
    ]),
  );
});

test.each([
  ["a: 0\n", "invalid-value", 1],
  ["a: 65535\n", "invalid-value", 1],
  ["a: 1\nb: 1\n", "invalid-value", 2],
  ["a: [1\n", "yaml-syntax", 2],
])("%j is refused with its place", (text, code, line) => {
  expect(errorOf(text)).toMatchObject({ code, place: { file: "topics.yaml", line } });
});
