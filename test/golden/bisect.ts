/**
 * `npm run golden:bisect`: where the demo first does something else than what was recorded, and what. Entries
 * before the first difference are printed too, because they are its cause more often than not.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { firstDifferences, parseTrace, traceDemo } from "./trace.ts";

const SHOWN_BEFORE = 3;

const recorded = parseTrace(
  readFileSync(fileURLToPath(new URL("demo-42.trace.txt", import.meta.url)), "utf8"),
);
const differences = firstDifferences(recorded, traceDemo());
if (differences.size === 0)
  console.log("The trace is as recorded; a digest that differs does so after its end.");
traceDemo((cell, n, { time_s, id, values }) => {
  const first = differences.get(cell);
  if (first === undefined || n < first - SHOWN_BEFORE || n > first) return;
  const mark = n === first ? "first difference" : "as recorded";
  console.log(`${cell} entry ${n} at ${time_s} s, ${mark}: ${id} ${JSON.stringify(values)}`);
});
for (const [cell, first] of differences) {
  const entries = (recorded.get(cell) ?? "").length / 2;
  if (first >= entries) console.log(`${cell} has more entries than the ${entries} that were recorded`);
}
process.exitCode = differences.size === 0 ? 0 : 1;
