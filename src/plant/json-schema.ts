/** The parts of JSON Schema that say what would be right. */
export interface JsonSchema {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  /** Of what is secret */
  readonly writeOnly?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The schema of what stands at a path, without those alternatives that have nothing there. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  for (const alternative of alternativesOf(schema)) {
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

/** Fields that a map of this schema may have. */
export const fieldsOf = (schema: JsonSchema | undefined): string[] =>
  schema ? alternativesOf(schema).flatMap((it) => Object.keys(it.properties ?? {})) : [];

/** The words of which a value must be one, if it must. */
export const wordsOf = (schema: JsonSchema | undefined): string[] =>
  schema
    ? alternativesOf(schema)
        .flatMap((it) => it.enum ?? (it.const === undefined ? [] : [it.const]))
        .filter((word) => typeof word === "string")
    : [];

/** What may stand there, in words: "a whole number from 1 to 65535". */
export function expected(schema: JsonSchema | undefined): string {
  if (!schema) return "what the schema says";
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map(expected).join(", or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return either(schema.enum);
  switch (schema.type) {
    case "integer":
      return `a whole number${range(schema)}`;
    case "number":
      return `a number${range(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list${entriesOf(schema)}${suchAs(schema)}`;
    case "object":
      return `the fields ${(schema.required ?? Object.keys(schema.properties ?? {})).join(", ")}`;
    case "string":
      return `text${schema.maxLength ? ` of at most ${schema.maxLength} characters` : ""}${suchAs(schema)}`;
    default:
      return "what the schema says";
  }
}

const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  schema.anyOf ?? schema.oneOf ?? [schema];

function range({ minimum = -Infinity, maximum = Infinity, exclusiveMinimum }: JsonSchema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  // JSON Schema writes out how far whole numbers are exact, which nobody needs to be told.
  const [from, to] = [minimum > Number.MIN_SAFE_INTEGER, maximum < Number.MAX_SAFE_INTEGER];
  if (from && to) return ` from ${minimum} to ${maximum}`;
  return from ? `, ${minimum} or more` : to ? `, at most ${maximum}` : "";
}

function entriesOf({ minItems, maxItems }: JsonSchema): string {
  if (maxItems) return ` of ${minItems ?? 0} to ${maxItems} entries`;
  return minItems ? " with at least one entry" : "";
}

const suchAs = ({ examples = [] }: JsonSchema): string =>
  examples.length === 0 ? "" : ` such as ${either(examples)}`;

function either(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  const last = texts.pop()!;
  return texts.length === 0 ? last : `${texts.join(", ")} or ${last}`;
}
