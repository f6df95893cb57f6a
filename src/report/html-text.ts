/** Words and marks for pages. Whatever comes from a user's files goes through `escapeHtml`. */

import { printable } from "../errors.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as text, in an element and in an attribute; controls, also of the direction of writing, become escapes. */
export const escapeHtml = (text: string): string =>
  text
    .split("\n")
    .map(printable)
    .join("\n")
    .replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!);

/** Data for a script of the page, which no text in it can end. */
export const escapeJson = (data: unknown): string =>
  JSON.stringify(data, (_key, value: unknown) =>
    typeof value === "string" ? printable(value) : value,
  ).replaceAll("<", "\\u003c");

/** A table; cells are HTML already. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  className = "",
): string {
  const head = heads.map((it) => `<th scope="col">${it}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((it) => `<td>${it}</td>`).join("")}</tr>`).join("\n");
  return `<div class="scroll"><table class="${className}"><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Plant time as a clock of the run shows it: "0:42", "1:07:30", "2 d 06:00:00", with parts of a second if it has any. */
export function clock(time_s: number): string {
  const millis = Math.round(time_s * 1000);
  const [days, rest] = [Math.floor(millis / 86_400_000), millis % 86_400_000];
  const [hours, minutes] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const seconds = (rest / 1000) % 60;
  const parts = rest % 1000 === 0 ? 0 : 3;
  const two = (count: number): string => String(count).padStart(2, "0");
  const tail = seconds.toFixed(parts).padStart(parts === 0 ? 2 : 3 + parts, "0");
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}:${tail}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
