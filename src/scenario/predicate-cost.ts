/**
 * What it can cost at most to ask a predicate once, from its text alone. So a predicate that would stall a run is
 * refused before the run, and the same file is refused on every machine.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { compilePattern, PATTERN_SIZE_MAX } from "./pattern.ts";

/** Steps of one look; one step takes some 50 ns. */
export const STEPS_MAX = 50_000;
/** Characters of a text that a unit tells; a longer one is cut before predicates see it. */
export const TEXT_MAX = 256;
/** Characters that are copied or compared in the time of one step. */
const CHARACTERS_A_STEP = 16;
/** Instructions of a pattern that are followed in the time of one step. */
const INSTRUCTIONS_A_STEP = 50;

/** How large a value can be: characters of a text, entries of a list or map and the largest of them; else 1. */
interface Shape {
  readonly size: number;
  readonly entry?: Shape;
}

const SCALAR: Shape = { size: 1 };
/** What a unit tells, or nothing is known of: a text, or entries of the same kind. */
const UNKNOWN: { size: number; entry?: Shape } = { size: TEXT_MAX };
UNKNOWN.entry = UNKNOWN;

type Scope = ReadonlyMap<string, Shape>;

/** The most steps that one look at a predicate takes. @param root  of its syntax tree */
export function stepsOf(root: ASTNode): number {
  const meter = new Meter();
  meter.weigh(root, new Map());
  return meter.steps;
}

/** Follows an expression as if each of its branches were taken, and each list gone through to its end. */
class Meter {
  steps = 0;
  /** How often what is looked at now is done. */
  #times = 1;

  weigh(node: ASTNode, scope: Scope): Shape {
    this.#spend(1);
    switch (node.op) {
      case "value":
        return typeof node.args === "string" || node.args instanceof Uint8Array
          ? { size: node.args.length }
          : SCALAR;
      case "id":
        return scope.get(node.args) ?? UNKNOWN;
      case ".":
      case ".?":
        return this.weigh(node.args[0], scope).entry ?? UNKNOWN;
      case "[]":
      case "[?]":
        this.weigh(node.args[1], scope);
        return this.weigh(node.args[0], scope).entry ?? UNKNOWN;
      case "list":
        return collection(node.args.map((it) => this.weigh(it, scope)));
      case "map":
        return collection(node.args.flatMap((pair) => pair.map((it) => this.weigh(it, scope))));
      case "call":
        return this.#call(node.args[1].map((it) => this.weigh(it, scope)));
      case "rcall":
        return this.#method(node.args, scope);
      default:
        return this.#operator(node, scope);
    }
  }

  #operator(node: ASTNode, scope: Scope): Shape {
    const operands = [node.args as ASTNode | readonly ASTNode[]].flat().map((it) => this.weigh(it, scope));
    if (node.op === "?:") return larger(operands[1]!, operands[2]!);
    const [left = SCALAR, right = SCALAR] = operands;
    if (node.op === "+") {
      const sum = { ...larger(left, right), size: left.size + right.size };
      this.#spend(copying(sum));
      return sum;
    }
    // Values are compared entry by entry, and what is looked for with every entry.
    const isMembership = node.op === "in";
    this.#spend(isMembership ? right.size * (1 + weightOf(left)) : weightOf(left) + weightOf(right));
    return SCALAR;
  }

  #method([name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]], scope: Scope): Shape {
    if (name === "bind" && args.length === 3) {
      const bound = this.weigh(args[1]!, scope);
      return this.weigh(args[2]!, withVariable(scope, args[0]!, bound));
    }
    const owner = this.weigh(receiver, scope);
    if (COMPREHENSIONS.has(name) && args.length >= 2) return this.#comprehension(name, owner, args, scope);
    const given = args.map((it) => this.weigh(it, scope));
    if (name === "matches") {
      const size = sizeOfPattern(args[0]);
      this.#spend(owner.size * (1 + size / INSTRUCTIONS_A_STEP));
      return SCALAR;
    }
    if (name === "split") return { size: owner.size + 1, entry: { size: owner.size } };
    if (name === "join") {
      const each = (owner.entry ?? UNKNOWN).size + (given[0]?.size ?? 0);
      return this.#call([{ size: owner.size * each }]);
    }
    return this.#call([owner, ...given]);
  }

  #comprehension(name: string, owner: Shape, args: readonly ASTNode[], scope: Scope): Shape {
    const inner = withVariable(scope, args[0]!, owner.entry ?? UNKNOWN);
    const before = this.#times;
    this.#times *= owner.size;
    const results = args.slice(1).map((it) => this.weigh(it, inner));
    this.#spend(2);
    this.#times = before;
    if (name === "map") return { size: owner.size, entry: results.at(-1)! };
    return name === "filter" ? owner : SCALAR;
  }

  /** No function that is not named above makes more than a small multiple of what it is given. */
  #call(given: readonly Shape[]): Shape {
    const total = given.reduce((sum, it) => sum + weightOf(it), 0);
    this.#spend(4 + total);
    const size = 4 * given.reduce((sum, it) => sum + it.size, 8);
    return { size, entry: UNKNOWN };
  }

  #spend(steps: number): void {
    this.steps += steps * this.#times;
  }
}

const COMPREHENSIONS = new Set(["all", "exists", "exists_one", "map", "filter"]);

function withVariable(scope: Scope, variable: ASTNode, shape: Shape): Scope {
  return variable.op === "id" ? new Map(scope).set(variable.args, shape) : scope;
}

const collection = (entries: readonly Shape[]): Shape => ({
  size: entries.length,
  entry: entries.reduce(larger, SCALAR),
});

function larger(a: Shape, b: Shape): Shape {
  if (a === UNKNOWN || b === UNKNOWN) {
    const other = a === UNKNOWN ? b : a;
    return other.size <= UNKNOWN.size ? UNKNOWN : { size: other.size, entry: UNKNOWN };
  }
  const entry = a.entry && b.entry ? larger(a.entry, b.entry) : (a.entry ?? b.entry);
  return { size: Math.max(a.size, b.size), ...(entry ? { entry } : {}) };
}

/** Steps to look at all of a value. */
function weightOf({ size, entry }: Shape): number {
  if (entry === undefined || entry === UNKNOWN) return size / CHARACTERS_A_STEP;
  return size * (1 + weightOf(entry));
}

const copying = ({ size, entry }: Shape): number => (entry ? size : size / CHARACTERS_A_STEP);

/** Instructions of a pattern that is written out; of another, the most that there may be. */
function sizeOfPattern(pattern: ASTNode | undefined): number {
  if (pattern?.op !== "value" || typeof pattern.args !== "string") return PATTERN_SIZE_MAX;
  return compilePattern(pattern.args).programSize();
}
