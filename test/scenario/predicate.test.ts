/** A number against a constant comes to what the interpreter makes of it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parsePredicate,
  PredicateMistake,
  scopeOfEvent,
  type UnitScope,
} from "../../src/scenario/predicate.ts";

const scopeWith = (load: number): { unit: UnitScope } => {
  const empty = { states: {}, conditions: {}, counters: {}, flags: {}, published: {}, faults: {} };
  return { unit: { name: "a", ...empty, signals: { load }, truth: { load } } };
};

test.each(["<", "<=", ">", ">=", "==", "!="])("%s", (operator) => {
  const number = fc.integer({ min: -40, max: 40 }).map((quarters) => quarters / 4);
  fc.assert(
    fc.property(number, number, fc.constantFrom("signals", "truth"), (value, bound, of) => {
      const text = `unit.${of}["load"] ${operator} ${bound.toFixed(2)}`;
      const { evaluate, levels } = parsePredicate(text, false);
      // With something beside it, it is the interpreter's.
      const interpreted = parsePredicate(`${text} && unit.name == "a"`, false).evaluate;
      expect(evaluate(scopeWith(value))).toBe(interpreted(scopeWith(value)));
      expect(levels).toEqual([{ reference: { of, id: "load" }, level: bound }]);
    }),
  );
});

const scope = scopeWith(1);
const EVENT = {
  number: 1,
  kind: "state",
  source: "control",
  message: "",
  severity: 1,
  time_s: 0,
  fields: {},
} as const;
const LIST = `[${Array.from({ length: 200 }, (_, i) => i).join(", ")}]`;

describe("no predicate stalls a run", () => {
  test("a pattern that could mean a great deal is matched in linear time", () => {
    const text = `"${"a".repeat(200)}b"`;
    for (const pattern of ["^(a+)+$", "^(a|aa)+$", "(x+x+)+y", "(a*)*(a*)*c"])
      expect(parsePredicate(`${text}.matches("${pattern}")`, false).evaluate(scope)).toBe(false);
    expect(parsePredicate(`${text}.matches("a{3}b")`, false).evaluate(scope)).toBe(true);
    expect(parsePredicate('unit.name.matches("^[a-c]$")', false).evaluate(scope)).toBe(true);
  });

  test("a pattern that is made up on the way is matched in linear time, or fails its check", () => {
    const made = parsePredicate('unit.name.matches("^(" + unit.name + "+)+$")', false);
    expect(made.evaluate(scope)).toBe(true);
    expect(() => parsePredicate('unit.name.matches(unit.name + "(")', false).evaluate(scope)).toThrow(
      "missing closing )",
    );
  });

  test.each([
    [
      'unit.name.matches("(?=a)")',
      'that has a pattern for "matches" that cannot be: invalid or unsupported Perl',
    ],
    ['unit.name.matches("(a)\\\\1")', "invalid escape sequence"],
    ['unit.name.matches("(a{900}){900}")', "invalid repeat count"],
    [`unit.name.matches("(${"[a-z]".repeat(100)}){30}")`, "steps for each character"],
    [`${LIST}.exists(a, ${LIST}.exists(b, ${LIST}.all(c, a + b == c)))`, "can take some [0-9]+ steps"],
    [`${LIST}.map(a, ${LIST}).exists(b, b.exists(c, c == 7))`, "can take some [0-9]+ steps"],
    [
      `cel.bind(a, unit.name + unit.name, ${"cel.bind(a, a + a, ".repeat(12)}size(a) == 1${")".repeat(13)}`,
      "can take more than a billion steps|can take some [0-9]+ steps",
    ],
    [`unit.name.split("").exists(a, unit.name.split("").exists(b, a == b))`, "can take some [0-9]+ steps"],
    [`${"(".repeat(200)}true${")".repeat(200)}`, "that is too large or too deep: Exceeded maxDepth"],
    [`${"!".repeat(2000)}true`, "that is too large or too deep"],
    [Array.from({ length: 800 }, () => "1").join("+"), "that is too large or too deep"],
    [`[${"1, ".repeat(300)}1].size() == 1`, "that is too large or too deep: Exceeded maxListElements"],
    [`"${"a".repeat(5000)}" == "a"`, "that has 5009 characters, and 4000 are the most"],
  ])("%.40s is refused before the run", (text, why) => {
    expect(() => parsePredicate(text, false)).toThrow(PredicateMistake);
    expect(() => parsePredicate(text, false)).toThrow(new RegExp(why));
  });

  test.each([
    ['["E-1", "E-2"].exists(code, unit.name.matches(code + ".*"))'],
    ['[1, 2, 3].map(a, a * a).exists(b, b == 9) && unit.name in ["a", "b"]'],
    ['cel.bind(a, unit.name, a + a == "aa")'],
    [Array.from({ length: 300 }, () => "true").join(" && ")],
    [`!(${LIST}.exists(a, a > 1000))`],
  ])("%.40s is not", (text) => {
    expect(typeof parsePredicate(text, false).evaluate(scope)).toBe("boolean");
  });

  test("a text that a client has sent is cut to what was reckoned with", () => {
    const message = "x".repeat(100_000);
    const seen = scopeOfEvent({ ...EVENT, message, fields: { note: message, code: 7 } });
    expect([seen.message.length, String(seen.fields["note"]).length, seen.fields["code"]]).toEqual([
      256, 256, 7,
    ]);
  });
});
