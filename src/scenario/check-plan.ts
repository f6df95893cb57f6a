import type { RandomKey } from "../engine/random.ts";
import type { ScheduledFault } from "../equipment/fault-injection.ts";
import { CodedError } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import type { CheckSettings } from "./check-schema.ts";
import { planDemand, WORDS, type Complain } from "./demand-plan.ts";
import { parseDuration } from "./duration.ts";
import type { Demand } from "./episode.ts";
import { parsePredicate } from "./predicate.ts";
import { isJudgeable, requireFault, type KnownUnit } from "./predicate-plan.ts";
import type { Scenario } from "./schema.ts";
import { select } from "./selector.ts";

/** Begin or end of a window: a plant time, or each begin or end of a fault on the unit. */
export type Bound = { readonly at_s: number } | { readonly begin: string } | { readonly end: string };

/** When a check judges. */
interface Window {
  readonly from: Bound;
  /** Undefined for the end of the run. */
  readonly until: Bound | undefined;
}

/** A check, resolved: which units it is of stands with the units. */
export interface CheckPlan extends Window {
  readonly name: string;
  readonly demand: Demand;
  /** CEL, known to be valid. */
  readonly predicate: string;
}

/** Steps that all checks of a unit may take at one of its instants; see `stepsOf`. */
const LOOK_STEPS_MAX = 200_000;

interface Unit extends KnownUnit {
  readonly name: string;
  readonly group: string;
}

export interface PlannedChecks {
  readonly checks: readonly CheckPlan[];
  /** By unit's name: indices of the checks that judge it. */
  readonly ofUnit: ReadonlyMap<string, readonly number[]>;
}

interface Surroundings {
  readonly scenario: Scenario;
  readonly units: readonly Unit[];
  /** What the scenario schedules, by unit's name. */
  readonly faults: ReadonlyMap<string, readonly ScheduledFault[]>;
  /** Of the run; picks are drawn from it. */
  readonly root: RandomKey;
}

/** The checks of a scenario, resolved: what they demand, when, and of which units. */
export function planChecks(
  surroundings: Surroundings,
  document: SourceDocument,
  report: (error: CodedError) => void,
): PlannedChecks {
  const settings = surroundings.scenario.checks ?? [];
  const checks: CheckPlan[] = [];
  const ofUnit = new Map<string, number[]>();
  const names = new Set<string>();
  let steps = 0;
  for (const [i, check] of settings.entries()) {
    const complain: Complain = (path, what, fix) =>
      report(new CodedError("invalid-value", what, fix, document.place(["checks", i, ...path])));
    if (names.has(check.name))
      complain(["name"], `two checks are named "${check.name}"`, "Give each a name of its own.");
    names.add(check.name);
    const units = unitsOf(check, surroundings, complain);
    const planned = planCheck(check, units, surroundings, complain);
    if (!planned) continue;
    steps += parsePredicate(planned.predicate, planned.demand.word === "count").steps;
    if (steps > LOOK_STEPS_MAX) {
      const what = `the checks up to "${check.name}" can take more than ${LOOK_STEPS_MAX} steps for one look`;
      complain([], what, "Let them go through shorter lists, or put some into another scenario.");
      break;
    }
    for (const { name } of units) ofUnit.set(name, [...(ofUnit.get(name) ?? []), checks.length]);
    checks.push(planned);
  }
  return { checks, ofUnit };
}

function planCheck(
  check: CheckSettings,
  units: readonly Unit[],
  surroundings: Surroundings,
  complain: Complain,
): CheckPlan | undefined {
  if (check.vantage === "wire" || check.vantage === "north") {
    const what = `the vantage "${check.vantage}" cannot be judged yet`;
    complain(["vantage"], what, 'Leave it out, or write "twin": what the plant did. The others come later.');
  }
  const demand = planDemand(check, complain);
  const window = planWindow(check, units, surroundings, complain);
  const word = WORDS.find((it) => check[it] !== undefined);
  if (!demand || !window || word === undefined) return undefined;
  const predicate = check[word]!;
  if (!isJudgeable([word], predicate, word === "count", units, surroundings.scenario, complain))
    return undefined;
  return { name: check.name, demand, predicate, ...window };
}

function unitsOf(
  { name, on = {} }: CheckSettings,
  around: Surroundings,
  complain: Complain,
): readonly Unit[] {
  if ("fault" in on) {
    const isKnown = requireFault(["on", "fault"], on.fault, around.scenario, complain);
    return isKnown ? around.units.filter((unit) => isHit(unit, on.fault, around)) : [];
  }
  const units = select(on, around.units, around.root.child("checks").child(name));
  if (units.length === 0)
    complain(["on"], `"on" of "${name}" means no unit`, "Write what fits one of the fleet.");
  return units;
}

const isHit = ({ name }: Unit, fault: string, { faults }: Surroundings): boolean =>
  (faults.get(name) ?? []).some(({ id }) => id === fault);

/** When a check judges; undefined when something is wrong with it. */
function planWindow(
  check: CheckSettings,
  units: readonly Unit[],
  around: Surroundings,
  complain: Complain,
): Window | undefined {
  const { during, after, until, name } = check;
  if (during && (after !== undefined || until !== undefined)) {
    const which = after !== undefined ? "after" : "until";
    complain([which], `"during" of "${name}" says the whole window`, `Leave out "${which}", or "during".`);
    return undefined;
  }
  const named = [
    { path: ["during", "fault"], id: during?.fault },
    { path: ["after", "fault"], id: typeof after === "object" ? after.fault : undefined },
    { path: ["until", "fault"], id: typeof until === "object" ? until.fault : undefined },
  ];
  for (const { path, id } of named) {
    if (id === undefined) continue;
    if (!requireFault(path, id, around.scenario, complain)) return undefined;
    if (path[0] === "until" || units.length === 0 || units.some((unit) => isHit(unit, id, around))) continue;
    const what = `the fault "${id}" hits none of the units of "${name}", so its window could never open`;
    complain(path, what, `Judge those that it hits: on: { fault: ${id} }.`);
  }
  if (during) return { from: { begin: during.fault }, until: { end: during.fault } };
  const window = { from: boundOf(after) ?? { at_s: 0 }, until: boundOf(until) };
  const { from, until: to } = window;
  if (to && "at_s" in from && "at_s" in to && to.at_s <= from.at_s) {
    const what = `"until" of "${name}" is not later than its begin`;
    complain(["until"], what, "Both count from the begin of the run; write a later time.");
  }
  return window;
}

const boundOf = (bound: string | { readonly fault: string } | undefined): Bound | undefined =>
  bound === undefined
    ? undefined
    : typeof bound === "string"
      ? { at_s: parseDuration(bound)! }
      : { begin: bound.fault };
