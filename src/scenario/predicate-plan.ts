import { suggest } from "../errors.ts";
import type { Complain } from "./demand-plan.ts";
import { isWireFault } from "./fault-plan.ts";
import { formatReference, parsePredicate, PredicateMistake, type Reference } from "./predicate.ts";
import type { Scenario } from "./schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A unit that predicates are asked of. */
export interface KnownUnit {
  readonly modelReference: string;
  /** Undefined when the unit cannot be, which is an error of its own. */
  readonly vocabulary: Vocabulary | undefined;
}

/** Holds a predicate against CEL, and what it reads against every kind of unit that it is to be asked of. */
export function isJudgeable(
  path: readonly PropertyKey[],
  text: string,
  ofEvent: boolean,
  units: readonly KnownUnit[],
  scenario: Scenario,
  complain: Complain,
): boolean {
  let references: readonly Reference[];
  try {
    ({ references } = parsePredicate(text, ofEvent));
  } catch (error) {
    if (!(error instanceof PredicateMistake)) throw error;
    complain(path, error.message, error.fix);
    return false;
  }
  const unknown = references.filter((reference) => !isKnown(reference, units, scenario, path, complain));
  return unknown.length === 0;
}

function isKnown(
  reference: Reference,
  units: readonly KnownUnit[],
  scenario: Scenario,
  path: readonly PropertyKey[],
  complain: Complain,
): boolean {
  const { of, id } = reference;
  if (of === "faults") return requireFault(path, id, scenario, complain);
  const without = units.find(({ vocabulary }) => vocabulary && !vocabulary[of].has(id));
  if (!without) return true;
  const elsewhere = Object.entries(without.vocabulary!).find(([, ids]) => ids.has(id));
  const fix = elsewhere
    ? `There is ${formatReference({ of: elsewhere[0] as Reference["of"], id })}.`
    : suggest(id, [...without.vocabulary![of]]);
  complain(path, `${without.modelReference} has no ${formatReference(reference)}`, fix);
  return false;
}

/** Whether the scenario has a fault of that id. */
export function requireFault(
  path: readonly PropertyKey[],
  id: string,
  { faults = [] }: Scenario,
  complain: Complain,
): boolean {
  const known = faults.filter((fault) => !isWireFault(fault)).map((fault) => fault.id);
  if (known.includes(id)) return true;
  if (faults.some((fault) => fault.id === id)) {
    const what = `"${id}" is a fault on the wire, which changes nothing that a check of the plant could see`;
    complain(path, what, "Write plant times instead, or a threshold on a metric of the wire.");
    return false;
  }
  complain(path, `there is no fault "${id}" in this scenario`, suggest(id, known));
  return false;
}
