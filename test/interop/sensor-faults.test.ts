/** Sensors that lie, as protocols show them: status codes and timestamps of a real server, payloads of a device. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { decode } from "cborg";
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  TimestampsToReturn,
  type ClientSession,
  type DataValue,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { RandomKey } from "../../src/engine/random.ts";
import { Plant } from "../../src/plant/plant.ts";
import type { Encoding } from "../../src/protocol/dataset.ts";
import { DEVICE_DEFAULTS } from "../../src/protocol/mqttsn/device-options.ts";
import { Publisher, type Emission } from "../../src/protocol/mqttsn/publisher.ts";
import { streamsOf } from "../../src/protocol/mqttsn/streams.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { demoPlan } from "../support/demo-plant.ts";
import { plainSession } from "../support/plain-session.ts";

const UNIT = "cnc-01";
const START_MS = Date.UTC(2026, 5, 1);
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-sensors-"));
const makePlant = (): Plant =>
  new Plant(42, { start_ms: 0, wireStart_ms: START_MS }, demoPlan().units.slice(0, 1));

type Given = Record<string, string | number>;

function inject(plant: Plant, fault: string, given: Given): void {
  const result = plant.command(UNIT, { name: "inject-fault", arguments: { fault, id: fault, ...given } });
  expect(result).toEqual({ done: true });
}

const clear = (plant: Plant, id: string): unknown =>
  plant.command(UNIT, { name: "clear-fault", arguments: { id } });

describe("an OPC UA server", () => {
  let plant: Plant;
  let server: UnitServer;
  let session: ClientSession;
  let close: () => Promise<void>;

  beforeAll(async () => {
    plant = makePlant();
    server = new UnitServer(plant, plant.units[0]!, {
      port: 0,
      security: ["none"],
      trust: "all",
      anonymous: "operator",
      pkiFolder: path.join(folder, "server"),
    });
    await server.start();
    ({ session, close } = await plainSession(server.endpointUrl));
    await session.readNamespaceArray();
    plant.advance(60);
  });

  afterAll(async () => {
    await close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const node = (signal: string): string =>
    `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${UNIT}/${signal}`;
  const read = (signal: string): Promise<DataValue> =>
    session.read({ nodeId: node(signal), attributeId: AttributeIds.Value });
  const seen = async (signal: string): Promise<[string, unknown]> => {
    const { statusCode, value } = await read(signal);
    return [statusCode.name, value.value];
  };

  test("a broken wire is BadSensorFailure without a value, in reads, in the past and to who is subscribed", async () => {
    expect((await seen("vibration"))[0]).toBe("Good");
    const told = await subscribe(session, node("vibration"));
    expect(await told("Good")).toBe("Good");
    inject(plant, "sensor-rail", { signal: "vibration" });
    plant.advance(65);
    expect(await seen("vibration")).toEqual(["BadSensorFailure", null]);
    expect((await seen("tool-load"))[0]).toBe("Good");
    expect(await told("BadSensorFailure")).toBe("BadSensorFailure");
    clear(plant, "sensor-rail");
    plant.advance(70);
    expect((await seen("vibration"))[0]).toBe("Good");
    expect(await told("Good")).toBe("Good");
    const { historyData } = (await session.readHistoryValue(
      node("vibration"),
      new Date(START_MS + 55_000),
      new Date(START_MS + 70_000),
    )) as unknown as { historyData: { dataValues: readonly DataValue[] } };
    const past = historyData.dataValues.map(({ statusCode, value }) => [
      statusCode.name,
      typeof value.value === "number",
    ]);
    expect(past.filter(([status]) => status === "BadSensorFailure").length).toBe(5);
    for (const [status, hasValue] of past) expect(hasValue).toBe(status === "Good");
    expect(past.map(([status]) => status).slice(0, 3)).toEqual(["Good", "Good", "Good"]);
  });

  test("a sensor that drops out shows its last usable value, and says so; or none", async () => {
    const bursts = { signal: "hydraulic-pressure", samples: 1000, gap: 1 };
    inject(plant, "sensor-dropout", bursts);
    plant.advance(plant.now_s + 20);
    const [status, value] = await seen("hydraulic-pressure");
    expect([status, typeof value]).toEqual(["UncertainLastUsableValue", "number"]);
    plant.advance(plant.now_s + 20);
    expect(await seen("hydraulic-pressure")).toEqual([status, value]);
    clear(plant, "sensor-dropout");
    inject(plant, "sensor-dropout", { ...bursts, quality: "bad" });
    plant.advance(plant.now_s + 20);
    expect(await seen("hydraulic-pressure")).toEqual(["BadNoCommunication", null]);
    clear(plant, "sensor-dropout");
    plant.advance(plant.now_s + 6);
    expect((await seen("hydraulic-pressure"))[0]).toBe("Good");
  });

  test("a lie is Good, and a wrong clock is in the source timestamp alone", async () => {
    const own = (await read("air-pressure")).value.value as number;
    inject(plant, "unit-swap", { signal: "air-pressure" });
    inject(plant, "clock-skew", { group: "fluids", offset_s: -3600 });
    plant.advance(plant.now_s + 10);
    const { statusCode, value, sourceTimestamp } = await read("air-pressure");
    expect(statusCode.name).toBe("Good");
    expect((value.value as number) / own).toBeGreaterThan(12);
    const tick = plant.read(UNIT, "fluids")!;
    expect(sourceTimestamp!.getTime() - (START_MS + tick.time_s * 1000)).toBeCloseTo(-3_600_000, -1);
    const other = await read("active-power");
    expect(other.sourceTimestamp!.getTime()).toBe(plant.read(UNIT, "energy")!.timestamp_ms);
    expect(other.sourceTimestamp!.getTime()).toBeGreaterThan(START_MS);
    clear(plant, "unit-swap");
    clear(plant, "clock-skew");
    plant.advance(plant.now_s + 6);
    const after = await read("air-pressure");
    expect(after.sourceTimestamp!.getTime()).toBe(
      START_MS + Math.round(plant.read(UNIT, "fluids")!.time_s * 1000),
    );
  });
});

/** What a monitored item hears. @returns waits for the next value with a status */
async function subscribe(
  session: ClientSession,
  nodeId: string,
): Promise<(status: string) => Promise<string>> {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 100,
    maxNotificationsPerPublish: 100,
    publishingEnabled: true,
    priority: 1,
  });
  const item = ClientMonitoredItem.create(
    subscription,
    { nodeId, attributeId: AttributeIds.Value },
    { queueSize: 100, discardOldest: true, samplingInterval: 0 },
    TimestampsToReturn.Both,
  );
  const heard: string[] = [];
  let awake = (): void => undefined;
  item.on("changed", ({ statusCode }: DataValue) => {
    heard.push(statusCode.name);
    awake();
  });
  return async (status) => {
    for (;;) {
      const found = heard.indexOf(status);
      if (found >= 0) return heard.splice(0, found + 1).at(-1)!;
      await new Promise<void>((resolve) => (awake = resolve));
    }
  };
}

/** What a device publishes of a group at each tick, from 60 s on. */
function publish(plant: Plant, group: string, encoding: Encoding, until_s: number): Emission[] {
  plant.advance(60);
  const unit = plant.units[0]!;
  const streams = streamsOf(unit, ["telemetry"]).filter(({ name }) => name === group);
  const emissions: Emission[] = [];
  const options = { ...DEVICE_DEFAULTS, encoding, publish: "tick", payloadLimit: 60_000 } as const;
  const rest = { isWallTime: true, random: RandomKey.root(1), log: () => undefined };
  const publisher = new Publisher(plant, unit, streams, { ...options, ...rest }, String, (emission) =>
    emissions.push(emission),
  );
  publisher.start();
  plant.advance(until_s);
  publisher.stop();
  return emissions;
}

const parse = ({ data }: Emission) => JSON.parse(new TextDecoder().decode(data));

test("payloads carry the status, and no value where it is Bad", () => {
  const [q, v] = [{ vibration: 0x808c0000 }, { vibration: null, "tool-load": 100 }];
  const faulty = (): Plant => {
    const plant = makePlant();
    inject(plant, "sensor-rail", { signal: "vibration" });
    return plant;
  };
  const [json] = publish(faulty(), "monitor", "json", 62);
  expect(parse(json!)).toMatchObject({ q, v: { vibration: null } });
  const [cbor] = publish(faulty(), "monitor", "cbor", 62);
  expect(decode(cbor!.data)).toMatchObject({ q, v: { vibration: null } });
  const [ua] = publish(faulty(), "monitor", "ua-json", 62);
  expect(parse(ua!).Messages[0]).toMatchObject({
    Status: { Code: 0x808c0000 },
    Payload: { vibration: null },
  });
  expect(Object.keys(parse(json!).v)).toEqual(expect.arrayContaining(Object.keys(v)));
  const [sound] = publish(makePlant(), "monitor", "json", 62);
  expect(parse(sound!).q).toBe(0);
});

test("payloads come twice and out of order, each with a number of its own", () => {
  const plant = makePlant();
  inject(plant, "sample-duplicate", { group: "energy", ratio: 0.3 });
  inject(plant, "sample-reorder", { group: "energy", ratio: 0.3 });
  const messages = publish(plant, "energy", "json", 160).map(parse) as { seq: number; t: string }[];
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i));
  const times = messages.map(({ t }) => Date.parse(t));
  expect(times.filter((it, i) => it === times[i - 1]).length).toBeGreaterThan(10);
  expect(times.filter((it, i) => it < times[i - 1]!).length).toBeGreaterThan(5);
  expect(new Set(times).size).toBeGreaterThan(95);
});

test("a message of a controller whose clock is off is due when it is taken", () => {
  const skewed = makePlant();
  inject(skewed, "clock-skew", { group: "energy", offset_s: -600 });
  const [off, right] = [skewed, makePlant()].map((plant) => publish(plant, "energy", "json", 70));
  expect(off!.map(({ intended_ms }) => intended_ms)).toEqual(right!.map(({ intended_ms }) => intended_ms));
  const late_ms = off!.map((it, i) => Date.parse(parse(it).t) - Date.parse(parse(right![i]!).t));
  // Its 50 ppm are some milliseconds after a minute.
  expect(late_ms.every((it) => Math.abs(it + 600_000) < 10)).toBe(true);
});
