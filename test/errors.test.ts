import { expect, test } from "vitest";
import { CodedError, EXIT, formatError } from "../src/errors.ts";

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
