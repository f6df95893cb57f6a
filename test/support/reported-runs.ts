/** Runs as reports tell of them, with names that no format may take for its own syntax. */
import { CodedError, EXIT } from "../../src/errors.ts";
import type { ReportedRun } from "../../src/report/reported-run.ts";
import type { CheckOutcome, RunResult } from "../../src/runtime/result.ts";

/** Ends sections, tags, attributes, scripts, commands and tables; holds controls and half a surrogate pair. */
export const NASTY = `</script> "a" & 'b' <i>,::%0A | \`x\` ]]> é漢😀 \u0001\ud800\u001b[2J\u009b31m\u202e ]]>\nend`;

export const passedCheck: CheckOutcome = {
  ...{ name: "parts come", units: 2, opened: 2, judged: 2, failed: 0, evidence: [] },
  ...{ verdict: "passed", reason: "" },
};

export const failedCheck: CheckOutcome = {
  ...{ name: NASTY, units: 2, opened: 2, judged: 2, failed: 1, verdict: "failed", reason: "" },
  evidence: [
    {
      ...{ unit: "cnc-01", time_s: 10.4875, from_s: 0, why: "it was so at 10.487 s" },
      saw: { 'unit.states["program"]': NASTY },
      events: [{ time_s: 5.8, message: NASTY }],
    },
  ],
};

export const result: RunResult = {
  ...{ scenario: "bearing", file: "plants/bearing.yaml", seed: 42, speed: "max", version: "0.1.0" },
  ...{ digest: "3e481fd9041b623e", digests: { "cnc-01": "1", "cnc-02": "2" }, ending: "duration" },
  ...{ plantTime_s: 1200, wallTime_s: 0.12345, events: 99, units: 2, unitsPlanned: 2, hosts: 1 },
  ...{ inputs: 0, partsProduced: 7, behind_ms: 0, set: [], wireDemand: "none" },
  ...{ faults: [], actions: [], metrics: {}, wire: {} },
  checks: [passedCheck, failedCheck, { ...passedCheck, name: "for the whole fleet", verdict: "open" }],
  thresholds: [
    { text: "twin.parts_produced count >= 10", verdict: "failed", value: 7 },
    { text: "twin.alarms count < 3", verdict: "passed", value: 1 },
  ],
};

export const failedRun: ReportedRun = {
  ...{
    name: "bearing",
    file: "plants/bearing.yaml",
    seed: 42,
    code: EXIT.failed,
    began_ms: 1_700_000_000_000,
  },
  ...{ again: "taktwerk run plants/bearing.yaml --seed 42", result, errors: [] },
  endpoints: ["OPC UA: 2 servers"],
  places: {
    [NASTY]: { file: "plants/bearing.yaml", line: 14, column: 5 },
    "twin.parts_produced count >= 10": { file: "--set thresholds=x" },
  },
};

/** Of a machine that was too slow for its wire. */
export const saturatedRun: ReportedRun = {
  ...failedRun,
  ...{ seed: NASTY, code: EXIT.saturated },
  result: {
    ...{ ...result, checks: [passedCheck], thresholds: [], behind_ms: 4200, seed: NASTY },
    wire: {
      opcua: {
        servers: 1,
        sessions: 1,
        sessionsOpened: 1,
        subscriptions: 1,
        channels: 1,
        notifications: 9,
        monitoredItems: 3,
        faults: 0,
      },
    },
  },
};

/** Of a scenario that could not be read. */
export const brokenRun: ReportedRun = {
  ...{ name: "broken", file: "broken.yaml", seed: undefined, code: EXIT.usage, began_ms: 1_700_000_000_000 },
  ...{ again: "taktwerk validate broken.yaml", result: undefined, places: {}, endpoints: [] },
  errors: [
    new CodedError("invalid-value", `a field cannot be ${NASTY}`, "Write 1.", {
      ...{ file: "broken.yaml", line: 3, column: 7 },
    }),
  ],
};

export const allRuns: readonly ReportedRun[] = [failedRun, saturatedRun, brokenRun];
