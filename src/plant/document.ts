import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Pair,
} from "yaml";
import { CodedError, CodedErrors, type SourcePlace } from "../errors.ts";
import { findYamlMistakes } from "./yaml-mistake.ts";

/** Keys and indices from the top of a file down to a value. */
export type Path = readonly PropertyKey[];

/** A YAML file that knows where each of its values stands. */
export class SourceDocument {
  readonly file: string;
  /** The file's content as plain data. */
  readonly data: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    // What aliases come to has been judged by then.
    this.data = document.toJS({ maxAliasCount: -1 });
  }

  /** @throws CodedErrors `yaml-syntax`, one for each mistake */
  static parse(file: string, textAsRead: string): SourceDocument {
    // Editors do not count a byte order mark as a column.
    const text = textAsRead.replace(/^\ufeff/, "");
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
    const mistakes = findYamlMistakes(document, text);
    if (mistakes.length > 0) {
      throw new CodedErrors(
        mistakes.map(({ offset, what, fix }) => {
          const { line, col } = lines.linePos(offset);
          return new CodedError("yaml-syntax", what, fix, { file, line, column: col });
        }),
      );
    }
    return new SourceDocument(file, document, lines);
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
    }
    const pair = isMap(node) ? findPair(node.items, key) : undefined;
    return this.#at(pair?.key) ?? this.place(path);
  }

  #at(node: unknown): SourcePlace | undefined {
    if (!isNode(node) || !node.range) return undefined;
    const { line, col } = this.#lines.linePos(node.range[0]);
    return { file: this.file, line, column: col };
  }
}

/** Keys are compared as text, because data has them so: the tool `1:` of a program is "1" there. */
const findPair = (pairs: readonly Pair[], key: PropertyKey): Pair | undefined =>
  pairs.find((pair) => String(pair.key) === String(key));
