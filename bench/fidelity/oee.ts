/** A while in which a machine was in one state. */
export interface Spell {
  readonly state: string;
  readonly from_s: number;
  readonly to_s: number;
}

/** What a machine has made of its time, in the terms of ISO 22400-2. */
export interface Effectiveness {
  /** Actual production time over planned busy time. */
  readonly availability: number;
  /** Planned run time of what was made over actual production time. */
  readonly performance: number;
  /** Good parts over all. */
  readonly quality: number;
  readonly oee: number;
  /** Planned busy time, s. */
  readonly planned_s: number;
  /** Of the planned busy time, what it was lost to, s. */
  readonly lost_s: Readonly<Record<Loss, number>>;
}

export const LOSSES = ["set-up", "tools", "breakdown", "waiting"] as const;
export type Loss = (typeof LOSSES)[number];

/** Stops that are shorter are losses of performance, as ISO 22400 has it. */
export const MICRO_STOP_S = 300;

/** Nobody has planned to produce. */
const UNPLANNED = new Set(["Off", "Break"]);
const PRODUCING = new Set(["Loading", "ToolChange", "Rapid", "Cutting", "Unloading"]);
/** Losses of availability however short they are: they are no disturbance but work on the machine. */
const ALWAYS: Readonly<Record<string, Loss>> = { SetUp: "set-up", WarmUp: "set-up", ToolService: "tools" };
const BREAKDOWN = new Set(["Alarm", "Repair"]);

/**
 * @param spells      one after the other, without gaps
 * @param designed_s  planned run time of all parts that were made: sum of their design cycles
 */
export function effectiveness(
  spells: readonly Spell[],
  parts: { readonly good: number; readonly scrapped: number },
  designed_s: number,
): Effectiveness {
  const lost_s: Record<Loss, number> = { "set-up": 0, tools: 0, breakdown: 0, waiting: 0 };
  let [planned_s, producing_s] = [0, 0];
  for (const stop of stops(spells)) {
    const { span_s, kind, broken } = stop;
    if (kind === "unplanned") continue;
    planned_s += span_s;
    if (kind === "producing" || (kind === "stop" && span_s < MICRO_STOP_S)) producing_s += span_s;
    else lost_s[kind === "stop" ? (broken ? "breakdown" : "waiting") : kind] += span_s;
  }
  const made = parts.good + parts.scrapped;
  const availability = producing_s / planned_s;
  const performance = designed_s / producing_s;
  const quality = parts.good / made;
  return { availability, performance, quality, oee: availability * performance * quality, planned_s, lost_s };
}

type Kind = "unplanned" | "producing" | "stop" | Loss;

interface Stop {
  kind: Kind;
  span_s: number;
  /** An alarm or a repair was part of it. */
  broken: boolean;
}

/** Spells of the same kind as one: a stop is as long as the machine stands, whatever it shows meanwhile. */
function stops(spells: readonly Spell[]): Stop[] {
  const merged: Stop[] = [];
  for (const { state, from_s, to_s } of spells) {
    const kind = kindOf(state);
    const last = merged[merged.length - 1];
    const current = last?.kind === kind ? last : { kind, span_s: 0, broken: false };
    if (current !== last) merged.push(current);
    current.span_s += to_s - from_s;
    current.broken ||= BREAKDOWN.has(state);
  }
  return merged;
}

function kindOf(state: string): Kind {
  if (UNPLANNED.has(state)) return "unplanned";
  return PRODUCING.has(state) ? "producing" : (ALWAYS[state] ?? "stop");
}
