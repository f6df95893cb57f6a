import { fitsGlob } from "../engine/glob.ts";
import type { RandomKey } from "../engine/random.ts";
import type { Selector } from "./fault-schema.ts";

interface Selectable {
  readonly name: string;
  readonly group: string;
  readonly modelReference: string;
}

/**
 * The units that a selector means, in the plan's order.
 *
 * @param key  of the fault or check that selects: what it draws depends on names alone, so that another unit in the
 *             plan changes no more than it must
 */
export function select<T extends Selectable>(selector: Selector, units: readonly T[], key: RandomKey): T[] {
  const fitting = units.filter(
    ({ name, group, modelReference }) =>
      fits(selector.name, name) && fits(selector.group, group) && fits(selector.model, modelReference),
  );
  const { pick } = selector;
  if (pick === undefined) return fitting;
  const count =
    typeof pick === "number" ? pick : Math.ceil((Number.parseInt(pick, 10) / 100) * fitting.length);
  const lots = new Map(fitting.map((unit) => [unit, key.child(unit.name).uniform(0)]));
  const drawn = new Set([...fitting].sort((a, b) => lots.get(a)! - lots.get(b)!).slice(0, count));
  return fitting.filter((unit) => drawn.has(unit));
}

/** A pattern in which * stands for anything; no pattern fits everything. */
function fits(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || fitsGlob(pattern, text);
}
