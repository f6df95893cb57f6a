import { isNode, LineCounter, parseDocument, type Document, type YAMLMap } from "yaml";
import { z } from "zod";
import { CodedError, CodedErrors, type SourcePlace } from "../errors.ts";

type Path = readonly PropertyKey[];

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
    this.data = document.toJS();
  }

  /** @throws CodedErrors `yaml-syntax`, one for each mistake */
  static parse(file: string, text: string): SourceDocument {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    if (document.errors.length > 0) {
      throw new CodedErrors(
        document.errors.map((error) => {
          const { line, col } = lines.linePos(error.pos[0]);
          const fix = "Mend the YAML there; indentation, quotes and brackets are the usual causes.";
          return new CodedError("yaml-syntax", error.message, fix, { file, line, column: col });
        }),
      );
    }
    return new SourceDocument(file, document, lines);
  }

  /** Where the value at a path stands, or the nearest thing around it that does stand in the file. */
  place(path: Path): SourcePlace {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#at(node.range[0]);
    }
    return { file: this.file, line: 1, column: 1 };
  }

  /** Where the key itself stands, for complaints about keys. */
  placeOfKey(path: Path, key: string): SourcePlace {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const pair = (map as YAMLMap | undefined)?.items?.find((it) => String(it.key) === key);
    return isNode(pair?.key) && pair.key.range ? this.#at(pair.key.range[0]) : this.place(path);
  }

  #at(offset: number): SourcePlace {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line, column: col };
  }
}

/**
 * Holds data of a document against a schema.
 *
 * @throws CodedErrors `invalid-value`: for each mistake its place, what is wrong and what would be right
 */
export function validate<T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
  data: unknown = document.data,
): T {
  const result = schema.safeParse(data, { reportInput: true });
  if (result.success) return result.data;
  const published = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const errors = result.error.issues.flatMap((issue) => complain(document, published, flatten(issue)));
  throw new CodedErrors(errors);
}

/** The parts of JSON Schema that say what would be right. */
interface JsonSchema {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

type Issue = z.core.$ZodIssue;

/** Of a union that nothing fitted, the complaint of the alternative that got furthest. */
function flatten(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const candidates = issue.errors
    .flat()
    .filter((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys");
  const best = candidates.sort((a, b) => b.path.length - a.path.length)[0];
  return best ? flatten({ ...best, path: [...issue.path, ...best.path] } as Issue) : issue;
}

function complain(document: SourceDocument, root: JsonSchema, issue: Issue): CodedError[] {
  const schema = schemaAt(root, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = Object.keys(schema?.properties ?? {});
      const what = `unknown field "${key}"${inside(issue.path)}`;
      return new CodedError("invalid-value", what, suggest(key, known), document.placeOfKey(issue.path, key));
    });
  }
  const name = String(issue.path.at(-1) ?? "the file");
  const missing = issue.input === undefined;
  const what = missing
    ? `missing field "${name}"${inside(issue.path.slice(0, -1))}`
    : `"${name}" cannot be ${JSON.stringify(issue.input)}${reason(issue)}`;
  return [new CodedError("invalid-value", what, describe(name, schema), document.place(issue.path))];
}

const reason = (issue: Issue): string => (issue.code === "custom" ? `: ${issue.message}` : "");

const inside = (path: Path): string => (path.length === 0 ? "" : ` in ${path.map(String).join(".")}`);

function describe(name: string, schema: JsonSchema | undefined): string {
  const values = schema?.enum ?? (schema?.const === undefined ? undefined : [schema.const]);
  const choices = values ? ` One of: ${values.map((value) => JSON.stringify(value)).join(", ")}.` : "";
  const fields = schema?.properties ? ` Fields: ${Object.keys(schema.properties).join(", ")}.` : "";
  const type = schema?.type && !choices && !fields ? ` (${schema.type})` : "";
  return `${name}${type}: ${schema?.description ?? "see the schema"}.${choices}${fields}`;
}

/** What was probably meant, and all that could have been. */
export function suggest(word: string, known: readonly string[]): string {
  const near = known.filter((it) => distance(it, word) <= Math.max(1, Math.floor(word.length / 3)));
  const best = near.sort((a, b) => distance(a, word) - distance(b, word))[0];
  const all = `Known: ${known.join(", ")}.`;
  return best === undefined ? all : `Did you mean "${best}"? ${all}`;
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  if (path.length === 0) return schema;
  const [key, ...rest] = path;
  for (const alternative of [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const additional = alternative.additionalProperties;
    const next =
      typeof key === "number"
        ? (alternative.prefixItems?.[key] ?? alternative.items)
        : (alternative.properties?.[String(key)] ??
          (typeof additional === "object" ? additional : undefined));
    const found = next && schemaAt(next, rest);
    if (found) return found;
  }
  return undefined;
}
