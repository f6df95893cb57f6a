import { z } from "zod";
import { CodedError, CodedErrors, nearest, suggest } from "../errors.ts";
import type { Path, SourceDocument } from "./document.ts";
import { expected, fieldsOf, schemaAt, wordsOf, type JsonSchema } from "./json-schema.ts";

type Issue = z.core.$ZodIssue;

/** Objections to one file that are looked into. */
const ISSUES_MAX = 1000;
/** Longest piece of a user's value that a message repeats. */
const SHOWN_MAX = 60;

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
  throw new CodedErrors(new Complaints(document, published).about(result.error.issues));
}

/** Turns a schema's issues into messages for people, one for each mistake. */
class Complaints {
  readonly #document: SourceDocument;
  readonly #schema: JsonSchema;

  constructor(document: SourceDocument, schema: JsonSchema) {
    this.#document = document;
    this.#schema = schema;
  }

  about(issues: readonly Issue[]): CodedError[] {
    const all = issues.slice(0, ISSUES_MAX).flatMap(flatten);
    const unknown = all
      .flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ path: issue.path, key })) : [],
      )
      .slice(0, ISSUES_MAX);
    const values = all.filter((issue) => issue.code !== "unrecognized_keys");
    const missing = values.filter(isMissing);
    const wrong = values.filter((issue) => !isMissing(issue));
    return [
      ...unknown.map(({ path, key }) => this.#unknown(path, key)),
      // A field that is there under a misspelt name is not missing as well.
      ...missing
        .filter((issue) => !unknown.some((it) => this.#means(it, issue.path)))
        .map((it) => this.#missing(it)),
      // Two objections to one value are one mistake.
      ...wrong
        .filter((it, i) => wrong.findIndex((other) => same(it.path, other.path)) === i)
        .map((it) => this.#wrong(it)),
    ];
  }

  #means({ path, key }: { path: Path; key: string }, missing: Path): boolean {
    if (!same(path, missing.slice(0, -1))) return false;
    return nearest(key, fieldsOf(schemaAt(this.#schema, path))) === missing.at(-1);
  }

  #unknown(path: Path, key: string): CodedError {
    const fix = suggest(key, fieldsOf(schemaAt(this.#schema, path)));
    const place = this.#document.placeOfKey(path, key);
    return new CodedError("invalid-value", `unknown field ${show(key)}${inside(path)}`, fix, place);
  }

  #missing({ path }: Issue): CodedError {
    const schema = schemaAt(this.#schema, path);
    const what = `missing field ${nameOf(path)}${inside(path.slice(0, -1))}`;
    const fix = `Add "${String(path.at(-1))}:" with ${expected(schema)}.${meaning(path, schema)}`;
    return new CodedError("invalid-value", what, fix, this.#document.place(path.slice(0, -1)));
  }

  #wrong(issue: Issue): CodedError {
    const { path, input } = issue;
    if (issue.code === "invalid_key") {
      const what = `${show(path.at(-1))} cannot be a field${inside(path.slice(0, -1))}`;
      const place = this.#document.placeOfKey(path.slice(0, -1), path.at(-1)!);
      return new CodedError("invalid-value", what, `Write ${issue.issues[0]?.message}.`, place);
    }
    const schema = schemaAt(this.#schema, path);
    const place = this.#document.place(path);
    if (path.length === 0) {
      const what = input === null ? "the file is empty" : `the file holds ${kindOf(input)}, not fields`;
      const isGlued = typeof input === "string" && input.includes(":");
      const fix = isGlued ? "Write a space after each colon." : `Write ${expected(schema)}.`;
      return new CodedError("invalid-value", what, fix, place);
    }
    const reason = issue.code === "custom" ? `: ${issue.message}` : "";
    const isEmpty = input === null || input === "";
    const shown = schema?.writeOnly ? "what stands here" : show(input);
    const what = `${nameOf(path)} ${isEmpty ? "has no value" : `cannot be ${shown}${reason}`}`;
    const meant = typeof input === "string" ? nearest(input, wordsOf(schema)) : undefined;
    const hint = meant === undefined ? "" : `Did you mean ${JSON.stringify(meant)}? `;
    const fix = `${hint}Write ${expected(schema)}${quotes(input, schema)}.${meaning(path, schema)}`;
    return new CodedError("invalid-value", what, fix, place);
  }
}

/** Of a union that nothing fitted, the complaints of the alternative that is at least of the right kind. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const fitting = issue.errors.find((issues) =>
    issues.every((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"),
  );
  if (!fitting) return [issue];
  return fitting.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
}

const isMissing = (issue: Issue): boolean => issue.input === undefined && issue.path.length > 0;

const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((key, i) => key === b[i]);

/** "port", or entry 2 of "security" */
function nameOf(path: Path): string {
  const key = path.at(-1)!;
  return typeof key === "number" ? `entry ${key + 1} of ${nameOf(path.slice(0, -1))}` : `"${String(key)}"`;
}

const inside = (path: Path): string => (path.length === 0 ? "" : ` in ${nameOf(path)}`);

/** A line that says what a field is for. */
const meaning = (path: Path, schema: JsonSchema | undefined): string =>
  schema?.description ? `\n${String(path.at(-1))}: ${schema.description}` : "";

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  return typeof input === "object" ? "fields" : show(input);
}

function show(input: unknown): string {
  const text = typeof input === "number" ? String(input) : (JSON.stringify(input) ?? String(input));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** YAML tells numbers from text by quotes, which people forget. */
function quotes(input: unknown, schema: JsonSchema | undefined): string {
  const isNumeric = typeof input === "string" && input.trim() !== "" && Number.isFinite(Number(input));
  if (isNumeric && /integer|number/.test(schema?.type ?? "")) return ", without quotes";
  const isBare = typeof input === "number" || typeof input === "boolean";
  return isBare && schema?.type === "string" && !schema.examples ? " (a number needs quotes then)" : "";
}
