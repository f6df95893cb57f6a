import type { Dice } from "./dice.ts";
import { damage, some } from "./text-damage.ts";

const REFERENCES = [
  ...[
    "unit.name",
    'unit.states["machine-state"]',
    'unit.states["program"]',
    'unit.published["machine-state"]',
  ],
  ...['unit.signals["spindle-load"]', 'unit.signals["spindle-speed"]', 'unit.truth["tool-1-wear"]'],
  ...[
    'unit.counters["parts-produced"]',
    'unit.conditions["vibration-high"].active',
    'unit.conditions["vibration-high"]',
  ],
  ...[
    'unit.faults["air"]',
    'unit.signals["nothing"]',
    "unit",
    "unit.signals",
    "event.kind",
    "event.fields",
    "event.message",
  ],
];
const LITERALS = [
  ...[
    "0",
    "1",
    "-1",
    "3.0",
    "1e308",
    "-9223372036854775808",
    "9223372036854775807",
    "18446744073709551615u",
    "0x7f",
  ],
  ...[
    "true",
    "false",
    "null",
    '""',
    '"a"',
    'b"\\x00"',
    "r'\\d'",
    "'''x'''",
    '"\\u202e"',
    "[]",
    "{}",
    "[1, 2, 3]",
    '{"a": 1}',
  ],
];
const PATTERNS = [
  "(a+)+$",
  "(a|aa)*b",
  "(x*)*y",
  ".*.*.*.*=",
  "[",
  "(?=a)",
  "a{1000}{1000}",
  "\\\\1",
  "(?i)Ä",
  "^$",
  "\\\\pL+",
];
const FUNCTIONS = [
  "size",
  "string",
  "int",
  "double",
  "uint",
  "bool",
  "type",
  "dyn",
  "timestamp",
  "duration",
  "has",
  "bytes",
];
const METHODS = [
  ...[
    "size()",
    "trim()",
    "lowerAscii()",
    'split("")',
    "join()",
    'contains("a")',
    'startsWith("a")',
    "getHours()",
  ],
  ...[
    "substring(1)",
    "substring(-1, 9)",
    'indexOf("a", 5)',
    'split(",", 2)',
    "json()",
    "hex()",
    'getHours("Mars/Olympus")',
  ],
];
const MACROS = ["all", "exists", "exists_one", "filter", "map"];
const OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||", "in"];

type Type = "bool" | "int" | "double" | "string" | "list";

/** An expression that is a yes or no by its types; it may still fail when it is asked, or cost too much. */
export function celPredicate(dice: Dice): string {
  return typed(dice, "bool", 1 + dice.below(5), []);
}

function typed(dice: Dice, type: Type, depth: number, items: readonly string[]): string {
  const make = (of: Type): string => typed(dice, of, depth - 1, items);
  const over = (of: Type): string => typed(dice, of, depth - 1, [...items, "i"]);
  if (depth <= 0) return dice.pick(LEAVES[type].concat(type === "int" ? items : []));
  const number = dice.pick(["int", "double"] as const);
  const arithmetic = (): string => `(${make(type)} ${dice.pick(["+", "-", "*", "/"])} ${make(type)})`;
  const makers: Record<Type, readonly (() => string)[]> = {
    bool: [
      () => `(${make("bool")} ${dice.pick(["&&", "||"])} ${make("bool")})`,
      () => `!(${make("bool")})`,
      () => `(${make(number)} ${dice.pick(["<", "<=", ">", ">=", "==", "!="])} ${make(number)})`,
      () => `${make("list")}.${dice.pick(["all", "exists", "exists_one"])}(i, ${over("bool")})`,
      () => `${make("string")}.matches(${dice.chance(80) ? `"${dice.pick(PATTERNS)}"` : make("string")})`,
      () => `(${make("int")} in ${make("list")})`,
      () => `(${make("list")} == ${make("list")})`,
      () => `${make("string")}.${dice.pick(["contains", "startsWith", "endsWith"])}(${make("string")})`,
      () => `(${make("bool")} ? ${make("bool")} : ${make("bool")})`,
    ],
    int: [
      arithmetic,
      () => `size(${make(dice.pick(["list", "string"] as const))})`,
      () => `int(${make("double")})`,
      () => `(-${make("int")})`,
    ],
    double: [arithmetic, () => `double(${make("int")})`, () => `(-${make("double")})`],
    string: [
      () => `(${make("string")} + ${make("string")})`,
      () => `string(${make(number)})`,
      () => `${make("string")}.${dice.pick(["trim()", "upperAscii()", "substring(1)"])}`,
      () => `cel.bind(s, ${make("string")}, s + s)`,
      () => `${make("string")}.split("").join("-")`,
    ],
    list: [
      () => `[${[make("int"), ...some(dice, 5, () => make("int"))].join(", ")}]`,
      () => `${make("list")}.map(i, ${over("int")})`,
      () => `${make("list")}.filter(i, ${over("bool")})`,
      () => `(${make("list")} + ${make("list")})`,
      () => `[${Array.from({ length: 1 + dice.below(200) }, (_, i) => i).join(",")}]`,
    ],
  };
  return dice.pick(makers[type])();
}

const LEAVES: Record<Type, readonly string[]> = {
  bool: ["true", "false", 'unit.conditions["vibration-high"].active', 'unit.faults["air"]'],
  int: ["0", "1", "7", "9223372036854775807", 'unit.counters["parts-produced"]'],
  double: ["0.0", "1.5", "1e308", 'unit.signals["spindle-load"]', 'unit.truth["tool-1-wear"]'],
  string: ['""', '"a"', '"aaaaaaaaaaaaaaaaaaaaaaaaab"', "unit.name", 'unit.states["machine-state"]'],
  list: ["[1, 2, 3]", "[7]", "[0, 0, 0, 0]"],
};

/** An expression: mostly well formed, seldom well typed, sometimes neither. */
export function celExpression(dice: Dice): string {
  if (dice.chance(50)) return dice.chance(90) ? celPredicate(dice) : damage(celPredicate(dice), dice);
  const text = expression(dice, 1 + dice.below(7), ["a"]);
  const whole = dice.chance(50) ? `(${text}) == (${expression(dice, 2, ["a"])})` : text;
  return dice.chance(20) ? damage(whole, dice) : whole;
}

function expression(dice: Dice, depth: number, variables: readonly string[]): string {
  const inner = (): string => expression(dice, depth - 1, variables);
  if (depth <= 0) return dice.pick([...REFERENCES, ...LITERALS, ...variables]);
  const variable = dice.pick(["a", "b", "c", "unit", "__proto__"]);
  const bound = (): string => expression(dice, depth - 1, [...variables, variable]);
  return dice.pick([
    () => `${inner()} ${dice.pick(OPERATORS)} ${inner()}`,
    () => `${inner()} ${dice.pick(OPERATORS)} ${inner()}`,
    () => `(${inner()})`,
    () => `!${inner()}`,
    () => `-${inner()}`,
    () => `${inner()} ? ${inner()} : ${inner()}`,
    () => `${dice.pick(FUNCTIONS)}(${some(dice, 3, inner).join(", ")})`,
    () => `${inner()}.${dice.pick(METHODS)}`,
    () => `${inner()}.matches(${dice.chance(70) ? `"${dice.pick(PATTERNS)}"` : inner()})`,
    () => `${inner()}.${dice.pick(MACROS)}(${variable}, ${bound()}${dice.chance(20) ? `, ${bound()}` : ""})`,
    () => `[${some(dice, 6, inner).join(", ")}].${dice.pick(MACROS)}(${variable}, ${bound()})`,
    () =>
      `[${Array.from({ length: 1 + dice.below(300) }, (_, i) => i).join(",")}].${dice.pick(MACROS)}(${variable}, ${bound()})`,
    () => `cel.bind(${variable}, ${inner()}, ${bound()} + ${variable})`,
    () => `{${some(dice, 4, () => `${inner()}: ${inner()}`).join(", ")}}`,
    () => `${inner()}[${inner()}]`,
    () => `"${"a".repeat(dice.below(600))}"`,
    () => `${"(".repeat(dice.below(60))}${inner()}${")".repeat(dice.below(60))}`,
  ])();
}
