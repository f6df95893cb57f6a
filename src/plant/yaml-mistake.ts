import {
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  type Alias,
  type Document,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** What is said of a key that stands twice in the same fields. */
const TWICE = "stands here a second time";

/** Something that keeps a file from being read as YAML, at an offset into its text. */
export interface YamlMistake {
  readonly offset: number;
  readonly what: string;
  readonly fix: string;
}

/** Values that aliases may add to those that stand in the file; more is a trap, not a file. */
const UNFOLDED_MAX = 100_000;
/** Lists and maps inside each other; the deepest of our own files has seven. */
const DEPTH_MAX = 64;

const TOO_DEEP = {
  what: `lists and fields stand inside each other more than ${DEPTH_MAX} deep`,
  fix: "Look for brackets that are never closed.",
};

/** Values that a file can have; more take the parser longer than Ctrl-C may take. */
const VALUES_MAX = 200_000;
/** Lists, fields and documents that begin on one line: "- - - -", "? ? ?", "a: - b: -". */
const NESTED_ON_A_LINE = new RegExp(`^(?:[ \\t]*[-?][ \\t]+){${DEPTH_MAX + 1}}`, "m");

/**
 * What keeps a text from being handed to the parser, which would take minutes over it; undefined when it may have it.
 */
export function findYamlTrap(text: string): YamlMistake | undefined {
  let values = 0;
  for (let offset = 0; offset < text.length; offset++) {
    if (!SEPARATORS.has(text.charCodeAt(offset))) continue;
    if (++values <= VALUES_MAX) continue;
    const what = `this file has more than ${VALUES_MAX} lines and values`;
    return { offset, what, fix: "Write units of one kind as one entry with count." };
  }
  return undefined;
}

/** What stands between two values: the end of a line, a comma, a bracket. */
const SEPARATORS = new Set([..."\n\r,[{"].map((character) => character.charCodeAt(0)));

/** For a parser that has exhausted the stack: where its stack ran out says nothing. */
export function exhausted(text: string): YamlMistake {
  const nested = NESTED_ON_A_LINE.exec(text);
  const offset = nested ? nested.index + nested[0].length - 1 : offsetOfDepth(text);
  return { offset: offset ?? 0, ...TOO_DEEP };
}

/** What is wrong with a file as YAML, from its top to its bottom; empty when it can be read. */
export function findYamlMistakes(document: Document, text: string): YamlMistake[] {
  // A warning is a tag that nobody knows; to read past it would be to guess.
  const problems = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const finder = new TrapFinder(text);
  finder.weigh(document.contents, 0);
  // Whatever follows a real break in the syntax is mostly its echo.
  const [problem] = problems;
  if (!problem) return finder.mistakes;
  const before = finder.mistakes.filter(
    ({ offset, what }) => offset < problem.pos[0] && what.endsWith(TWICE),
  );
  return [...before, explain(problem, text)];
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function explain({ code, message, pos }: YAMLError, text: string): YamlMistake {
  const [offset] = pos;
  const lineEnd = text.indexOf("\n", offset);
  const rest = text.slice(offset, lineEnd < 0 ? undefined : lineEnd).trim();
  switch (code) {
    case "TAB_AS_INDENT":
      return {
        offset,
        what: "the line is indented with a tab",
        fix: "Indent with spaces, two for each level.",
      };
    case "MULTIPLE_DOCS":
      return { offset, what: 'a second document begins at "---"', fix: "Write one document a file." };
    case "RESOURCE_EXHAUSTION":
      return exhausted(text);
    case "BAD_INDENT":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY": {
      if (message.startsWith("Flow ")) {
        const what = `a bracket above is not closed before ${rest === "" ? "the end" : quoted(rest)}`;
        return { offset, what, fix: "Close it, or indent what belongs inside." };
      }
      const fix = 'Write each field as "name: value", and let the fields of one thing begin in one column.';
      return { offset, what: `${quoted(rest)} and what is around it do not fit together`, fix };
    }
    case "TAG_RESOLVE_FAILED":
      return { offset, what: `nobody knows the tag ${quoted(rest)}`, fix: "Write the value without a tag." };
    case "MISSING_CHAR":
      if (!message.includes("quote")) return unreadable(offset, message, rest);
      return { offset, what: "a quote that opens here or above is not closed", fix: "Close it." };
    default:
      return unreadable(offset, message, rest);
  }
}

function unreadable(offset: number, message: string, rest: string): YamlMistake {
  const near = rest === "" ? "" : ` at ${quoted(rest)}`;
  const fix = "Mend the YAML there; indentation, a missing bracket, quote or colon are the usual causes.";
  return { offset, what: `this is not YAML: ${lowerFirst(message)}${near}`, fix };
}

/** Where brackets open one level too many. */
function offsetOfDepth(text: string): number | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth += /[[{]/.test(bracket) ? 1 : -1;
    if (depth > DEPTH_MAX) return index;
  }
  return undefined;
}

/** Finds well-formed YAML that nevertheless cannot be taken as data. */
class TrapFinder {
  readonly mistakes: YamlMistake[] = [];
  /** Values below each anchor, with aliases unfolded; undefined while they are being counted. */
  readonly #anchors = new Map<string, number | undefined>();
  readonly #text: string;
  #unfolded = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns the number of values at and below the node, with aliases unfolded */
  weigh(node: unknown, depth: number): number {
    if (isAlias(node)) return this.#follow(node);
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const weight = isCollection(node) ? this.#weighItems(node, depth) : 1;
    if (anchor !== undefined) this.#anchors.set(anchor, weight);
    return weight;
  }

  #weighItems(collection: YAMLMap | YAMLSeq, depth: number): number {
    if (depth === DEPTH_MAX) return this.#complain(collection, TOO_DEEP.what, TOO_DEEP.fix);
    let weight = 1;
    const keys = new Set<string>();
    for (const item of collection.items) {
      if (isPair(item)) this.#judgeKey(item.key, keys);
      weight += this.weigh(isPair(item) ? item.value : item, depth + 1);
    }
    return weight;
  }

  /** @param keys  those that stand before it in the same fields */
  #judgeKey(key: unknown, keys: Set<string>): void {
    if (!isScalar(key)) {
      this.#complain(key, "the name of a field must be a plain word", 'Write it as in "seed: 42".');
      return;
    }
    const name = String(key.value);
    if (keys.has(name)) {
      const written = key.range ? this.#text.slice(key.range[0], key.range[1]) : name;
      this.#complain(key, `the field ${quoted(written)} ${TWICE}`, "Keep one of them.");
    }
    keys.add(name);
  }

  #follow(alias: Alias): number {
    const { source } = alias;
    const weight = this.#anchors.get(source);
    if (weight === undefined) {
      const why = this.#anchors.has(source) ? "contains itself" : `has no anchor "&${source}" above it`;
      return this.#complain(alias, `the alias "*${source}" ${why}`, "Write the value out instead.");
    }
    const before = this.#unfolded;
    this.#unfolded += weight;
    if (before <= UNFOLDED_MAX && this.#unfolded > UNFOLDED_MAX) {
      const what = `with the alias "*${source}" the file unfolds to more than ${UNFOLDED_MAX} values`;
      this.#complain(alias, what, "Write the values out instead.");
    }
    return weight;
  }

  #complain(node: unknown, what: string, fix: string): number {
    this.mistakes.push({ offset: (isNode(node) ? node.range?.[0] : undefined) ?? 0, what, fix });
    return 1;
  }
}
