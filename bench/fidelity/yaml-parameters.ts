import { isMap, isPair, isScalar, parseDocument, type Node } from "yaml";

/** A number of a model file as people read it. */
interface Value {
  /** Without its unit: "inertia" */
  readonly name: string;
  readonly value: string;
  /** "kg·m²", from the key's suffix; empty without one. */
  readonly unit: string;
}

/** A line of a model file: one number, or those that stand in braces together. */
export interface Parameter {
  readonly name: string;
  readonly values: readonly Value[];
  /** Behind it or above it; empty without one. It is said of the line, not of each number in it. */
  readonly comment: string;
}

/** A block of a model file, or all that stands in no block. */
export interface Section {
  readonly title: string;
  /** Said of all its parameters. */
  readonly comment: string;
  readonly parameters: readonly Parameter[];
}

/** How suffixes of keys are written in print. */
const UNITS: Readonly<Record<string, string>> = {
  rpm: "r/min",
  kw: "kW",
  kg: "kg",
  n: "N",
  nm: "N·m",
  mm: "mm",
  um: "µm",
  s: "s",
  min: "min",
  k: "K",
  c: "°C",
  bar: "bar",
  deg: "°",
  kg_m2: "kg·m²",
  kw_rpm: "kW/(r/min)",
  kw_rpm2: "kW/(r/min)²",
  mm_s: "mm/s",
  mm_min: "mm/min",
  deg_min: "°/min",
  m_s2: "m/s²",
  m_s3: "m/s³",
  deg_s2: "°/s²",
  deg_s3: "°/s³",
  m_min: "m/min",
  m_min_mm: "m/min/mm",
  "1_min": "1/min",
  percent_h: "%/h",
  n_mm2: "N/mm²",
};

/** The comment above a file's first key, which holds for all of it. */
export function headComment(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return tidy(lines.slice(0, end).join("\n"));
}

/**
 * A model file's numbers, in its order.
 *
 * @param skip  keys at the top that are no physics: nameplate, title
 */
export function yamlSections(text: string, skip: ReadonlySet<string>): Section[] {
  const sections: Section[] = [];
  const loose: Parameter[] = [];
  for (const { key, value, comment } of entries(parseDocument(text).contents)) {
    if (skip.has(key)) continue;
    if (!isMap(value) || value.flow) {
      loose.push(parameter(key, value, comment));
      continue;
    }
    const inner = entries(value);
    // What stands above a block's first key is said of the block.
    const said = join(comment, value.commentBefore);
    const parameters = inner.map((it) => parameter(it.key, it.value, it.comment));
    sections.push({ title: key, comment: said, parameters });
  }
  return [...sections, { title: "other", comment: "", parameters: loose }];
}

interface Entry {
  readonly key: string;
  readonly value: Node | null;
  readonly comment: string;
}

function entries(node: Node | null): Entry[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    if (!isPair(pair) || !isScalar(pair.key)) return [];
    const value = pair.value as Node | null;
    const behind = isMap(value) && !value.flow ? undefined : value?.comment;
    return [{ key: String(pair.key.value), value, comment: join(pair.key.commentBefore, behind) }];
  });
}

function parameter(key: string, node: Node | null, comment: string): Parameter {
  const inner = entries(node);
  const { name } = split(key);
  if (inner.length === 0) return { name, values: [value(key, node)], comment };
  const values = inner.flatMap((it) => {
    const deeper = entries(it.value);
    const named = (below: Entry): Value => ({
      ...value(below.key, below.value),
      name: `${it.key} ${split(below.key).name}`,
    });
    return deeper.length === 0 ? [value(it.key, it.value)] : deeper.map(named);
  });
  return { name, values, comment };
}

const value = (key: string, node: Node | null): Value => ({
  ...split(key),
  value: isScalar(node) ? String(node.value) : String(node),
});

/** "speedMax_rpm" -> "speedMax" in r/min */
function split(key: string): { name: string; unit: string } {
  const [name = "", ...suffix] = key.split("_");
  const code = suffix.join("_");
  return { name, unit: UNITS[code] ?? code };
}

const tidy = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*#?\s*/, ""))
    .join(" ")
    .trim();

const join = (...comments: (string | null | undefined)[]): string =>
  comments
    .map((it) => tidy(it ?? ""))
    .filter((it) => it !== "")
    .join("; ");
