import type { Plan } from "../scenario/plan.ts";
import { isOnWire } from "../scenario/thresholds.ts";
import type { TimelineEntry } from "../scenario/unit-timeline.ts";
import type { RunResult } from "./result.ts";
import { CUT_SHORT } from "./run-actions.ts";

/**
 * Why a run says nothing of its system under test, if it does not: a verdict about the simulator alone is none.
 *
 * @param isAborted  whether something ended it before its time, and with it commands that still ran
 */
export function whyNotJudged(
  { declaresSut, sut, thresholds }: Plan,
  actions: readonly TimelineEntry[],
  isAborted: boolean,
): Pick<RunResult, "notJudged"> {
  const failed = actions.find(
    ({ unit, done, reason }) => unit === "" && !done && !(isAborted && reason === CUT_SHORT),
  );
  if (failed) return { notJudged: `the command of the action ${failed.id} failed: ${failed.reason}` };
  if (!declaresSut) return {};
  if (!sut) return { notJudged: "endpoints are switched off, so the system under test was not there" };
  if (thresholds.some(isOnWire)) return {};
  return { notJudged: "no threshold is about what the system under test did, on wire.* or north.*" };
}
