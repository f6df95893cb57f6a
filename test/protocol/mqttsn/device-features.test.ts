/** Devices that are driven, that tell whether they are there, that have more than one gateway or none. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { Device } from "../../../src/protocol/mqttsn/device.ts";
import type { DeviceOptions } from "../../../src/protocol/mqttsn/device-options.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import type { GatewayOptions } from "../../../src/protocol/mqttsn/gateway-options.ts";
import type { SessionEvent } from "../../../src/protocol/mqttsn/session-options.ts";
import type { Command, CommandResult } from "../../../src/protocol/port.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";
import { North } from "../../support/north.ts";

const TOPIC = "taktwerk/machining/cnc-01";

/** A plant that keeps what it was asked. */
class DrivenPlant extends FakePlant {
  readonly asked: [string, Command][] = [];

  override command(unit: string, command: Command): CommandResult {
    this.asked.push([unit, command]);
    if (command.name !== "paint") return { done: true };
    return { done: false, status: 0x803d0000, reason: "there is no paint" };
  }
}

let broker: Broker;
let north: North;
let plant: DrivenPlant;
let open: { stop(): Promise<void> }[];

beforeEach(async () => {
  broker = new Broker({ port: 0 });
  await broker.start();
  north = await North.subscribe(broker.url, "taktwerk/#");
  plant = new DrivenPlant([fakeUnit("cnc-01")]);
  open = [];
});

afterEach(async () => {
  for (const it of open.reverse()) await it.stop();
  await north.end();
  await broker.stop();
});

async function startGateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = new Gateway({ port: 0, broker: broker.url, ...options });
  open.push(gateway);
  await gateway.start();
  return gateway;
}

async function startDevice(gateways: readonly Gateway[], options: Partial<DeviceOptions> = {}) {
  const waiting = new Map<string, (event: SessionEvent) => void>();
  const device = new Device(plant, plant.units[0]!, {
    gateways: gateways.map(({ port }) => ({ host: "127.0.0.1", port })),
    streams: ["telemetry"],
    onEvent: (event) => waiting.get(event.kind)?.(event),
    ...options,
  });
  open.push(device);
  await device.start();
  const event = (kind: SessionEvent["kind"]): Promise<SessionEvent> =>
    new Promise((resolve) => waiting.set(kind, resolve));
  return { device, event };
}

describe("commands", () => {
  const ask = async (payload: string): Promise<unknown> => {
    await north.publish(`${TOPIC}/command`, payload, 1);
    for (;;) {
      const [arrival] = await north.take(1);
      if (arrival!.topic === `${TOPIC}/answer`) return JSON.parse(arrival!.payload);
    }
  };

  test("a message of the command topic drives the unit, and the answer says what became of it", async () => {
    const { device } = await startDevice([await startGateway()], { commands: true });
    const drive = '{"id":"17","command":"set-override","arguments":{"which":"feed","percent":80}}';
    expect(await ask(drive)).toEqual({ id: "17", command: "set-override", done: true });
    expect(await ask('{"command":"paint"}')).toEqual({
      command: "paint",
      done: false,
      status: 0x803d0000,
      reason: "there is no paint",
    });
    expect(plant.asked).toEqual([
      ["cnc-01", { name: "set-override", arguments: { which: "feed", percent: 80 } }],
      ["cnc-01", { name: "paint", arguments: {} }],
    ]);
    expect(device.counters()).toMatchObject({ commands: 2, received: 2 });
  });

  test.each([
    ["start", "no JSON$"],
    ["[1]", "no JSON object"],
    ["{}", '"command"'],
    ['{"command":"start","id":{}}', '"id"'],
    ['{"command":"start","arguments":{"a":null}}', '"arguments"'],
  ])("%s is refused in the answer and never reaches the unit", async (payload, reason) => {
    await startDevice([await startGateway()], { commands: true });
    expect(await ask(payload)).toMatchObject({
      done: false,
      status: 0x80ab0000,
      reason: expect.stringMatching(reason) as string,
    });
    expect(plant.asked).toEqual([]);
  });
});

test("the stream connection says connected, ended, and by the gateway's hand lost", async () => {
  const gateway = await startGateway();
  const { device } = await startDevice([gateway], { will: true, session: { keepAlive_s: 1 } });
  expect(await north.take(1)).toEqual([{ topic: `${TOPIC}/connection`, payload: '{"state":"connected"}' }]);
  await device.stop();
  expect(await north.take(1)).toEqual([{ topic: `${TOPIC}/connection`, payload: '{"state":"ended"}' }]);
  const late = await North.subscribe(broker.url, "taktwerk/#");
  expect((await late.take(1))[0]!.payload).toBe('{"state":"ended"}');
  await late.end();
  expect(gateway.counters()).toMatchObject({ clients: 0, lostClients: 0 });
});

test("a device whose gateway falls silent goes on with the next one", async () => {
  const first = await startGateway();
  const second = await startGateway({ gwId: 2 });
  const session = { retry_ms: 20, retries: 1, backoff_ms: 20 };
  const { device, event } = await startDevice([first, second], { session });
  const ready = event("ready");
  await first.stop();
  await ready;
  plant.emit("cnc-01", "motion", [1, 1]);
  expect((await north.take(1))[0]!.topic).toBe(`${TOPIC}/motion`);
  expect(second.counters()).toMatchObject({ clients: 1 });
  expect(device.counters()).toMatchObject({ reconnects: 1, suppressed: 0 });
});

test("QoS 2 through gateway and broker", async () => {
  const gateway = await startGateway();
  const { device } = await startDevice([gateway], { qos: 2 });
  for (let i = 0; i < 3; i++) plant.emit("cnc-01", "motion", [i, i]);
  const arrivals = await north.take(3);
  expect(arrivals.map(({ payload }) => (JSON.parse(payload) as { seq: number }).seq)).toEqual([0, 1, 2]);
  await device.stop();
  expect(device.counters()).toMatchObject({ acknowledged: 3, pending: 0, unexpected: 0 });
  expect(gateway.counters()).toMatchObject({ publishedQos2: 3 });
});

test("QoS -1: pre-defined topics, no connection", async () => {
  const names = ["motion", "status", "thermal"].map((stream) => `${TOPIC}/${stream}`);
  const gateway = await startGateway({ predefinedTopics: new Map(names.map((name, i) => [i + 1, name])) });
  const predefinedTopics = new Map(names.map((name, i) => [name, i + 1]));
  const { device } = await startDevice([gateway], { qos: -1, session: { predefinedTopics } });
  plant.emit("cnc-01", "thermal", [1]);
  expect((await north.take(1))[0]!.topic).toBe(`${TOPIC}/thermal`);
  await device.stop();
  expect(gateway.counters()).toMatchObject({ connects: 0, publishedQos0: 1 });
  expect(device.counters()).toMatchObject({ offered: 1, published: 1, datagramsSent: 1 });
});

test("a device that sleeps hands over what has gathered, and hears its commands, when it wakes up", async () => {
  const gateway = await startGateway();
  const session = { sleep: { duration_s: 1, idle_ms: 10 } };
  const { device, event } = await startDevice([gateway], { session, commands: true });
  await event("asleep");
  plant.emit("cnc-01", "motion", [1, 1]);
  await north.publish(`${TOPIC}/command`, '{"command":"start"}', 1);
  const topics = (await north.take(3)).map(({ topic }) => topic.slice(TOPIC.length + 1)).sort();
  expect(topics).toEqual(["answer", "command", "motion"]);
  expect(plant.asked).toHaveLength(1);
  await device.stop();
  expect(device.counters()).toMatchObject({ connects: 1, lost: 0, pending: 0 });
});
