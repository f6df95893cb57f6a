import type { Unit } from "../equipment/unit.ts";
import type { Signal } from "../signal/signal.ts";
import type { Namespace } from "./predicate.ts";

/** What predicates can read of a unit: names by where they stand. Faults are the scenario's. */
export type Vocabulary = Readonly<Record<Exclude<Namespace, "faults">, ReadonlySet<string>>>;

/** Where predicates find a signal beside `published`. */
export function namespaceOfSignal(signal: Signal): "states" | "flags" | "counters" | "signals" {
  if ("truth" in signal) return "signals";
  if (signal.type === "string") return "states";
  return signal.type === "boolean" ? "flags" : "counters";
}

export function vocabularyOf(unit: Unit): Vocabulary {
  const signals = unit.groups.flatMap((group) => group.signals);
  const ids = (of: Namespace): Set<string> =>
    new Set(signals.filter((it) => namespaceOfSignal(it) === of).map(({ id }) => id));
  return {
    states: ids("states"),
    conditions: new Set(unit.conditions.map(({ head }) => head.id)),
    counters: ids("counters"),
    flags: ids("flags"),
    signals: ids("signals"),
    published: new Set(signals.map(({ id }) => id)),
    truth: new Set([...unit.truths.keys(), ...ids("signals")]),
  };
}
