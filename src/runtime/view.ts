import type { Plant } from "../plant/plant.ts";
import type { UnitDescription, Value } from "../protocol/port.ts";
import { addWire, type View, type ViewQuery, type ViewRow, type WireCounts } from "./result.ts";

const STATE = "machine-state";

/** A host's answer: its best `offset + limit` rows, from which `mergeViews` takes the page. */
export function viewPlant(plant: Plant, wire: WireCounts, query: ViewQuery): View {
  const { sort, group, text } = query;
  const wanted = new Set([...query.columns, STATE, ...(sort ? [sort.by] : [])]);
  const matching = plant.units.filter(
    (unit) =>
      (group === undefined || unit.group === group) &&
      (text === undefined || unit.name.toLowerCase().includes(text.toLowerCase())),
  );
  const rows = matching.map((unit) => readRow(plant, unit, wanted));
  const states: Record<string, number> = {};
  for (const { values } of rows) {
    const state = String(values[STATE] ?? "-");
    states[state] = (states[state] ?? 0) + 1;
  }
  const best = rows.sort(comparing(query)).slice(0, query.offset + query.limit);
  return {
    plantTime_s: plant.now_s,
    calendar_ms: plant.calendar_ms,
    units: plant.units.length,
    matching: matching.length,
    states,
    rows: best,
    wire,
  };
}

/** One page over the answers of all hosts. */
export function mergeViews(views: readonly View[], query: ViewQuery): View {
  const states: Record<string, number> = {};
  for (const view of views) {
    for (const [state, count] of Object.entries(view.states)) states[state] = (states[state] ?? 0) + count;
  }
  const rows = views.flatMap((view) => view.rows).sort(comparing(query));
  return {
    plantTime_s: Math.max(...views.map((view) => view.plantTime_s)),
    calendar_ms: Math.max(...views.map((view) => view.calendar_ms)),
    units: views.reduce((sum, view) => sum + view.units, 0),
    matching: views.reduce((sum, view) => sum + view.matching, 0),
    states,
    rows: rows.slice(query.offset, query.offset + query.limit),
    wire: addWire(views.map((view) => view.wire)),
  };
}

function readRow(plant: Plant, unit: UnitDescription, wanted: ReadonlySet<string>): ViewRow {
  const values: Record<string, Value> = {};
  for (const { id, signals } of unit.groups) {
    if (!signals.some((signal) => wanted.has(signal.id))) continue;
    const sample = plant.read(unit.name, id);
    if (!sample) continue;
    for (const [i, signal] of signals.entries()) {
      if (wanted.has(signal.id)) values[signal.id] = sample.values[i]!;
    }
  }
  return { name: unit.name, group: unit.group, values };
}

/** Ties go by name, so that a page does not flicker. */
function comparing({ sort }: ViewQuery): (a: ViewRow, b: ViewRow) => number {
  const byName = (a: ViewRow, b: ViewRow): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  if (!sort) return byName;
  const sign = sort.descending ? -1 : 1;
  return (a, b) => sign * compareValues(a.values[sort.by], b.values[sort.by]) || byName(a, b);
}

/** Numbers by size, all else as text; what is missing comes last when ascending. */
function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
