import type { ChronicleEntry } from "../../src/equipment/chronicle.ts";
import { Digest } from "../../src/engine/digest.ts";
import { demoPlant } from "../support/demo-plant.ts";

/** Plant time that the trace covers: more than a part of every program. */
const TRACE_S = 1200;

/** Two hexadecimal digits an entry, of a digest over all entries up to it; cells in order, one a line. */
export type Trace = ReadonlyMap<string, string>;

/** Runs the demo's beginning; `onEntry` hears the n-th entry of a cell. */
export function traceDemo(
  onEntry: (cell: string, n: number, entry: ChronicleEntry) => void = () => undefined,
): Trace {
  const plant = demoPlant(42);
  const marks = new Map<string, string[]>();
  for (const { name } of plant.units) {
    const own: string[] = [];
    const digest = new Digest();
    marks.set(name, own);
    plant.trace(name, (entry) => {
      digest.text(entry.id).number(entry.time_s).text(JSON.stringify(entry.values));
      onEntry(name, own.length, entry);
      own.push(digest.hex.slice(-2));
    });
  }
  plant.advance(TRACE_S);
  return new Map([...marks].map(([cell, own]) => [cell, own.join("")]));
}

export function formatTrace(trace: Trace): string {
  return [...trace].map(([cell, marks]) => `${cell} ${marks}\n`).join("");
}

export function parseTrace(text: string): Trace {
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
}

/** By cell, the number of its first entry that is not as recorded; cells that agree are missing. */
export function firstDifferences(recorded: Trace, present: Trace): Map<string, number> {
  const differences = new Map<string, number>();
  for (const cell of new Set([...recorded.keys(), ...present.keys()])) {
    const [was, is] = [recorded.get(cell) ?? "", present.get(cell) ?? ""];
    let at = 0;
    while (at < was.length && at < is.length && was.slice(at, at + 2) === is.slice(at, at + 2)) at += 2;
    if (was !== is) differences.set(cell, at / 2);
  }
  return differences;
}
