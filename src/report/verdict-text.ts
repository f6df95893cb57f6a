import type { CheckOutcome, Evidence, RunResult, ThresholdOutcome } from "../runtime/result.ts";

/** To the millisecond, as the plant's clock on the wire. */
export const plantTime = (time_s: number): string => `${time_s.toFixed(3)} s`;

/** "1 command", "2 commands". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** How much of it was judged, and how much has failed. */
export function explainCheck({ reason, units, judged, failed }: CheckOutcome): string {
  // Some checks are about no unit, but the system under test.
  const where = units === 0 ? "" : ` on ${counted(units, "unit")}`;
  const windows = `${counted(judged, "window")}${where}`;
  return failed > 0 ? `${failed} of ${windows}` : reason === "" ? windows : `never judged: ${reason}`;
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

/** What a check saw when it failed, with the unit's last events. */
export function formatEvidence({ unit, time_s, why, saw, events }: Evidence): string[] {
  const values = Object.entries(saw).map(([title, value]) => `${title} = ${JSON.stringify(value)}`);
  return [
    `${unit} at ${plantTime(time_s)}: ${why}`,
    ...(values.length > 0 ? [`  saw ${values.join(", ")}`] : []),
    ...events.map((event) => `  ${plantTime(event.time_s).padStart(12)}  ${event.message}`),
  ];
}
