import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from "yaml";
import { CodedError, CodedErrors, suggest, type SourcePlace } from "../errors.ts";
import { exhausted, findYamlMistakes, findYamlTrap, type YamlMistake } from "./yaml-mistake.ts";

/** Keys and indices from the top of a file down to a value. */
export type Path = readonly PropertyKey[];

/** A YAML file that knows where each of its values stands. */
export class SourceDocument {
  readonly file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** Values that stand in no file, and what brought them. */
  readonly #settings = new Map<unknown, string>();
  #data: unknown;

  private constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** The file's content as plain data, with what was set. */
  get data(): unknown {
    // What aliases come to has been judged by then.
    return (this.#data ??= this.#document.toJS({ maxAliasCount: -1 }));
  }

  /** @throws CodedErrors `yaml-syntax`, one for each mistake */
  static parse(file: string, textAsRead: string): SourceDocument {
    // Editors do not count a byte order mark as a column.
    const text = textAsRead.replace(/^\ufeff/, "");
    const lines = new LineCounter();
    const { document, mistakes } = read(text, { lineCounter: lines });
    if (document && mistakes.length === 0) return new SourceDocument(file, document, lines);
    throw new CodedErrors(
      mistakes.slice(0, MISTAKES_MAX).map(({ offset, what, fix }) => {
        const { line, col } = document ? lines.linePos(offset) : placeIn(text, offset);
        return new CodedError("yaml-syntax", what, fix, { file, line, column: col });
      }),
    );
  }

  /**
   * Puts a value in, as if it stood in the file.
   *
   * @param setting  "faults.bearing.with.severity=0.5": keys with dots between them, in a list a number from 0 or the
   *                 `id`, `name` or `group` of an entry; then the value in YAML
   * @throws CodedError `invalid-option` when there is no such place, or the value is no YAML
   */
  set(setting: string): void {
    const [, path, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (path === undefined || value === undefined)
      throw unsettable(setting, "it names no place and value", "Write --set duration=10m.");
    const { document, mistakes } = read(value);
    const contents = document?.contents ?? null;
    if (mistakes.length > 0 || contents === null)
      throw unsettable(
        setting,
        `the value ${shown(value)} is no YAML`,
        "Write a value as the file would have it.",
      );
    const keys = path.split(".");
    let node: unknown = this.#document.contents;
    for (const [i, key] of keys.slice(0, -1).entries()) {
      node = enter(node, key, setting) ?? this.#addMap(node, key, setting, keys.slice(0, i));
    }
    this.#put(node, keys.at(-1)!, contents as Node, setting);
    this.#data = undefined;
  }

  /** Puts a value at a path of keys and indices, in place of the one that is there. */
  put(path: Path, value: unknown): void {
    this.#document.setIn(path, value);
    this.#data = undefined;
  }

  /** Adds entries behind those of a list at the top, which need not be there. Each takes a line. */
  append(key: string, entries: readonly object[]): void {
    if (!this.#document.has(key)) this.#document.set(key, this.#document.createNode([]));
    for (const entry of entries)
      this.#document.addIn([key], this.#document.createNode(entry, { flow: true }));
    this.#data = undefined;
  }

  /** The file as it stands now, with its comments. */
  toString(): string {
    return this.#document.toString({ lineWidth: 0 });
  }

  #addMap(node: unknown, key: string, setting: string, above: readonly string[]): unknown {
    if (!isMap(node)) throw unsettable(setting, `${above.join(".") || "the file"} has no "${key}"`, SET_FIX);
    const added = this.#document.createNode({});
    this.#put(node, key, added, setting);
    return added;
  }

  #put(node: unknown, key: string, value: Node, setting: string): void {
    this.#settings.set(value, setting);
    if (isMap(node)) {
      const pair = findPair(node.items, key);
      if (pair) pair.value = value;
      else node.set(key, value);
    } else if (isSeq(node)) node.items[indexIn(node.items, key, setting)] = value;
    else throw unsettable(setting, `nothing can be set in what holds "${key}"`, SET_FIX);
  }

  /** Where the value at a path stands, or the nearest thing around it that does stand in the file. */
  place(path: Path): SourcePlace {
    let node: unknown = this.#document.contents;
    let place = this.#at(node) ?? { file: this.file, line: 1, column: 1 };
    for (const key of path) {
      const pair = isMap(node) ? findPair(node.items, key) : undefined;
      node = isSeq(node) ? node.items[Number(key)] : pair?.value;
      // A field without a value, or with one that stands elsewhere under an anchor, is found by its key.
      const here = isScalar(node) && node.value === null ? undefined : this.#at(node);
      const setting = this.#settings.get(node);
      if (setting !== undefined) return { file: `--set ${setting}` };
      place = here ?? this.#at(pair?.key) ?? place;
      if (isAlias(node)) break;
    }
    return place;
  }

  /** Where the key itself stands, for complaints about keys. */
  placeOfKey(path: Path, key: PropertyKey): SourcePlace {
    let node: unknown = this.#document.contents;
    for (const step of path) {
      if (isSeq(node)) node = node.items[Number(step)];
      else node = isMap(node) ? findPair(node.items, step)?.value : undefined;
      if (this.#settings.has(node)) return this.place(path);
    }
    const pair = isMap(node) ? findPair(node.items, key) : undefined;
    const isSet = pair !== undefined && this.#settings.has(pair.value);
    return isSet ? this.place([...path, key]) : (this.#at(pair?.key) ?? this.place(path));
  }

  #at(node: unknown): SourcePlace | undefined {
    if (!isNode(node) || !node.range) return undefined;
    const { line, col } = this.#lines.linePos(node.range[0]);
    return { file: this.file, line, column: col };
  }
}

/** Mistakes of one file that are gathered; each one costs a search for its place. */
const MISTAKES_MAX = 1000;

/** A text as YAML, or what keeps it from being some. */
function read(
  text: string,
  about: { readonly lineCounter?: LineCounter } = {},
): { readonly document?: Document; readonly mistakes: readonly YamlMistake[] } {
  const trap = findYamlTrap(text);
  if (trap) return { mistakes: [trap] };
  try {
    // The library holds each key against every other one; `findYamlMistakes` looks it up instead.
    const options = { ...about, prettyErrors: false, logLevel: "error", uniqueKeys: false } as const;
    const document = parseDocument(text, options);
    return { document, mistakes: findYamlMistakes(document, text) };
  } catch (error) {
    // The parser descends as deep as the text; nothing else in it throws.
    if (error instanceof RangeError) return { mistakes: [exhausted(text)] };
    throw error;
  }
}

/** Line and column of an offset, from 1. */
function placeIn(text: string, offset: number): { readonly line: number; readonly col: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, col: offset - before.lastIndexOf("\n") };
}

/** Keys are compared as text, because data has them so: the tool `1:` of a program is "1" there. */
const findPair = (pairs: readonly Pair[], key: PropertyKey): Pair | undefined =>
  pairs.find((pair) => String(pair.key) === String(key));

const SET_FIX =
  "Write keys with dots between them; in a list a number from 0, or an entry's id, name or group.";

/** Longest piece of a setting that a message repeats. */
const SHOWN_MAX = 100;
const shown = (text: string): string =>
  JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);

const unsettable = (setting: string, why: string, fix: string): CodedError =>
  new CodedError("invalid-option", `--set cannot be ${shown(setting)}: ${why}`, fix);

/** What stands under a key; undefined when nothing does. @throws CodedError `invalid-option` */
function enter(node: unknown, key: string, setting: string): unknown {
  const found = isSeq(node)
    ? node.items[indexIn(node.items, key, setting)]
    : isMap(node)
      ? findPair(node.items, key)?.value
      : undefined;
  if (!isAlias(found)) return isScalar(found) && found.value === null ? undefined : found;
  const fix = "Set what the anchor names, or write it out in the file.";
  throw unsettable(setting, `"${key}" stands elsewhere, under the anchor ${found.source}`, fix);
}

/** @throws CodedError `invalid-option` when the list has no such entry */
function indexIn(items: readonly unknown[], key: string, setting: string): number {
  const names = items.map((item) => {
    const name = ["id", "name", "group"].map((field) => isMap(item) && item.get(field));
    return name.find((it) => typeof it === "string");
  });
  const index = /^\d+$/.test(key) ? Number(key) : names.indexOf(key);
  if (index >= 0 && index < items.length) return index;
  const fix = suggest(
    key,
    names.flatMap((name, i) => name || String(i)),
  );
  throw unsettable(setting, `the list has no entry "${key}"`, fix);
}
