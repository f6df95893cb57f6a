import { CodedError } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { isUnitAction } from "./action-schema.ts";
import type { Complain } from "./demand-plan.ts";
import { parseDuration } from "./duration.ts";
import type { Scenario } from "./schema.ts";
import { isFixed, planTiming } from "./timing-plan.ts";

/** The check that a command of this id is, if it is one. */
export const checkOfAction = (id: string): string => `action ${id}`;

/** Something that is done to the whole run. */
export interface RunAction {
  readonly id: string;
  readonly at_s: number;
  readonly every_s: number | undefined;
  readonly what:
    | { readonly kind: "speed"; readonly speed: number }
    | {
        readonly kind: "run";
        readonly command: string;
        readonly within_s: number;
        /** So long the gateway or the broker may be away for it */
        readonly outage_s: number;
        readonly isJudged: boolean;
      };
}

/** When a command may account for an outage, plant time. */
export interface ActionSpan {
  readonly id: string;
  readonly from_s: number;
  readonly to_s: number;
}

/** The spans of all commands of a run, in their order. */
export function actionWindows(actions: readonly RunAction[], duration_s: number): readonly ActionSpan[] {
  return actions.flatMap(({ id, at_s, every_s, what }) => {
    if (what.kind !== "run" || what.outage_s === 0) return [];
    const { outage_s } = what;
    const last_s = Math.min(duration_s, WINDOWS_END_S);
    const count = every_s === undefined ? 1 : Math.max(0, Math.floor((last_s - at_s) / every_s) + 1);
    return Array.from({ length: count }, (_, n) => {
      const from_s = at_s + n * (every_s ?? 0);
      return { id, from_s, to_s: from_s + outage_s };
    });
  });
}

/** Of a run without an end: nothing on the wire is judged for longer. */
const WINDOWS_END_S = 31 * 86_400;

const WITHIN_DEFAULT = "30s";
const OUTAGE_DEFAULT = "30s";
const KINDS = ["do", "speed", "run"] as const;

/**
 * The actions of a scenario that are about the whole run, resolved; and whether each action says one thing to do.
 *
 * @param demandsWire  whether something is judged or goes wrong on the wire, which needs speed 1
 */
export function planRunActions(
  scenario: Scenario,
  document: SourceDocument,
  demandsWire: boolean,
  report: (error: CodedError) => void,
): readonly RunAction[] {
  return (scenario.actions ?? []).flatMap((action, i) => {
    const complain: Complain = (path, what, fix) =>
      report(new CodedError("invalid-value", what, fix, document.place(["actions", i, ...path])));
    const said = KINDS.filter((kind) => action[kind] !== undefined);
    if (said.length !== 1) {
      const what = said.length === 0 ? "does nothing" : `does ${said.join(" and ")} at once`;
      complain(said.slice(1, 2), `the action "${action.id}" ${what}`, "Write one of do, speed, run.");
      return [];
    }
    if (isUnitAction(action)) return [];
    const { id, on, speed, run, within = WITHIN_DEFAULT, judge: isJudged = false } = action;
    // A command that judges is none that takes something away.
    const outage = action.outage ?? (isJudged ? "0s" : OUTAGE_DEFAULT);
    for (const field of ["within", "judge", "outage"] as const) {
      if (run === undefined && action[field] !== undefined)
        complain([field], `"${field}" says nothing here`, "It belongs to run.");
    }
    if (action.do !== undefined) {
      complain(["do"], `"${id}" does not say to which units`, "Add on: {} for all of them.");
      return [];
    }
    if (on !== undefined)
      complain(["on"], '"on" says nothing here', "It belongs to do; this is done to the whole run.");
    const timing = planTiming({ ...action, on: {} }, scenario.faults ?? [], complain);
    if (!timing) return [];
    if (!isFixed(timing)) {
      complain(
        ["after"],
        "what is done to the whole run cannot wait for an event of a unit",
        "Give it a time.",
      );
      return [];
    }
    if (speed !== undefined && demandsWire) {
      const fix = "Leave it out: faults and thresholds on the wire need speed 1.";
      complain(["speed"], "the speed cannot change while something is judged or goes wrong on the wire", fix);
    }
    const what =
      speed !== undefined
        ? ({ kind: "speed", speed } as const)
        : ({
            kind: "run",
            command: run!,
            within_s: parseDuration(within)!,
            outage_s: parseDuration(outage)!,
            isJudged,
          } as const);
    return { id, at_s: timing.at_s, every_s: timing.every_s, what };
  });
}
