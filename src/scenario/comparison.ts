export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** What predicates and thresholds compare numbers with. */
export const COMPARISONS: Readonly<Record<Operator, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
  "==": (value, bound) => value === bound,
  "!=": (value, bound) => value !== bound,
};

export const isOperator = (text: string): text is Operator => Object.hasOwn(COMPARISONS, text);
