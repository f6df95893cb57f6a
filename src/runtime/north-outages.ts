import type { ActionWindow, UnitOutage } from "../oracle/outages.ts";
import type { Absence } from "../protocol/mqtt/listener.ts";

/** A time in which the gateway, or the broker behind it, was not there, for the record. */
export interface NorthOutage {
  /** Plant time, seconds */
  readonly begin_s: number;
  /** Seconds; up to the end of the run when it lasted */
  readonly length_s: number;
  readonly seenBy: "devices" | "our listener";
  /** Units whose devices saw it, and the first of them */
  readonly units: number;
  readonly first: readonly string[];
  /** What was seen: "no-answer", "messages-refused" … */
  readonly reason: string;
  /** The gateway, a fault of ours on the link, or a command of the scenario by its id */
  readonly cause: string;
}

/** Units that an outage names. */
const NAMED_MAX = 3;

interface Span {
  readonly start_ms: number;
  readonly end_ms: number;
}

/** Outages that overlap and have one cause are one outage of several units. */
export function outagesOf(
  seen: readonly UnitOutage[],
  absences: readonly Absence[],
  windows: readonly ActionWindow[],
  { start_ms, end_ms }: Span,
): readonly NorthOutage[] {
  const at = (from_ms: number, to_ms: number): Pick<NorthOutage, "begin_s" | "length_s"> => ({
    begin_s: Math.round(from_ms - start_ms) / 1000,
    length_s: Math.max(0, Math.round(Math.min(to_ms, end_ms) - from_ms)) / 1000,
  });
  const ofDevices = merged(seen).map(({ units, reason, from_ms, to_ms, cause }) => ({
    ...at(from_ms, to_ms),
    seenBy: "devices" as const,
    units: units.length,
    first: units.slice(0, NAMED_MAX),
    reason,
    cause,
  }));
  const ofListener = absences
    .filter(({ from_ms }) => from_ms <= end_ms)
    .map(({ from_ms, to_ms }) => ({
      ...at(from_ms, to_ms),
      seenBy: "our listener" as const,
      units: 0,
      first: [],
      reason: "connection-lost",
      cause: windows.find((it) => it.from_ms <= from_ms && it.to_ms >= from_ms)?.id ?? "unknown",
    }));
  return [...ofDevices, ...ofListener].sort((a, b) => a.begin_s - b.begin_s);
}

interface Merged {
  readonly units: string[];
  readonly reason: string;
  readonly cause: string;
  readonly from_ms: number;
  to_ms: number;
}

function merged(seen: readonly UnitOutage[]): readonly Merged[] {
  const all: Merged[] = [];
  for (const { unit, reason, from_ms, to_ms, culprit, action } of [...seen].sort(
    (a, b) => a.from_ms - b.from_ms,
  )) {
    const cause = action ?? culprit;
    const same = all.find((it) => it.cause === cause && it.reason === reason && it.to_ms >= from_ms);
    if (!same) {
      all.push({ units: [unit], reason, cause, from_ms, to_ms });
      continue;
    }
    if (!same.units.includes(unit)) same.units.push(unit);
    same.to_ms = Math.max(same.to_ms, to_ms);
  }
  return all;
}
