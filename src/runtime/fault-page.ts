import type { WireFaultWindow } from "../fault/wire-fault-window.ts";
import type { Plant } from "../plant/plant.ts";
import type { RunFault } from "./result.ts";

/** What somebody wants to see of the faults that are there: a page of the list. */
export interface FaultQuery {
  /** Only those with this in their unit, id or kind, in any case. */
  readonly text: string;
  readonly offset: number;
  readonly limit: number;
}

export interface FaultPage {
  readonly plantTime_s: number;
  /** Faults that are there, on units and on their endpoints; one on a server that units share is one of each. */
  readonly active: number;
  /** Of those, the ones that the query's filter leaves. */
  readonly matching: number;
  readonly rows: readonly RunFault[];
}

/** A host's answer: its first `offset + limit` faults. @param wireFaults  all windows of its endpoints */
export function pageFaults(
  plant: Plant,
  wireFaults: readonly WireFaultWindow[],
  { text, offset, limit }: FaultQuery,
): FaultPage {
  const ofUnits = plant.units.flatMap(({ name }) =>
    plant.unit(name).faults.present.map((window): RunFault => ({ unit: name, ...window })),
  );
  const active = [...ofUnits, ...wireFaults.filter(isThere)];
  const isWanted = ({ unit, id, kind }: RunFault): boolean =>
    [unit, id, kind].some((it) => it.toLowerCase().includes(text.toLowerCase()));
  const matching = active.filter(isWanted);
  return {
    plantTime_s: plant.now_s,
    active: active.length,
    matching: matching.length,
    rows: matching.sort(byBegin).slice(0, offset + limit),
  };
}

/** One that could not be carried out never was there. */
const isThere = ({ until_s, failure }: WireFaultWindow): boolean =>
  until_s === undefined && failure === undefined;

/** One page over the answers of all hosts. */
export function mergeFaults(pages: readonly FaultPage[], { offset, limit }: FaultQuery): FaultPage {
  const total = (of: (page: FaultPage) => number): number => pages.reduce((sum, page) => sum + of(page), 0);
  return {
    plantTime_s: Math.max(...pages.map(({ plantTime_s }) => plantTime_s)),
    active: total((page) => page.active),
    matching: total((page) => page.matching),
    rows: pages
      .flatMap(({ rows }) => rows)
      .sort(byBegin)
      .slice(offset, offset + limit),
  };
}

/** The newest first. */
const byBegin = (a: RunFault, b: RunFault): number =>
  b.from_s - a.from_s || (`${a.unit}/${a.id}` < `${b.unit}/${b.id}` ? -1 : 1);
