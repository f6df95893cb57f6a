import { parseDuration } from "./duration.ts";
import type { Complain } from "./demand-plan.ts";
import { selectorOf, type FaultSettings } from "./fault-schema.ts";

/** When something of the timeline happens on a unit. */
export interface Timing {
  /** Plant time, or how long after the event. */
  readonly at_s: number;
  /** From begin to begin; undefined for once. */
  readonly every_s: number | undefined;
  /** CEL: it counts from the first such event of the unit. */
  readonly event?: string;
  /** CEL: it happens only if this is so when the time comes. */
  readonly state?: string;
}

export type TimingSettings = Pick<FaultSettings, "id" | "at" | "after" | "every" | "on">;

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseDuration(text);

/**
 * Resolves when something begins, through the faults that it comes after.
 *
 * @param faults  of the scenario
 * @returns undefined when something is wrong with it
 */
export function planTiming(
  entry: TimingSettings,
  faults: readonly FaultSettings[],
  complain: Complain,
): Timing | undefined {
  const wrong = (what: string, fix: string): undefined => void complain(["after"], what, fix);
  let at_s = 0;
  const seen = new Set<TimingSettings>();
  for (let it: TimingSettings = entry; ;) {
    if (seen.has(it)) return wrong(`"after" of "${entry.id}" comes back to itself`, others(entry, faults));
    seen.add(it);
    at_s += seconds(it.at) ?? 0;
    const { after } = it;
    const { state } = selectorOf(entry.on);
    const every_s = seconds(entry.every);
    if (every_s === 0) return void complain(["every"], '"every" cannot be 0s', "Write a time above 0s.");
    const common = { at_s, every_s, ...(state === undefined ? {} : { state }) };
    if (after === undefined) return common;
    if (typeof after === "object") return { ...common, event: after.event };
    const before = faults.find(({ id }) => id === after);
    if (!before) return wrong(`there is no fault "${after}" to come after`, others(entry, faults));
    if (selectorOf(before.on).state !== undefined) {
      const fix = "Let both count from the same event or time, or leave out the other's `state`.";
      return wrong(`whether "${after}" begins is known only when its time comes`, fix);
    }
    it = before;
  }
}

function others(entry: TimingSettings, faults: readonly FaultSettings[]): string {
  const ids = faults.filter((other) => other !== entry).map(({ id }) => id);
  return `Write the id of another fault: ${ids.join(", ") || "there is none yet"}.`;
}

/** Whether it can be scheduled before anything happens. */
export const isFixed = ({ event, state }: Timing): boolean => event === undefined && state === undefined;
