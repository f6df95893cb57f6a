/** Thresholds on what endpoints saw: when they can be judged, and when that is said instead. */
import { describe, expect, test } from "vitest";
import type { CodedErrors } from "../../src/errors.ts";
import { formatSummary } from "../../src/report/console.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import { wireMetrics } from "../../src/runtime/wire-metrics.ts";
import { LatencyRecorder } from "../../src/runtime/latency.ts";
import { addMetrics, TrendRecorder } from "../../src/scenario/metrics.ts";
import { planScenario, type Overrides, type Plan } from "../../src/scenario/plan.ts";
import { judgeThresholds } from "../../src/scenario/thresholds.ts";
import { scenarioText } from "../support/scenario-text.ts";

const plan = (threshold: string, overrides: Overrides = {}, endpoints = "{ mqttsn: {} }"): Plan => {
  const top = `duration: 1s\nendpoints: ${endpoints}\nthresholds: ["${threshold}"]\n`;
  return planScenario("plant.yaml", scenarioText({ top }), loadCatalog(), overrides);
};

function mistake(...given: Parameters<typeof plan>): string {
  try {
    plan(...given);
  } catch (error) {
    const [{ message, place, fix }] = (error as CodedErrors).errors as [CodedErrors["errors"][0]];
    return `${place!.line}:${place!.column} ${message} | ${fix}`;
  }
  throw new Error("nothing is wrong");
}

const FAILED = "wire.mqttsn.failed count == 0";

describe("what is wrong is told with its place and the way out", () => {
  test("any speed but 1", () => {
    expect(mistake(FAILED, { speed: 60 })).toBe(
      "5:14 wire.mqttsn.failed is of the wire, which cannot be judged at speed 60 | Run it with --speed 1, or leave the wire out with --no-endpoints.",
    );
  });

  test("an endpoint that no unit has", () => {
    expect(mistake(FAILED, {}, "{ mqttsn: false }")).toBe(
      "5:14 nothing can be said of wire.mqttsn.failed: no unit has such an endpoint | Give some endpoints: { mqttsn: {} }, or leave it out.",
    );
  });

  test("a figure that a counter does not have, and a metric that is not there", () => {
    expect(mistake("wire.mqttsn.failed p(99) < 3")).toMatch(/^5:14 wire\.mqttsn\.failed has no "p\(99\)"/);
    expect(mistake("wire.mqttsn.fail count == 0")).toMatch(/Did you mean "wire\.mqttsn\.failed"/);
  });
});

test("without endpoints they stay open, and the summary says why", async () => {
  const planned = plan(FAILED, { endpoints: false, speed: "max" });
  expect(planned.wireDemand).toBe("left-out");
  const lines: string[] = [];
  const run = new Run(planned, { log: (line) => lines.push(line) });
  await run.start();
  const result = await run.finish();
  await run.close();
  expect(result.thresholds).toEqual([{ text: FAILED, verdict: "open" }]);
  expect(lines[0]).toMatch(/^without endpoints/);
  const summary = formatSummary(result).join("\n");
  expect(summary).toContain("there is no wire in this run");
  expect(summary).toMatch(/^ {2}again .* --speed max .* --no-endpoints$/m);
});

const { metric: none } = new TrendRecorder();

test("figures of several hosts add up, one without devices included", () => {
  const recorder = new LatencyRecorder();
  for (const latency_ms of [10, 20, 30]) recorder.acknowledged(latency_ms, latency_ms);
  const mqttsn = {
    ...{ devices: 1, published: 5, acknowledged: 3, suppressed: 0, failed: 2, retransmitted: 1 },
    ...{ reconnects: 0, lost: 0, commands: 0, malformed: 0 },
  };
  const busy = wireMetrics({ mqttsn, mqttsnLatency: recorder.summary() }, {}, none);
  const sum = addMetrics([wireMetrics({}, {}, none), busy, busy]);
  const judged = judgeThresholds(
    [
      "wire.mqttsn.failed count == 4",
      "wire.mqttsn.puback_latency_ms p(99) < 31",
      "wire.mqttsn.puback_latency_ms avg > 19",
      "wire.mqttsn.puback_latency_ms count == 6",
      "wire.opcua.sessions count > 0",
    ],
    sum,
    false,
  );
  expect(judged.map(({ verdict }) => verdict)).toEqual(["passed", "passed", "passed", "passed", "failed"]);
  const silent = wireMetrics({}, {}, none);
  const unsaid = judgeThresholds(["wire.mqttsn.puback_latency_ms p(99) < 500"], silent, false);
  expect(unsaid).toEqual([{ text: "wire.mqttsn.puback_latency_ms p(99) < 500", verdict: "failed" }]);
});

test("what OPC UA clients were sent in the warm-up does not count, and what there is at the end does", () => {
  const opcua = { servers: 1, sessions: 2, sessionsOpened: 5, subscriptions: 3, monitoredItems: 40 };
  const before = { ...opcua, channels: 1, notifications: 100, faults: 0 };
  const reconnects = new TrendRecorder();
  reconnects.record(1.5);
  const after = { ...before, channels: 4, notifications: 130 };
  const metrics = wireMetrics({ opcua: after }, { opcua: before }, reconnects.metric);
  const judged = judgeThresholds(
    [
      "wire.opcua.channels count == 4",
      "wire.opcua.subscriptions count == 3",
      "wire.opcua.items count == 40",
      "wire.opcua.notifications count == 30",
      "wire.opcua.reconnect_s max == 1.5",
    ],
    addMetrics([metrics, wireMetrics({}, {}, none)]),
    false,
  );
  expect(judged.map(({ verdict }) => verdict)).toEqual(judged.map(() => "passed"));
});
