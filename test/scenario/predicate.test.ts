/** A number against a constant comes to what the interpreter makes of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePredicate, type UnitScope } from "../../src/scenario/predicate.ts";

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
