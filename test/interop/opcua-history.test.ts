/** The past of signals as a client in another process reads it to fill a gap. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { Plant } from "../../src/plant/plant.ts";
import type { GroupSample } from "../../src/protocol/port.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { demoPlan } from "../support/demo-plant.ts";
import { Operator } from "../support/operator.ts";

const START_MS = Date.UTC(2026, 5, 1);
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-history-"));
const plant = new Plant(42, { start_ms: 0, wireStart_ms: START_MS }, demoPlan().units);
/** What the plant published, in the order of ticks. */
const published: GroupSample[] = [];
let server: UnitServer;
let operator: Operator;

interface Answer {
  readonly status: string;
  readonly values: [time_ms: number, value: number, status: string][];
}

beforeAll(async () => {
  plant.watch("cnc-01", "motion", (sample) => published.push(sample));
  server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["Basic256Sha256/SignAndEncrypt"],
    trust: "all",
    pkiFolder: path.join(folder, "server"),
  });
  await server.start();
  operator = new Operator(server.endpointUrl, path.join(folder, "operator"), "SignAndEncrypt");
  plant.advance(1500);
});

afterAll(async () => {
  await operator.end();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const at = (time_s: number): number => START_MS + time_s * 1000;

const raw = (from_s: number, to_s: number, signal = "spindle-speed"): Promise<Answer> =>
  operator.ask("history", { node: `cnc-01/${signal}`, from_ms: at(from_s), to_ms: at(to_s) });

const of = (from_s: number, to_s: number, index: number): [number, unknown, string][] =>
  published
    .filter(({ time_s }) => time_s >= from_s && time_s <= to_s)
    .map(({ timestamp_ms, values }) => [timestamp_ms, values[index], "Good"]);

const indexOf = (id: string): number => plant.units[0]!.groups[0]!.signals.findIndex((it) => it.id === id);

test("raw values are those that were published, with their timestamps", async () => {
  const { values } = await raw(1100, 1160);
  expect(values.length).toBeGreaterThan(150);
  expect(values).toEqual(of(1100, 1160, indexOf("spindle-speed")));
  const backwards = await raw(1160, 1100);
  expect(backwards.values).toEqual(of(1100, 1160, indexOf("spindle-speed")).reverse());
});

test("more values than a client takes at a time come in pieces, none lost and none twice", async () => {
  const { pieces, values } = await operator.ask<Answer & { pieces: number }>("history-in-pieces", {
    node: "cnc-01/spindle-load",
    from_ms: at(1000),
    to_ms: at(1200),
    most: 100,
  });
  expect(values).toEqual(of(1000, 1200, indexOf("spindle-load")));
  expect(pieces).toBe(Math.ceil(values.length / 100));
});

test("the store is bounded: what is older than ten minutes is gone, and the future is empty", async () => {
  const { values } = await raw(0, 3000);
  expect(values).toEqual(of(900, 1500, indexOf("spindle-speed")));
  expect((await raw(1600, 1700)).values).toEqual([]);
});

test("processed values are computed from the raw ones", async () => {
  const list = of(1200, 1260, indexOf("spindle-speed")).filter(([time_ms]) => time_ms < at(1260));
  const numbers = list.map(([, value]) => Number(value));
  const ask = async (aggregate: string): Promise<number> => {
    const request = { node: "cnc-01/spindle-speed", from_ms: at(1200), to_ms: at(1260), interval_ms: 60_000 };
    const { values } = await operator.ask<Answer>("aggregate", { ...request, aggregate });
    return values[0]![1];
  };
  expect(await ask("Minimum")).toBe(Math.min(...numbers));
  expect(await ask("Maximum")).toBe(Math.max(...numbers));
  expect(await ask("Count")).toBe(numbers.length);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const average = await ask("Average");
  expect(Math.abs(average - mean)).toBeLessThan(0.01 * Math.abs(mean) + 1);
});

test("what cannot be answered costs only its own answer, and nothing hangs", async () => {
  const ask = (from_s: number, to_s: number, interval_ms: number): Promise<Answer> =>
    operator.ask("aggregate", {
      ...{ node: "cnc-01/spindle-speed", from_ms: at(from_s), to_ms: at(to_s), interval_ms },
      aggregate: "Average",
    });
  for (const interval_ms of [1e-9, 0.01]) {
    expect((await ask(1000, 1400, interval_ms)).status).toBe("BadInvalidArgument");
  }
  expect((await ask(1400, 1000, 1000)).status).toBe("BadInvalidArgument");
  expect((await ask(2000, 3000, 1000)).status).toBe("GoodNoData");
  const gap = await ask(0, 3000, 100_000);
  expect(gap.values.map(([time_ms]) => time_ms)).toEqual([900, 1000, 1100, 1200, 1300, 1400].map(at));
  expect(await raw(1600, 1700)).toEqual({ status: "GoodNoData", values: [] });
  expect(await raw(1100, 1160, "Monitoring")).toMatchObject({ status: "BadHistoryOperationUnsupported" });
  expect(await operator.read("i=11193")).toBe(true);
});

test("a signal that no model marks has no past", async () => {
  await expect(raw(1100, 1160, "tool-number")).resolves.toMatchObject({
    status: "BadHistoryOperationUnsupported",
  });
});
