import type { RandomKey } from "../engine/random.ts";
import type { FaultKind } from "../equipment/fault-kind.ts";
import type { ScheduledFault } from "../equipment/fault-injection.ts";
import { CodedError, suggest } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { parseDuration } from "./duration.ts";
import type { FaultSettings } from "./fault-schema.ts";
import type { Scenario } from "./schema.ts";
import { select } from "./selector.ts";

interface Unit {
  readonly name: string;
  readonly group: string;
  readonly modelReference: string;
}

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
): ReadonlyMap<string, readonly ScheduledFault[]> {
  const planned = new Map<string, ScheduledFault[]>();
  const faults = scenario.faults ?? [];
  for (const [i, fault] of faults.entries()) {
    const complain: Complain = (path, what, fix, code = "invalid-value") =>
      report(new CodedError(code, what, fix, document.place(["faults", i, ...path])));
    if (faults.findIndex(({ id }) => id === fault.id) !== i)
      complain(["id"], `two faults have the id "${fault.id}"`, "Give each an id of its own.");
    const scheduled = schedule(fault, faults, kinds, complain);
    const hit = select(fault.on, units, root.child("faults").child(fault.id));
    if (hit.length === 0)
      complain(["on"], `"on" of "${fault.id}" means no unit`, "Write what fits one of the fleet.");
    if (!scheduled) continue;
    for (const { name } of hit) planned.set(name, [...(planned.get(name) ?? []), scheduled]);
  }
  return planned;
}

type Complain = (
  path: readonly PropertyKey[],
  what: string,
  fix: string,
  code?: "invalid-value" | "unknown-fault",
) => void;

/** What happens and when, whoever it hits; undefined when something is wrong with it. */
function schedule(
  fault: FaultSettings,
  faults: readonly FaultSettings[],
  kinds: readonly AnyFaultKind[],
  complain: Complain,
): ScheduledFault | undefined {
  const kind = kinds.find(({ id }) => id === fault.fault);
  if (!kind) {
    const fix = suggest(
      fault.fault,
      kinds.map(({ id }) => id),
    );
    complain(["fault"], `there is no fault "${fault.fault}"`, fix, "unknown-fault");
    return undefined;
  }
  const parsed = kind.parameters.safeParse(fault.with ?? {});
  for (const issue of parsed.error?.issues ?? []) {
    const what = `"with" of ${kind.id} cannot be so: ${issue.message}`;
    complain(["with", ...issue.path], what, "See `taktwerk list faults` for its parameters.");
  }
  const at_s = beginOf(fault, faults);
  if (typeof at_s === "string") {
    complain(["after"], at_s, `Write the id of another fault: ${idsBut(fault, faults)}.`);
    return undefined;
  }
  const [for_s, every_s] = [seconds(fault.for), seconds(fault.every)];
  if (every_s !== undefined && !(for_s !== undefined && for_s < every_s)) {
    const what = `"every" cannot be ${fault.every}: one has to end before the next begins`;
    complain(["every"], what, 'Write a shorter time as "for".');
  }
  return parsed.success
    ? { id: fault.id, kind: kind.id, at_s, for_s, every_s, parameters: parsed.data }
    : undefined;
}

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseDuration(text);

const idsBut = (fault: FaultSettings, faults: readonly FaultSettings[]): string =>
  faults
    .filter((other) => other !== fault)
    .map(({ id }) => id)
    .join(", ") || "there is none yet";

/** Plant time at which a fault begins, through those that it comes after; or what is wrong with them. */
function beginOf(fault: FaultSettings, faults: readonly FaultSettings[]): number | string {
  let sum_s = 0;
  const seen = new Set<FaultSettings>();
  for (let it: FaultSettings | undefined = fault; it;) {
    if (seen.has(it)) return `"after" of "${fault.id}" comes back to itself`;
    seen.add(it);
    sum_s += seconds(it.at) ?? 0;
    const { after }: FaultSettings = it;
    if (after === undefined) return sum_s;
    it = faults.find(({ id }) => id === after);
    if (!it) return `there is no fault "${after}" to come after`;
  }
  return sum_s;
}
