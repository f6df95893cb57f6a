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
 * A host's answer: its best `offset + limit` rows, from which `mergeViews` takes the page; the page if it is whole.
 *
 * @param about  what is not the plant's own: without books there are no columns of `WORK_COLUMNS`
 */
export function viewPlant(
  plant: Plant,
  wire: WireCounts,
  query: ViewQuery,
  { books, unreached = NOBODY_UNREACHED }: About = {},
): View {
  const { sort, attentionFirst = false, isWhole = false, offset, limit } = query;
  const matching = plant.units.filter(matcher(query));
  const states: Record<string, number> = {};
  const attention = { ...NOBODY };
  // Of ten thousand units only what order and counts need is looked at, and little is left behind by that: the
  // garbage collector would have more to do than the plant.
  const ranks = attentionFirst ? ATTENTION.map((): UnitDescription[] => []) : [[]];
  const keys = new Map<string, Value | undefined>();
  for (const unit of matching) {
    const { name } = unit;
    const state = plant.peek(name, STATE);
    const shown = String(state ?? "-");
    states[shown] = (states[shown] ?? 0) + 1;
    const kind = attentionOf(state, alarmsOf(plant, name), unreached.has(name));
    attention[kind]++;
    ranks[attentionFirst ? ATTENTION.indexOf(kind) : 0]!.push(unit);
    if (sort) keys.set(name, readOne(plant, books, name, sort.by));
  }
  const ordered = ranks.flatMap((rank) => rank.sort(comparing(sort, ({ name }) => keys.get(name))));
  const wanted = [...new Set([...query.columns, STATE, ...(sort ? [sort.by] : [])])];
  const rowOf = ({ name, group }: UnitDescription): ViewRow => {
    const values = readValues(plant, books, name, wanted);
    const alarms = alarmsOf(plant, name);
    return {
      name,
      group,
      values,
      alarms,
      attention: attentionOf(values[STATE], alarms, unreached.has(name)),
    };
  };
  return {
    plantTime_s: plant.now_s,
    calendar_ms: plant.calendar_ms,
    units: plant.units.length,
    matching: matching.length,
    states,
    attention,
    rows: ordered.slice(isWhole ? offset : 0, offset + limit).map(rowOf),
    wire,
  };
}

function matcher({ group, text }: ViewQuery): (unit: UnitDescription) => boolean {
  const part = text?.toLowerCase();
  return (unit) =>
    (group === undefined || unit.group === group) &&
    (part === undefined || unit.name.toLowerCase().includes(part));
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

function attentionOf(state: Value | undefined, alarms: number, isUnreached: boolean): Attention {
  if (DOWN.has(state)) return "down";
  if (alarms > 0) return "alarmed";
  if (isUnreached) return "unreached";
  return STOPPED.has(state) ? "stopped" : "none";
}

function alarmsOf(plant: Plant, unit: string): number {
  let active = 0;
  for (const condition of plant.unit(unit).conditions) if (condition.active) active++;
  return active;
}

/** One page over the answers of all hosts. */
export function mergeViews(views: readonly View[], query: ViewQuery): View {
  const states: Record<string, number> = {};
  const attention = { ...NOBODY };
  for (const view of views) {
    for (const [state, count] of Object.entries(view.states)) states[state] = (states[state] ?? 0) + count;
    for (const kind of ATTENTION) attention[kind] += view.attention[kind];
  }
  const compare = comparing<ViewRow>(query.sort, ({ values }) => values[query.sort!.by]);
  const urgency = (row: ViewRow): number => (query.attentionFirst ? ATTENTION.indexOf(row.attention) : 0);
  const rows = views.flatMap((view) => view.rows).sort((a, b) => urgency(a) - urgency(b) || compare(a, b));
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

function readValues(
  plant: Plant,
  books: WorkBooks | undefined,
  unit: string,
  wanted: readonly string[],
): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const id of wanted) {
    const value = readOne(plant, books, unit, id);
    if (value !== undefined) values[id] = value;
  }
  return values;
}

/** Ties go by name, so that a page does not flicker. @param keyOf  what `sort` sorts by */
function comparing<T extends { readonly name: string }>(
  sort: ViewQuery["sort"],
  keyOf: (of: T) => Value | undefined,
): (a: T, b: T) => number {
  const byName = (a: T, b: T): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  if (!sort) return byName;
  const sign = sort.descending ? -1 : 1;
  return (a, b) => sign * compareValues(keyOf(a), keyOf(b)) || byName(a, b);
}

/** Numbers by size, all else as text; what is missing comes last when ascending. */
function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
