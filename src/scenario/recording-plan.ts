import { parsePredicate } from "./predicate.ts";
import type { Plan, PlannedUnit } from "./plan.ts";
import type { RecordingPlan, SeriesPlan } from "./recording.ts";

/** Units whose states are kept; those are chosen to be shown in which something went wrong. */
const UNITS_MAX = 200;
/** Series of a run, and units of which one signal is kept: what is sampled takes its time. */
const SERIES_MAX = 64;
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
  const wishes = [
    ...(plan.report.signals ?? []).flatMap((signal) => wish(units, signal, { isAsked: true })),
    ...DEFAULT_SIGNALS.flatMap((it) => wish(units.slice(0, DEFAULT_UNITS), it, { isDefault: true })),
    ...plan.checks.flatMap(({ name, predicate, demand }, i) => {
      const judged = units.filter(({ checks }) => checks.includes(i));
      const signals = signalsOf(predicate, demand.word === "count");
      return signals.flatMap((signal) => wish(judged, signal, { readBy: [name] }));
    }),
    ...plan.thresholds.flatMap((text) => {
      const signal = SIGNAL_OF_METRIC[text.trim().split(/\s/)[0]!];
      return signal === undefined ? [] : wish(units, signal, { readBy: [text] });
    }),
  ];
  const names = units.slice(0, UNITS_MAX).map(({ name }) => name);
  return { units: new Set(names), series: join(wishes).slice(0, SERIES_MAX) };
}

const wish = (
  units: readonly PlannedUnit[],
  signal: string,
  why: Partial<Omit<SeriesPlan, "unit" | "signal">>,
): SeriesPlan[] =>
  units.slice(0, UNITS_OF_SIGNAL_MAX).map(({ name }) => ({
    ...{ unit: name, signal, readBy: [], isAsked: false, isDefault: false },
    ...why,
  }));

/** What several want is kept once. */
function join(wishes: readonly SeriesPlan[]): SeriesPlan[] {
  const joined = new Map<string, SeriesPlan>();
  for (const wished of wishes) {
    const key = `${wished.unit} ${wished.signal}`;
    const known = joined.get(key);
    if (!known) joined.set(key, wished);
    else
      joined.set(key, {
        ...known,
        readBy: [...new Set([...known.readBy, ...wished.readBy])],
        isAsked: known.isAsked || wished.isAsked,
        isDefault: known.isDefault || wished.isDefault,
      });
  }
  return [...joined.values()];
}

const isHit = ({ faults, timeline, wireFaults }: PlannedUnit): boolean =>
  faults.length + timeline.faults.length + wireFaults.length > 0;

/** Numbers that a predicate reads. */
function signalsOf(predicate: string, ofEvent: boolean): string[] {
  const { references } = parsePredicate(predicate, ofEvent);
  const numbers = references.filter(({ of }) => ["signals", "published", "truth", "counters"].includes(of));
  return [...new Set(numbers.map(({ id }) => id))];
}
