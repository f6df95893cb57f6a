import type { RandomKey } from "../engine/random.ts";
import type { CommandHead, UnitCommand } from "../equipment/command.ts";
import { CONDITION_COMMANDS } from "../equipment/condition-commands.ts";
import { FAULT_COMMANDS } from "../equipment/fault-injection.ts";
import { JOB_COMMANDS } from "../equipment/job-commands.ts";
import { CodedError, suggest } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { isUnitAction, type UnitAction } from "./action-schema.ts";
import type { Complain } from "./demand-plan.ts";
import { selectorOf } from "./fault-schema.ts";
import { isJudgeable, type KnownUnit } from "./predicate-plan.ts";
import type { Scenario } from "./schema.ts";
import { select } from "./selector.ts";
import { planTiming, type Timing, type TimingSettings } from "./timing-plan.ts";

/** Something that somebody does to a unit, and when. */
export interface PlannedAction extends Timing {
  readonly id: string;
  readonly command: UnitCommand;
}

interface Unit extends KnownUnit {
  readonly name: string;
  readonly group: string;
  /** Undefined when the unit cannot be. */
  readonly commands: readonly CommandHead[] | undefined;
}

type Report = (error: CodedError) => void;

/**
 * The actions of a scenario, resolved: what is done to which unit, and when. Holds what begins with an event or in a
 * state against the units, for faults as well.
 *
 * @param root  of the run; picks are drawn from it
 * @returns by unit's name
 */
export function planActions(
  scenario: Scenario,
  document: SourceDocument,
  units: readonly Unit[],
  root: RandomKey,
  report: Report,
): ReadonlyMap<string, readonly PlannedAction[]> {
  const planned = new Map<string, PlannedAction[]>();
  const { actions = [], faults = [] } = scenario;
  const complainOf =
    (...at: readonly PropertyKey[]): Complain =>
    (path, what, fix) =>
      report(new CodedError("invalid-value", what, fix, document.place([...at, ...path])));
  const taken = new Set(faults.map(({ id }) => id));
  for (const [i, action] of actions.entries()) {
    const complain = complainOf("actions", i);
    const isTaken = taken.has(action.id);
    taken.add(action.id);
    if (isTaken)
      complain(["id"], `"${action.id}" is the id of something else as well`, "Give each an id of its own.");
    if (!isUnitAction(action)) continue;
    const hit = select(action.on, units, root.child("actions").child(action.id));
    if (hit.length === 0)
      complain(["on"], `"on" of "${action.id}" means no unit`, "Write what fits one of the fleet.");
    const timing = planTiming(action, faults, complain);
    checkMoment(action, hit, scenario, complain);
    checkCommand(action, hit, complain);
    if (!timing) continue;
    const command = { name: action.do, arguments: action.with ?? {} };
    for (const { name } of hit) {
      const own = planned.get(name) ?? [];
      own.push({ id: action.id, command, ...timing });
      planned.set(name, own);
    }
  }
  for (const [i, fault] of faults.entries()) {
    checkMoment(
      fault,
      select(selectorOf(fault.on), units, root.child("faults").child(fault.id)),
      scenario,
      complainOf("faults", i),
    );
  }
  return planned;
}

/** Holds the predicates of when something happens against the units that it happens to. */
function checkMoment(
  { on, after }: TimingSettings,
  units: readonly Unit[],
  scenario: Scenario,
  complain: Complain,
): void {
  const { state } = selectorOf(on);
  if (state !== undefined) isJudgeable(["on", "state"], state, false, units, scenario, complain);
  if (typeof after === "object")
    isJudgeable(["after", "event"], after.event, true, units, scenario, complain);
}

function checkCommand(action: UnitAction, units: readonly Unit[], complain: Complain): void {
  for (const { commands = [], modelReference } of units) {
    const shared = [...CONDITION_COMMANDS, ...JOB_COMMANDS, ...FAULT_COMMANDS];
    if (shared.includes(action.do)) continue;
    const head = commands.find(({ name }) => name === action.do);
    const known = [...commands.map(({ name }) => name), ...shared];
    if (!head)
      return complain(["do"], `${modelReference} has no command "${action.do}"`, suggest(action.do, known));
    if (!hasFittingArguments(action, head, complain)) return;
  }
}

function hasFittingArguments(action: UnitAction, head: CommandHead, complain: Complain): boolean {
  const given = action.with ?? {};
  for (const name of Object.keys(given)) {
    if (head.arguments.some((it) => it.name === name)) continue;
    const names = head.arguments.map((it) => it.name);
    complain(["with", name], `"${head.name}" has no argument "${name}"`, suggest(name, names));
    return false;
  }
  for (const { name, type, description } of head.arguments) {
    const value = given[name];
    if (value !== undefined && typeof value === (type === "double" ? "number" : type)) continue;
    const what =
      value === undefined
        ? `"${head.name}" needs the argument "${name}"`
        : `the argument "${name}" of "${head.name}" cannot be ${JSON.stringify(value)}`;
    complain(value === undefined ? ["do"] : ["with", name], what, `${name}: ${description}`);
    return false;
  }
  return true;
}
