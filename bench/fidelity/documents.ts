import { format, resolveConfig } from "prettier";

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
