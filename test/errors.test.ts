import { describe, expect, test } from "vitest";
import { CodedError, EXIT, formatError, fileName, printableLines } from "../src/errors.ts";

test("an error names file, line, column, what is wrong and the way out", () => {
  const error = new CodedError("unknown-model", 'there is no model "cnc/vmc"', 'write "cnc/vmc-3axis-15kw"', {
    file: "plant.yaml",
    line: 7,
    column: 16,
  });
  expect(formatError(error)).toBe(
    'plant.yaml:7:16: error[unknown-model]: there is no model "cnc/vmc"\n  write "cnc/vmc-3axis-15kw"',
  );
  expect(error.exitCode).toBe(EXIT.usage);
});

test("a place without a line still names the file, and no place names nothing", () => {
  expect(formatError(new CodedError("file-missing", "no", "fix", { file: "a.yaml" }))).toMatch(
    /^a\.yaml: error/,
  );
  expect(formatError(new CodedError("internal", "no", "fix"))).toMatch(/^error\[internal\]/);
});

describe("a name as a part of a file's name", () => {
  test.each([
    ["cnc-01_a.b", "cnc-01_a.b"],
    ["../x", "~2e~2e~2fx"],
    ["..", "~2e~2e"],
    ["a/b\\c", "a~2fb~5cc"],
    ["a\u0000\n", "a~0~a"],
    ["~2f", "~7e2f"],
    ["é😀", "~e9~1f600"],
  ])("%j is %s", (name, file) => expect(fileName(name)).toBe(file));

  test("is cut, and stays different", () => {
    const [one, other] = ["a", "b"].map((end) => fileName(`${"x".repeat(300)}${end}`));
    expect(one).toMatch(/^x{100}~[0-9a-f]{1,8}$/);
    expect(other).not.toBe(one);
  });
});

test("a line that a job of GitHub would obey is marked as text", () => {
  expect(printableLines("a\n::error::b\n  ##[error]c\n a::b")).toBe("a\n| ::error::b\n  | ##[error]c\n a::b");
});
