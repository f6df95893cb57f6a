import type { Plant } from "../plant/plant.ts";
import type { UnitDescription, Value } from "../protocol/port.ts";
import {
  addWire,
  ATTENTION,
  type Attention,
  type View,
  type ViewQuery,
  type ViewRow,
  type WireCounts,
} from "./result.ts";
import { WORK_COLUMNS, type WorkBooks } from "./work-books.ts";

const STATE = "machine-state";

/**
 * A host's answer: its best `offset + limit` rows, from which `mergeViews` takes the page.
 *
 * @param about  what is not the plant's own: without books there are no columns of `WORK_COLUMNS`
 */
export function viewPlant(
  plant: Plant,
  wire: WireCounts,
  query: ViewQuery,
  { books, unreached = NOBODY_UNREACHED }: About = {},
): View {
  const { sort, group, text } = query;
  const wanted = new Set([...query.columns, STATE, ...(sort ? [sort.by] : [])]);
  const matching = plant.units.filter(
    (unit) =>
      (group === undefined || unit.group === group) &&
      (text === undefined || unit.name.toLowerCase().includes(text.toLowerCase())),
  );
  // Only what order and counts need of all of them, and the rest of those on the page.
  const candidates = matching.map((unit) => {
    const state = plant.peek(unit.name, STATE);
    const key = sort ? { [sort.by]: readOne(plant, books, unit.name, sort.by) } : {};
    return {
      unit,
      state: String(state ?? "-"),
      name: unit.name,
      values: key,
      ...attentionOf(plant, unit.name, state, unreached),
    };
  });
  const states: Record<string, number> = {};
  const attention = { ...NOBODY };
  for (const it of candidates) {
    states[it.state] = (states[it.state] ?? 0) + 1;
    attention[it.attention]++;
  }
  const best = candidates.sort(comparing(query)).slice(0, query.offset + query.limit);
  return {
    plantTime_s: plant.now_s,
    calendar_ms: plant.calendar_ms,
    units: plant.units.length,
    matching: matching.length,
    states,
    attention,
    rows: best.map(({ unit, attention, alarms }) => ({
      ...readRow(plant, books, unit, wanted),
      attention,
      alarms,
    })),
    wire,
  };
}

interface About {
  readonly books?: WorkBooks | undefined;
  /** Units that have lost their wire. */
  readonly unreached?: ReadonlySet<string>;
}

const NOBODY_UNREACHED: ReadonlySet<string> = new Set();

type Counts = Readonly<Record<Attention, number>>;
const NOBODY: Counts = { down: 0, alarmed: 0, unreached: 0, stopped: 0, none: 0 };

/** States in which a machine cannot work until somebody comes. */
const DOWN: ReadonlySet<unknown> = new Set(["Alarm", "Repair"]);
const STOPPED: ReadonlySet<unknown> = new Set(["Hold", "MicroStop"]);

function attentionOf(
  plant: Plant,
  unit: string,
  state: Value | undefined,
  unreached: ReadonlySet<string>,
): Pick<ViewRow, "attention" | "alarms"> {
  const alarms = plant.unit(unit).conditions.filter(({ active }) => active).length;
  if (DOWN.has(state)) return { attention: "down", alarms };
  if (alarms > 0) return { attention: "alarmed", alarms };
  if (unreached.has(unit)) return { attention: "unreached", alarms };
  return { attention: STOPPED.has(state) ? "stopped" : "none", alarms };
}

/** One page over the answers of all hosts. */
export function mergeViews(views: readonly View[], query: ViewQuery): View {
  const states: Record<string, number> = {};
  const attention = { ...NOBODY };
  for (const view of views) {
    for (const [state, count] of Object.entries(view.states)) states[state] = (states[state] ?? 0) + count;
    for (const kind of ATTENTION) attention[kind] += view.attention[kind];
  }
  const rows = views.flatMap((view) => view.rows).sort(comparing(query));
  return {
    plantTime_s: Math.max(...views.map((view) => view.plantTime_s)),
    calendar_ms: Math.max(...views.map((view) => view.calendar_ms)),
    units: views.reduce((sum, view) => sum + view.units, 0),
    matching: views.reduce((sum, view) => sum + view.matching, 0),
    states,
    attention,
    rows: rows.slice(query.offset, query.offset + query.limit),
    wire: addWire(views.map((view) => view.wire)),
  };
}

const readOne = (plant: Plant, books: WorkBooks | undefined, unit: string, id: string): Value | undefined =>
  WORK_COLUMNS[id] ? books && WORK_COLUMNS[id](books.of(unit)) : plant.peek(unit, id);

function readRow(
  plant: Plant,
  books: WorkBooks | undefined,
  unit: UnitDescription,
  wanted: ReadonlySet<string>,
): Pick<ViewRow, "name" | "group" | "values"> {
  const values: Record<string, Value> = {};
  for (const { id, signals } of unit.groups) {
    if (!signals.some((signal) => wanted.has(signal.id))) continue;
    const sample = plant.read(unit.name, id);
    if (!sample) continue;
    for (const [i, signal] of signals.entries()) {
      if (wanted.has(signal.id)) values[signal.id] = sample.values[i]!;
    }
  }
  for (const id of Object.keys(WORK_COLUMNS)) {
    const figure = wanted.has(id) ? readOne(plant, books, unit.name, id) : undefined;
    if (figure !== undefined) values[id] = figure;
  }
  return { name: unit.name, group: unit.group, values };
}

type Ranked = Pick<ViewRow, "name" | "attention"> & {
  readonly values: Readonly<Record<string, Value | undefined>>;
};

/** Ties go by name, so that a page does not flicker. */
function comparing({ sort, attentionFirst = false }: ViewQuery): (a: Ranked, b: Ranked) => number {
  const byName = (a: Ranked, b: Ranked): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const byAttention = (a: Ranked, b: Ranked): number =>
    attentionFirst ? ATTENTION.indexOf(a.attention) - ATTENTION.indexOf(b.attention) : 0;
  if (!sort) return (a, b) => byAttention(a, b) || byName(a, b);
  const sign = sort.descending ? -1 : 1;
  return (a, b) =>
    byAttention(a, b) || sign * compareValues(a.values[sort.by], b.values[sort.by]) || byName(a, b);
}

/** Numbers by size, all else as text; what is missing comes last when ascending. */
function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
