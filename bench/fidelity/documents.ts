import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { markdownTable, type FidelityRow } from "./table.ts";

const FIDELITY = new URL("../../docs/fidelity.md", import.meta.url);

/** Markdown as `npm run format` leaves it. */
export async function formatDocument(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: "markdown" });
}

/** Puts text between a document's markers, which stay. @throws Error when they are not there */
export function fillBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no markers for ${name}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

/** Puts a table into docs/fidelity.md, between the markers of its name. */
export async function writeTable(
  name: string,
  sections: readonly { readonly title: string; readonly rows: readonly FidelityRow[] }[],
): Promise<void> {
  const text = sections.map(({ title, rows }) => `### ${title}\n\n${markdownTable(rows)}`).join("\n\n");
  const document = fillBetween(readFileSync(FIDELITY, "utf8"), name, text);
  writeFileSync(FIDELITY, await formatDocument(document));
}
