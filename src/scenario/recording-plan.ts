import { parsePredicate } from "./predicate.ts";
import type { Plan, PlannedUnit } from "./plan.ts";
import { joinSeries, type RecordingPlan, type SeriesPlan } from "./recording.ts";

/** Units whose states are kept; those are chosen to be shown in which something went wrong. */
const UNITS_MAX = 200;
/** Series of a run that checks read: any of their units may be the one that fails. */
const SERIES_MAX = 1024;
/** Units of which a signal is kept that is drawn whatever happens. */
const UNITS_OF_SIGNAL_MAX = 8;
/** What is kept when nobody reads or asks for anything. */
const DEFAULT_SIGNALS = ["spindle-load", "spindle-temperature"];
const DEFAULT_UNITS = 4;

/** The signal that a metric adds up. */
const SIGNAL_OF_METRIC: Readonly<Record<string, string>> = {
  "twin.parts_produced": "parts-produced",
  "twin.parts_scrapped": "parts-scrapped",
  "twin.energy_kwh": "energy",
};

/** Chooses what a report of a plan may want to show; units that the scenario does something to come first. */
export function planRecording(plan: Plan): RecordingPlan {
  const units = [...plan.units].sort((a, b) => Number(isHit(b)) - Number(isHit(a)));
  const some = units.slice(0, UNITS_OF_SIGNAL_MAX);
  const wishes = [
    ...(plan.report.signals ?? []).flatMap((signal) => wish(some, signal, { isAsked: true })),
    ...DEFAULT_SIGNALS.flatMap((it) => wish(units.slice(0, DEFAULT_UNITS), it, { isDefault: true })),
    ...plan.thresholds.flatMap((text) => {
      const signal = SIGNAL_OF_METRIC[text.trim().split(/\s/)[0]!];
      return signal === undefined ? [] : wish(some, signal, { readBy: [text] });
    }),
    ...wishesOfChecks(plan, units),
  ];
  const names = units.slice(0, UNITS_MAX).map(({ name }) => name);
  return { units: new Set(names), series: joinSeries(wishes).slice(0, SERIES_MAX) };
}

/** Every check gets its share of the series. */
function wishesOfChecks(plan: Plan, units: readonly PlannedUnit[]): SeriesPlan[] {
  const reads = plan.checks.flatMap(({ name, predicate, demand }, check) =>
    signalsOf(predicate, demand.word === "count").map((signal) => ({ name, check, signal })),
  );
  const share = Math.max(UNITS_OF_SIGNAL_MAX, Math.floor(SERIES_MAX / Math.max(1, reads.length)));
  return reads.flatMap(({ name, check, signal }) => {
    const judged = units.filter(({ checks }) => checks.includes(check));
    return wish(judged.slice(0, share), signal, { readBy: [name] });
  });
}

const wish = (
  units: readonly PlannedUnit[],
  signal: string,
  why: Partial<Omit<SeriesPlan, "unit" | "signal">>,
): SeriesPlan[] =>
  units.map(({ name }) => ({
    ...{ unit: name, signal, readBy: [], isAsked: false, isDefault: false },
    ...why,
  }));

const isHit = ({ faults, timeline, wireFaults }: PlannedUnit): boolean =>
  faults.length + timeline.faults.length + wireFaults.length > 0;

/** Numbers that a predicate reads, and conditions, which stand for the signals that they judge. */
function signalsOf(predicate: string, ofEvent: boolean): string[] {
  const { references } = parsePredicate(predicate, ofEvent);
  const numbers = references.filter(({ of }) =>
    ["signals", "published", "truth", "counters", "conditions"].includes(of),
  );
  return [...new Set(numbers.map(({ id }) => id))];
}
