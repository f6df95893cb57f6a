import { writeFileSync } from "node:fs";

/** One line of a fidelity table: a figure of the simulated machines, and where it has to be. */
export interface FidelityRow {
  /** Of the scorecard, or of the experiment: "C1" */
  readonly id: string;
  readonly what: string;
  /** NaN when it could not be measured, which holds no gate. */
  readonly value: number;
  /** What it is held against, as people write it: "0.109 ± 0.03" */
  readonly target: string;
  /** Both inclusive; a row without them is for the record. */
  readonly band?: readonly [low: number, high: number];
  /** 1 on target, 0 at the edge of the tolerance. */
  readonly score?: number;
  /** Whether a parameter was chosen to meet it; missing where that question makes no sense. */
  readonly fitted?: boolean;
  /** Where the target is from, or why it is expected. */
  readonly source: string;
}

/** Clips 1 − |m − target| / tolerance to 0 to 1: the scorecard's score. */
export function score(value: number, target: number, tolerance: number): number {
  return Math.min(1, Math.max(0, 1 - Math.abs(value - target) / tolerance));
}

type Head = Pick<FidelityRow, "id" | "what" | "value" | "source" | "fitted">;

/** A row with a target and an absolute tolerance. */
export function near(head: Head, target: number, tolerance: number): FidelityRow {
  return {
    ...head,
    target: `${plain(target)} ± ${plain(tolerance)}`,
    band: [target - tolerance, target + tolerance],
    score: score(head.value, target, tolerance),
  };
}

/** A row that has to be inside a band, without a best place in it. */
export function inside(head: Head, low: number, high: number): FidelityRow {
  const target =
    high === Infinity
      ? `≥ ${plain(low)}`
      : low === -Infinity
        ? `≤ ${plain(high)}`
        : `${plain(low)} … ${plain(high)}`;
  return { ...head, target, band: [low, high] };
}

/** At most five digits that say something: 0.109, 8.3, 12000 */
export function plain(value: number): string {
  if (Number.isNaN(value)) return "none";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  return String(Number(value.toFixed(digits)));
}

export type Verdict = "inside" | "outside" | "absent" | "";

export function verdictOf({ value, band }: FidelityRow): Verdict {
  if (!band) return "";
  if (Number.isNaN(value)) return "absent";
  return value >= band[0] && value <= band[1] ? "inside" : "outside";
}

const fittedText = ({ fitted }: FidelityRow): string =>
  fitted === undefined ? "" : fitted ? "fitted" : "free";
const scoreText = ({ score: reached, value }: FidelityRow): string =>
  reached === undefined || Number.isNaN(value) ? "" : reached.toFixed(2);

const WIDTHS = { id: 5, what: 62, value: 9, target: 17, score: 5, fitted: 6 } as const;

/** Prints rows as they come in, and at the end how many gates held. */
export class FidelityTable {
  readonly sections: { readonly title: string; readonly rows: FidelityRow[] }[] = [];

  get rows(): FidelityRow[] {
    return this.sections.flatMap(({ rows }) => rows);
  }

  /** What the rows that follow were measured on. */
  heading(title: string): void {
    this.sections.push({ title, rows: [] });
    console.log(`\n${title}`);
  }

  add(...rows: readonly FidelityRow[]): void {
    for (const row of rows) {
      this.sections[this.sections.length - 1]!.rows.push(row);
      const cells = [
        row.id.padEnd(WIDTHS.id),
        row.what.padEnd(WIDTHS.what),
        plain(row.value).padStart(WIDTHS.value),
        row.target.padEnd(WIDTHS.target),
        scoreText(row).padStart(WIDTHS.score),
        fittedText(row).padEnd(WIDTHS.fitted),
        verdictOf(row),
      ];
      console.log(cells.join("  ").trimEnd());
    }
  }

  /** @returns whether all gates held */
  close(jsonFile: string | undefined): boolean {
    const gated = this.rows.filter((row) => row.band);
    const held = gated.filter((row) => verdictOf(row) === "inside").length;
    if (jsonFile !== undefined) {
      const rows = this.rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
      writeFileSync(jsonFile, `${JSON.stringify({ rows }, null, 2)}\n`);
    }
    console.log(`gates: ${held} held, ${gated.length - held} missed`);
    return held === gated.length;
  }
}

/** The rows as a table for a document. */
export function markdownTable(rows: readonly FidelityRow[]): string {
  const head = ["id", "statistic", "value", "target", "score", "parameters", "verdict", "source"];
  const cells = rows.map((row) => [
    ...[row.id, row.what, plain(row.value), row.target, scoreText(row), fittedText(row)],
    ...[verdictOf(row), row.source],
  ]);
  return markdown(head, cells);
}

/** A table as prettier leaves it: every column as wide as its widest cell. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const texts = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((title, i) => Math.max(3, title.length, ...texts.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...texts.map(line)].join("\n");
}
