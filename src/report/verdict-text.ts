import type { CheckOutcome, Evidence, RunResult, ThresholdOutcome } from "../runtime/result.ts";

/** To the millisecond, as the plant's clock on the wire. */
export const plantTime = (time_s: number): string => `${time_s.toFixed(3)} s`;

/** A seed of text stands in quotation marks where it could be taken for another one: for a number, or without a space. */
export const formatSeed = (seed: number | string): string =>
  typeof seed === "number" || /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(seed) ? String(seed) : JSON.stringify(seed);

/** "1 command", "2 commands". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What was wrong first, and how often something was; or how much of it was judged. */
export function explainCheck({ reason, units, judged, failed, evidence }: CheckOutcome): string {
  const windows = counted(judged, "window");
  if (failed > 0)
    return [`failed in ${failed} of ${windows}`, ...evidence.slice(0, 1).map(headOf)].join(": ");
  // Some checks are about no unit, but the system under test.
  const where = units === 0 ? "" : ` on ${counted(units, "unit")}`;
  return reason === "" ? `${windows}${where}` : `never judged: ${reason}`;
}

/** What its metric was, or why nothing can be said. */
export function explainThreshold(
  { text, verdict, value }: ThresholdOutcome,
  wireDemand: RunResult["wireDemand"],
): string {
  const how = value === undefined ? "there are no samples" : `it is ${Math.round(value * 1000) / 1000}`;
  const isWithoutWire = wireDemand === "left-out" && text.trimStart().startsWith("wire.");
  const open = isWithoutWire ? "there is no wire in this run" : "judged when all shards are merged";
  return verdict === "open" ? open : how;
}

/** "cnc-02 at 605.000 s: it was so at 605 s" */
const headOf = ({ unit, time_s, why }: Evidence): string => `${unit} at ${plantTime(time_s)}: ${why}`;

/** What a check saw when it failed, with the unit's last events. */
export function formatDetails({ saw, events }: Evidence): string[] {
  const values = Object.entries(saw).map(([title, value]) => `${title} = ${JSON.stringify(value)}`);
  return [
    ...(values.length > 0 ? [`  saw ${values.join(", ")}`] : []),
    ...events.map((event) => `  ${plantTime(event.time_s).padStart(12)}  ${event.message}`),
  ];
}

export const formatEvidence = (evidence: Evidence): string[] => [
  headOf(evidence),
  ...formatDetails(evidence),
];

/** All that a check saw, below `explainCheck`, which names the first failure. */
export const formatAllSeen = ([first, ...others]: readonly Evidence[]): string[] =>
  first ? [...formatDetails(first), ...others.flatMap(formatEvidence)] : [];
