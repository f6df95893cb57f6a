import type { Plan } from "../scenario/plan.ts";
import { isAboutData } from "../scenario/thresholds.ts";
import type { RunResult } from "./result.ts";
import { CUT_SHORT } from "./run-actions.ts";

/** Why a run says nothing of its system under test, or nothing at all, if it does not. */
export function whyNotJudged(
  { declaresSut, sut, shard }: Plan,
  { actions, ending, thresholds }: Pick<RunResult, "actions" | "ending" | "thresholds">,
): Pick<RunResult, "notJudged"> {
  // A command that still ran has not failed where something else ended the run before its time.
  const isCut = (reason: string): boolean => ending === "aborted" && reason === CUT_SHORT;
  const failed = actions.find(({ unit, done, reason }) => unit === "" && !done && !isCut(reason));
  if (failed) return { notJudged: `the command of the action ${failed.id} failed: ${failed.reason}` };
  if (declaresSut && !sut)
    return { notJudged: "endpoints are switched off, so the system under test was not there" };
  // What a shard leaves open is judged when all are merged.
  const judged = thresholds.filter(({ verdict }) => shard !== undefined || verdict !== "open");
  if (declaresSut && !judged.some(({ text }) => isAboutData(text)))
    return {
      notJudged:
        "no threshold was judged that is about data which the system under test took: write one on north.*, on wire.mqttsn.acknowledged, failed or puback_latency_ms, or on wire.opcua.notifications",
    };
  if (thresholds.length === 0 || judged.length > 0) return {};
  return { notJudged: "no threshold could be judged, they are all open" };
}
