import { writeFileSync } from "node:fs";

/** What a row must reach. */
export type Gate =
  | { readonly kind: "times faster"; readonly atLeast: number }
  | { readonly kind: "times the cost"; readonly atMost: number }
  | { readonly kind: "ns"; readonly atMost: number }
  | { readonly kind: "MB"; readonly atMost: number };

/** What a row has measured, in nanoseconds an operation. */
export interface Figures {
  readonly candidate_ns: number;
  /** Highest resident memory of the row's process. */
  readonly memory_mb?: number;
  readonly baseline_ns?: number;
  /** Median over rounds of baseline / candidate, each pair measured back to back. */
  readonly speedup?: number;
  /** Why the row could not be measured; it is not judged then. */
  readonly missing?: string;
  /** What else is worth knowing; printed at the end of the row. */
  readonly note?: string;
}

export interface Row {
  readonly what: string;
  readonly baseline?: string;
  /** A row without a gate is for the record. */
  readonly gate?: Gate;
  measure(): Figures | Promise<Figures>;
}

export type Verdict = "held" | "missed" | "not judged";

export interface Judged {
  readonly what: string;
  readonly baseline: string;
  readonly figures: Figures;
  readonly gate: string;
  readonly verdict: Verdict;
}

export function judge(row: Row, figures: Figures): Judged {
  const { what, baseline = "", gate } = row;
  const verdict =
    !gate || figures.missing !== undefined ? "not judged" : holds(gate, figures) ? "held" : "missed";
  return { what, baseline, figures, gate: gate ? gateText(gate) : "", verdict };
}

function holds(gate: Gate, { candidate_ns, memory_mb = NaN, speedup = NaN }: Figures): boolean {
  if (gate.kind === "ns") return candidate_ns <= gate.atMost;
  if (gate.kind === "MB") return memory_mb <= gate.atMost;
  return gate.kind === "times faster" ? speedup >= gate.atLeast : 1 / speedup <= gate.atMost;
}

function gateText(gate: Gate): string {
  if (gate.kind === "ns" || gate.kind === "MB") return `at most ${gate.atMost} ${gate.kind}`;
  return gate.kind === "times faster" ? `at least ${gate.atLeast} x` : `at most ${gate.atMost} x the cost`;
}

const HEADINGS = ["what", "ns", "baseline", "ns", "times", "gate", "verdict"];
const NUMERIC = new Set([1, 3, 4]);

/** Prints rows as they come in, under one heading. */
export class Table {
  readonly #judged: Judged[] = [];
  readonly #widths: readonly number[];

  constructor(rows: readonly Row[]) {
    const widest = (texts: string[]): number => Math.max(...texts.map((text) => text.length));
    this.#widths = [
      widest(rows.map((row) => row.what)),
      7,
      widest(["baseline", ...rows.map((row) => row.baseline ?? "")]),
      7,
      6,
      widest(rows.map((row) => (row.gate ? gateText(row.gate) : ""))),
      0,
    ];
    this.#print(HEADINGS);
  }

  add(judged: Judged): void {
    this.#judged.push(judged);
    const { what, baseline, figures, gate, verdict } = judged;
    const { candidate_ns, baseline_ns, speedup, missing, note } = figures;
    const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "";
    const end = [gate === "" ? "" : verdict, missing ?? "", note ?? ""].filter((text) => text !== "");
    this.#print([
      what,
      number(candidate_ns, 1),
      baseline,
      number(baseline_ns, 1),
      number(speedup, 2),
      gate,
      end.join(": "),
    ]);
  }

  /** Prints how many gates held. @returns whether all that were judged did */
  close(jsonFile: string | undefined): boolean {
    const count = (verdict: Verdict): number => this.#judged.filter((it) => it.verdict === verdict).length;
    if (jsonFile !== undefined) {
      const { version, arch, platform } = process;
      writeFileSync(
        jsonFile,
        `${JSON.stringify({ node: version, platform, arch, rows: this.#judged }, null, 2)}\n`,
      );
    }
    console.log(`gates: ${count("held")} held, ${count("missed")} missed`);
    return count("missed") === 0;
  }

  #print(cells: readonly string[]): void {
    const padded = cells.map((cell, i) =>
      NUMERIC.has(i) ? cell.padStart(this.#widths[i]!) : cell.padEnd(this.#widths[i]!),
    );
    console.log(padded.join("  ").trimEnd());
  }
}
