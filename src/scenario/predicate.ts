import { Environment, ParseError, type ASTNode, type ParseResult } from "@marcbachmann/cel-js";
import type { NumberedHappening } from "../equipment/unit-events.ts";
import { COMPARISONS, isOperator } from "./comparison.ts";
import { compilePattern } from "./pattern.ts";
import { STEPS_MAX, stepsOf, TEXT_MAX } from "./predicate-cost.ts";

/** Where a predicate looks: `unit.signals["spindle-load"]`. */
export const NAMESPACES = [
  "states",
  "conditions",
  "counters",
  "flags",
  "signals",
  "published",
  "truth",
  "faults",
] as const;

export type Namespace = (typeof NAMESPACES)[number];

/** One thing of a unit that a predicate reads. */
export interface Reference {
  readonly of: Namespace;
  readonly id: string;
}

/** A number of a unit, and a constant that it is compared with. */
export interface Level {
  readonly reference: Reference;
  readonly level: number;
}

/** As people write it: `unit.signals["spindle-load"]` */
export const formatReference = ({ of, id }: Reference): string => `unit.${of}["${id}"]`;

/** A condition as predicates see it. */
export class ConditionView {
  active = false;
  acknowledged = true;
  confirmed = true;
  shelved = false;
}

/** What a predicate is given. Values stand in plain objects, which whoever evaluates fills before. */
export interface UnitScope {
  readonly name: string;
  readonly states: Record<string, string>;
  readonly conditions: Record<string, ConditionView>;
  /** Whole numbers of CEL are bigint. */
  readonly counters: Record<string, bigint>;
  readonly flags: Record<string, boolean>;
  readonly signals: Record<string, number>;
  readonly published: Record<string, string | number | boolean>;
  readonly truth: Record<string, number>;
  readonly faults: Record<string, boolean>;
}

/** An event as predicates of `count` see it. */
export interface EventScope {
  readonly kind: string;
  readonly source: string;
  readonly message: string;
  readonly severity: bigint;
  readonly time_s: number;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export const scopeOfEvent = ({
  kind,
  source,
  message,
  severity,
  time_s,
  fields,
}: NumberedHappening): EventScope => ({
  ...{ kind, source, time_s, message: cutText(message) },
  fields: Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, cutText(value)])),
  severity: BigInt(severity),
});

/** A value as predicates see it: no text is longer than the planned cost of a predicate allows. */
export const cutText = <T>(value: T): T =>
  typeof value === "string" ? (value.slice(0, TEXT_MAX) as T) : value;

/** What is wrong with a predicate, and the way out. */
export class PredicateMistake extends Error {
  readonly fix: string;

  constructor(what: string, fix: string) {
    super(what);
    this.fix = fix;
  }
}

/** More than people write, and little enough that no expression exhausts the stack of those who walk through it. */
const LIMITS = {
  ...{ maxAstNodes: 1000, maxDepth: 32, maxListElements: 250, maxMapEntries: 250, maxCallArguments: 8 },
};
const CHARACTERS_MAX = 4000;

/** CEL's `matches` as it stands in syntax trees: the library's own takes exponential time for some patterns. */
const MATCHES = "matchesInLinearTime";

const unitEnvironment = new Environment({ limits: LIMITS })
  .registerFunction(`string.${MATCHES}(string): bool`, (text: string, pattern: string) =>
    compilePattern(pattern).test(text),
  )
  .registerType("Condition", {
    ctor: ConditionView,
    fields: { active: "bool", acknowledged: "bool", confirmed: "bool", shelved: "bool" },
  })
  .registerType({
    name: "Unit",
    schema: {
      name: "string",
      states: "map<string,string>",
      conditions: "map<string,Condition>",
      counters: "map<string,int>",
      flags: "map<string,bool>",
      signals: "map<string,double>",
      published: "map<string,dyn>",
      truth: "map<string,double>",
      faults: "map<string,bool>",
    },
  })
  .registerVariable("unit", "Unit");

const eventEnvironment = unitEnvironment
  .clone()
  .registerType({
    name: "Event",
    schema: {
      kind: "string",
      source: "string",
      message: "string",
      severity: "int",
      time_s: "double",
      fields: "map<string,dyn>",
    },
  })
  .registerVariable("event", "Event");

/** A predicate, ready to be asked. */
export interface Predicate {
  readonly references: readonly Reference[];
  /** Where measured or true values are compared with a constant. */
  readonly levels: readonly Level[];
  /** That asking it once takes at most, see `stepsOf`. */
  readonly steps: number;
  /** @throws Error when a value is not what the predicate wants, which types cannot say before */
  readonly evaluate: (scope: Scope) => boolean;
}

interface Scope {
  readonly unit: UnitScope;
  readonly event?: EventScope;
}

/**
 * Reads a predicate.
 *
 * @param ofEvent  whether there is an `event`
 * @throws PredicateMistake
 */
export function parsePredicate(text: string, ofEvent: boolean): Predicate {
  const parsed = parse(text, ofEvent);
  const references = referencesOf(parsed.ast);
  const steps = affordableSteps(parsed.ast);
  renameMatches(parsed.ast);
  const { valid, type, error } = parsed.check();
  if (!valid) {
    const summary = (error?.summary ?? "unknown type").replace(MATCHES, "matches");
    throw new PredicateMistake(
      `that cannot be judged: ${summary}${near(text, error?.range?.start)}`,
      wayOut(summary),
    );
  }
  if (type !== "bool" && type !== "dyn")
    throw new PredicateMistake(
      `that is no yes or no, but ${type}`,
      'Compare it: unit.signals["spindle-load"] > 80.',
    );
  const evaluate = comparisonOf(parsed.ast) ?? ((scope: Scope) => requireBoolean(parsed(scope)));
  return { references, levels: levelsOf(parsed.ast), steps, evaluate };
}

function parse(text: string, ofEvent: boolean): ParseResult {
  if (text.length > CHARACTERS_MAX)
    throw new PredicateMistake(
      `that has ${text.length} characters, and ${CHARACTERS_MAX} are the most`,
      SPLIT,
    );
  try {
    return (ofEvent ? eventEnvironment : unitEnvironment).parse(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const where = near(text, error.range?.start);
    if (error.code === "limit_exceeded")
      throw new PredicateMistake(`that is too large or too deep: ${error.summary}${where}`, SPLIT);
    throw new PredicateMistake(`that is no CEL: ${error.summary}${where}`, CEL_HINT);
  }
}

const SPLIT = "Write several checks, each with a part of it.";

/** Refuses what would stall a run, and patterns that are none. */
function affordableSteps(root: ASTNode): number {
  let steps: number;
  try {
    steps = stepsOf(root);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const fix = "Write a pattern of RE2, which has no look-around and no back-references.";
    throw new PredicateMistake(`that has a pattern for "matches" that cannot be: ${error.message}`, fix);
  }
  if (steps <= STEPS_MAX) return steps;
  const shown = steps < 1e9 ? `some ${Math.round(steps)}` : "more than a billion";
  const what = `that can take ${shown} steps each time it is asked, and ${STEPS_MAX} are the most`;
  throw new PredicateMistake(what, "Go through shorter lists, or through fewer inside each other.");
}

function renameMatches(node: ASTNode): void {
  if (node.op === "rcall" && node.args[0] === "matches") (node.args as unknown[])[0] = MATCHES;
  childrenOf(node).forEach(renameMatches);
}

const CEL_HINT =
  'Write a CEL expression such as unit.conditions["vibration-high"].active && unit.counters["parts-scrapped"] == 0.';

function wayOut(summary: string): string {
  if (/unknown variable: event/i.test(summary))
    return "`event` is there in `count` and in `after: { event }`; other predicates are about `unit`.";
  if (/unknown variable/i.test(summary))
    return "There is `unit`; in `count` and in `after: { event }` also `event`.";
  if (/overload.*(double .* int|int .* double)/.test(summary))
    return "What is measured is no whole number: write 3.0 for 3.";
  if (/No such key/.test(summary))
    return `There is unit.name, unit.${NAMESPACES.join(", unit.")}; a condition is active, acknowledged, confirmed, shelved; event has kind, source, message, severity, time_s, fields.`;
  return CEL_HINT;
}

/** A piece of the text from where the mistake is. */
function near(text: string, start: number | undefined): string {
  if (start === undefined) return "";
  const rest = text.slice(start).split("\n")[0]!;
  return rest === "" ? " at its end" : ` at ${JSON.stringify(rest.slice(0, 24))}`;
}

function requireBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error(`it came to ${String(value)}, which is no yes or no`);
  return value;
}

/** What a predicate reads of a unit. What is read has to be written out, so that it can be held against the unit. */
function referencesOf(root: ASTNode): Reference[] {
  const found = new Map<string, Reference>();
  const visit = (node: ASTNode): void => {
    const reference = referenceOf(node);
    if (reference) found.set(formatReference(reference), reference);
    else if (namespaceOf(node) !== undefined) {
      const what = `"unit.${namespaceOf(node)}" is read as a whole, or by a name that is made up on the way`;
      throw new PredicateMistake(what, `Write the name out: unit.${namespaceOf(node)}["…"].`);
    } else childrenOf(node).forEach(visit);
  };
  visit(root);
  return [...found.values()];
}

function referenceOf(node: ASTNode): Reference | undefined {
  if (node.op !== "[]" && node.op !== ".") return undefined;
  const of = namespaceOf(node.args[0]);
  if (of === undefined) return undefined;
  const key = node.args[1];
  const id = typeof key === "string" ? key : key.op === "value" ? key.args : undefined;
  return typeof id === "string" ? { of, id } : undefined;
}

/** `unit.signals` */
function namespaceOf(node: ASTNode): Namespace | undefined {
  if (node.op !== ".") return undefined;
  const [owner, field] = node.args;
  return owner.op === "id" && owner.args === "unit" ? NAMESPACES.find((it) => it === field) : undefined;
}

/** The most frequent predicate by far, a number against a constant, without the interpreter; undefined for another. */
function comparisonOf(node: ASTNode): ((scope: Scope) => boolean) | undefined {
  if (!isOperator(node.op)) return undefined;
  const compare = COMPARISONS[node.op];
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  const [reference, level] = [referenceOf(left), numberOf(right)];
  if (level === undefined || (reference?.of !== "signals" && reference?.of !== "truth")) return undefined;
  const { of, id } = reference;
  return ({ unit }) => compare(unit[of][id]!, level);
}

function levelsOf(node: ASTNode): Level[] {
  if (!isOperator(node.op)) return childrenOf(node).flatMap(levelsOf);
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const [reference, level] = [referenceOf(side), numberOf(other)];
    const isNumber = reference?.of === "signals" || reference?.of === "truth";
    if (isNumber && level !== undefined) return [{ reference, level }];
  }
  return [];
}

/** A number as it is written out, or less than 0. */
function numberOf(node: ASTNode): number | undefined {
  if (node.op === "value") return typeof node.args === "number" ? node.args : undefined;
  if (node.op !== "-_") return undefined;
  const number = numberOf(node.args);
  return number === undefined ? undefined : -number;
}

function childrenOf(node: ASTNode): ASTNode[] {
  const flat = [node.args as unknown].flat(3);
  return flat.filter((it): it is ASTNode => typeof it === "object" && it !== null && "op" in it);
}
