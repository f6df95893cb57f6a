/** Latencies after the intended time, in a run whose time somebody lets stand. */
import { afterEach, expect, test } from "vitest";
import { formatSummary } from "../../src/report/console.ts";
import type { PaceOrder } from "../../src/runtime/pacer.ts";
import { Run } from "../../src/runtime/run.ts";
import { wiredPlan } from "../support/wired-plan.ts";

const NOTHING = { text: "", sort: "name", offset: 0, limit: 0 } as const;
const opened: Run[] = [];

afterEach(async () => {
  for (const run of opened.splice(0)) await run.close();
});

async function start(hosts: number) {
  const run = new Run((await wiredPlan({ opcua: "false" })).plan, { hosts });
  opened.push(run);
  await run.start();
  const finished = run.finish();
  const untilAcknowledged = async (least: number): Promise<number> => {
    for (;;) {
      const { mqttsn } = (await run.wire(NOTHING)).counts;
      if (mqttsn!.acknowledged >= least) return mqttsn!.acknowledged;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const end = () => {
    run.stop();
    return finished;
  };
  return { run, untilAcknowledged, end };
}

test.each<[string, number, PaceOrder]>([
  ["stands", 1, { do: "pause" }],
  ["stands on two hosts", 2, { do: "pause" }],
  ["steps", 1, { do: "step", to_s: 30 }],
  ["goes faster", 1, { do: "go", speed: 30 }],
])(
  "latencies after the intended time are counted until time %s, and round trips on",
  async (_how, hosts, order) => {
    const { run, untilAcknowledged, end } = await start(hosts);
    await untilAcknowledged(1);
    const { due_s: after_s } = await run.pace(order);
    await run.pace({ do: "resume" });
    await untilAcknowledged((await untilAcknowledged(1)) + 5);
    const result = await end();
    const { acknowledged, delay, roundTrip, until_s } = result.wire.mqttsnLatency!;
    expect(until_s).toBeGreaterThan(0);
    expect(until_s).toBeLessThanOrEqual(Math.min(after_s, 29));
    expect(roundTrip.count).toBe(result.wire.mqttsn!.acknowledged);
    expect(acknowledged.count).toBeLessThan(roundTrip.count);
    expect(delay.count).toBeLessThan(result.wire.mqttsn!.published);
    expect(formatSummary(result).join("\n")).toMatch(
      /after the intended time until [\d.]+ s, when time first stood or changed its speed; round trip p50/,
    );
  },
);

test("latencies after the intended time are of all messages when time always went along", async () => {
  const { untilAcknowledged, end } = await start(1);
  await untilAcknowledged(3);
  const { wire } = await end();
  expect(wire.mqttsnLatency!.until_s).toBeUndefined();
  expect(wire.mqttsnLatency!.acknowledged.count).toBe(wire.mqttsn!.acknowledged);
});
