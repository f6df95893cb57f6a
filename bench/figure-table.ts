import { writeFileSync } from "node:fs";

export interface Figure {
  readonly what: string;
  /** NaN when it could not be measured, which holds no gate */
  readonly figure: number;
  readonly unit: string;
  /** A row without a gate is for the record. */
  readonly gate?: { readonly atMost: number } | { readonly atLeast: number };
}

const WHAT_WIDTH = 68;

const holds = ({ gate, figure }: Figure): boolean =>
  !gate || ("atMost" in gate ? figure <= gate.atMost : figure >= gate.atLeast);

/** Prints figures of any unit as they come in, and at the end how many gates held. */
export class FigureTable {
  readonly #rows: Figure[] = [];

  add(...rows: readonly Figure[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      const { what, figure, unit, gate } = row;
      const limit = !gate ? "" : "atMost" in gate ? `at most ${gate.atMost}` : `at least ${gate.atLeast}`;
      const verdict = gate ? (holds(row) ? "held" : "missed") : "";
      const cells = [
        what.padEnd(WHAT_WIDTH),
        figure.toFixed(2).padStart(10),
        unit.padEnd(5),
        limit.padEnd(14),
        verdict,
      ];
      console.log(cells.join(" ").trimEnd());
    }
  }

  /** @returns whether all gates held */
  close(jsonFile: string | undefined): boolean {
    const gated = this.#rows.filter((row) => row.gate);
    const held = gated.filter(holds).length;
    if (jsonFile !== undefined) {
      const { version, arch, platform } = process;
      const rows = this.#rows.map((row) => ({ ...row, holds: holds(row) }));
      writeFileSync(jsonFile, `${JSON.stringify({ node: version, platform, arch, rows }, null, 2)}\n`);
    }
    console.log(`gates: ${held} held, ${gated.length - held} missed`);
    return held === gated.length;
  }
}
