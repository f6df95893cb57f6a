import type { z } from "zod";
import type { RandomKey } from "../engine/random.ts";
import type { FaultKind } from "../equipment/fault-kind.ts";
import type { UnitFaults } from "../equipment/unit.ts";
import type { ScheduledFault } from "../equipment/fault-injection.ts";
import { CodedError, suggest } from "../errors.ts";
import { wireFaultKinds } from "../fault/catalogue.ts";
import type { SourceDocument } from "../plant/document.ts";
import { parseDuration } from "./duration.ts";
import type { FaultSettings } from "./fault-schema.ts";
import type { Scenario } from "./schema.ts";
import { select } from "./selector.ts";
import { planTiming, type Timing } from "./timing-plan.ts";

interface Unit {
  readonly name: string;
  readonly group: string;
  readonly modelReference: string;
  /** What speaks against a fault on this unit; undefined for a unit that cannot be. */
  readonly objection: UnitFaults["objection"] | undefined;
}

/** A fault of a unit, and when it comes. */
export type PlannedFault = ScheduledFault & Timing;

type Report = (error: CodedError) => void;
/** What an equipment can suffer, whichever it is of. */
type AnyFaultKind = Pick<FaultKind<never>, "id" | "parameters">;

/**
 * The faults of a scenario, resolved: which unit suffers what, when.
 *
 * @param kinds  that equipment has
 * @param root   of the run; picks are drawn from it
 * @returns by unit's name
 */
export function planFaults(
  scenario: Scenario,
  document: SourceDocument,
  units: readonly Unit[],
  kinds: readonly AnyFaultKind[],
  root: RandomKey,
  report: Report,
): ReadonlyMap<string, readonly PlannedFault[]> {
  const planned = new Map<string, PlannedFault[]>();
  const faults = scenario.faults ?? [];
  for (const [i, fault] of faults.entries()) {
    const complain = complainer(document, i, report);
    if (faults.findIndex(({ id }) => id === fault.id) !== i)
      complain(["id"], `two faults have the id "${fault.id}"`, "Give each an id of its own.");
    if (isWireFault(fault)) continue;
    const scheduled = schedule(fault, faults, kinds, complain);
    if (typeof fault.on === "string" && !kinds.some(({ id }) => id === fault.fault)) continue;
    if (typeof fault.on === "string") {
      const what = `"on" of "${fault.id}" cannot be ${fault.on}: ${fault.fault} is a fault of a machine`;
      complain(["on"], what, "Write which units it hits: on: {} for all of them.");
      continue;
    }
    const hit = select(fault.on, units, root.child("faults").child(fault.id));
    if (hit.length === 0)
      complain(["on"], `"on" of "${fault.id}" means no unit`, "Write what fits one of the fleet.");
    if (!scheduled || !fits(scheduled, hit, complain)) continue;
    for (const { name } of hit) planned.set(name, [...(planned.get(name) ?? []), scheduled]);
  }
  return planned;
}

/** Tells what is wrong with a fault, by the path of the field within it. */
export type Complain = (
  path: readonly PropertyKey[],
  what: string,
  fix: string,
  code?: "invalid-value" | "unknown-fault",
) => void;

/** @param index  of the fault in the scenario */
export function complainer(document: SourceDocument, index: number, report: Report): Complain {
  return (path, what, fix, code = "invalid-value") =>
    report(new CodedError(code, what, fix, document.place(["faults", index, ...path])));
}

/** Whether it is a fault on the wire, which is carried out on endpoints and not on units. */
export const isWireFault = ({ fault }: FaultSettings): boolean =>
  wireFaultKinds.some(({ id }) => id === fault);

/** What happens and when, whoever it hits; undefined when something is wrong with it. */
function schedule(
  fault: FaultSettings,
  faults: readonly FaultSettings[],
  kinds: readonly AnyFaultKind[],
  complain: Complain,
): PlannedFault | undefined {
  const kind = kinds.find(({ id }) => id === fault.fault);
  if (!kind) {
    const known = [...kinds, ...wireFaultKinds].map(({ id }) => id);
    const what = `there is no fault "${fault.fault}"`;
    complain(["fault"], what, suggest(fault.fault, known), "unknown-fault");
    return undefined;
  }
  const parameters = parametersOf(fault, kind, complain);
  const timeline = timelineOf(fault, faults, complain);
  return timeline && parameters && { id: fault.id, kind: kind.id, ...timeline, parameters };
}

/** What its kind makes of `with`; undefined when something is wrong with it. */
export function parametersOf<T>(
  fault: FaultSettings,
  kind: { readonly id: string; readonly parameters: z.ZodType<T> },
  complain: Complain,
): T | undefined {
  const parsed = kind.parameters.safeParse(fault.with ?? {});
  for (const issue of parsed.error?.issues ?? []) {
    const what = `"with" of ${kind.id} cannot be so: ${issue.message}`;
    complain(["with", ...issue.path], what, "See `taktwerk list faults` for its parameters.");
  }
  return parsed.data;
}

/** When it happens; undefined when that cannot be. */
export function timelineOf(
  fault: FaultSettings,
  faults: readonly FaultSettings[],
  complain: Complain,
): (Timing & { readonly for_s: number | undefined }) | undefined {
  const timing = planTiming(fault, faults, complain);
  if (!timing) return undefined;
  const for_s = fault.for === undefined ? undefined : parseDuration(fault.for);
  const { every_s } = timing;
  if (every_s !== undefined && !isMomentary(fault) && !(for_s !== undefined && for_s < every_s)) {
    const what = `"every" cannot be ${fault.every}: one has to end before the next begins`;
    complain(["every"], what, 'Write a shorter time as "for".');
  }
  return { ...timing, for_s };
}

/** Over as soon as it has been carried out. */
const isMomentary = ({ fault }: FaultSettings): boolean =>
  wireFaultKinds.some(({ id, isMomentary }) => id === fault && isMomentary);

/** Holds what a fault says against each kind of unit that it hits: whether that has such a signal. */
function fits({ kind, parameters }: ScheduledFault, hit: readonly Unit[], complain: Complain): boolean {
  for (const { modelReference, objection } of hit) {
    const said = objection?.(kind, parameters);
    if (!said) continue;
    complain(["with", said.parameter], `${said.what} (${modelReference})`, suggest(said.word, said.known));
    return false;
  }
  return true;
}
