import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import type { CodedError } from "../../../src/errors.ts";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { decode, encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { clientIdOf } from "../../../src/protocol/mqttsn/client-id.ts";
import { Device } from "../../../src/protocol/mqttsn/device.ts";
import type { DeviceOptions } from "../../../src/protocol/mqttsn/device-options.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import type { SessionEvent } from "../../../src/protocol/mqttsn/session-options.ts";
import { UdpTransport } from "../../../src/protocol/mqttsn/transport.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";
import { North } from "../../support/north.ts";

const open: { stop(): Promise<void> }[] = [];

/** Ended after the test, the last one first. */
function closing<T extends { stop(): Promise<void> }>(thing: T): T {
  open.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.stop();
});

async function startBroker(): Promise<Broker> {
  const broker = closing(new Broker({ port: 0 }));
  await broker.start();
  return broker;
}

async function startGateway(broker: Broker, port = 0): Promise<Gateway> {
  const gateway = closing(new Gateway({ port, broker: broker.url }));
  await gateway.start();
  return gateway;
}

async function subscribe(broker: Broker): Promise<North> {
  const north = await North.subscribe(broker.url, "taktwerk/#");
  closing({ stop: () => north.end() });
  return north;
}

/** A device whose events can be awaited. */
function fakeDevice(plant: FakePlant, port: number, options: Partial<DeviceOptions> = {}) {
  const waiting = new Map<string, (event: SessionEvent) => void>();
  const unit = plant.units[0];
  if (!unit) throw new Error("no unit");
  const device = new Device(plant, unit, {
    gateways: [{ host: "127.0.0.1", port }],
    streams: ["telemetry"],
    onEvent: (event) => waiting.get(event.kind)?.(event),
    ...options,
  });
  const event = (kind: SessionEvent["kind"]) =>
    new Promise<SessionEvent>((resolve) => waiting.set(kind, resolve));
  return { device: closing(device), event };
}

/** A gateway of the test's own, at the other end of a real socket. */
async function fakeGateway(answer: (message: Message) => readonly (Message | Uint8Array)[]) {
  const socket = createSocket("udp4");
  const heard: Message[] = [];
  socket.on("message", (datagram, from) => {
    const decoded = decode(datagram);
    if (!decoded.ok) throw new Error(decoded.fault);
    heard.push(decoded.message);
    for (const reply of answer(decoded.message)) {
      socket.send(reply instanceof Uint8Array ? reply : encode(reply), from.port, from.address);
    }
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  closing({ stop: () => new Promise<void>((resolve) => socket.close(resolve)) });
  return { port: socket.address().port, heard };
}

async function codeOf(promise: Promise<unknown>): Promise<CodedError> {
  return promise.then(
    () => {
      throw new Error("did not throw");
    },
    (error: CodedError) => error,
  );
}

test("every tick arrives behind gateway and broker: its topic, its values, a sequence without gaps", async () => {
  const broker = await startBroker();
  const gateway = await startGateway(broker);
  const north = await subscribe(broker);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const { device } = fakeDevice(plant, gateway.port);
  await device.start();
  plant.emit("cnc-01", "motion", [8000, 31]);
  plant.emit("cnc-01", "motion", [8001, 32]);
  plant.emit("cnc-01", "thermal", [41.5]);
  const arrivals = await north.take(3);
  expect(arrivals.map(({ topic }) => topic)).toEqual([
    "taktwerk/machining/cnc-01/motion",
    "taktwerk/machining/cnc-01/motion",
    "taktwerk/machining/cnc-01/thermal",
  ]);
  expect(arrivals.map(({ payload }) => JSON.parse(payload))).toEqual([
    { t: "2026-01-01T00:00:00.000Z", seq: 0, q: 0, v: { "spindle-speed": 8000, "spindle-load": 31 } },
    { t: "2026-01-01T00:00:00.350Z", seq: 1, q: 0, v: { "spindle-speed": 8001, "spindle-load": 32 } },
    { t: "2026-01-01T00:00:00.000Z", seq: 0, q: 0, v: { "spindle-temperature": 41.5 } },
  ]);
  await device.stop();
  expect(device.counters()).toMatchObject({
    offered: 3,
    published: 3,
    acknowledged: 3,
    suppressed: 0,
    unconfirmed: 0,
    malformed: 0,
    unexpected: 0,
    pending: 0,
  });
  expect(gateway.counters()).toMatchObject({ clients: 0, connects: 1, registered: 3, publishedQos1: 3 });
});

test("what still waits at the stop is handed over first", async () => {
  const broker = await startBroker();
  const gateway = await startGateway(broker);
  const north = await subscribe(broker);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const { device } = fakeDevice(plant, gateway.port);
  await device.start();
  for (let i = 0; i < 20; i++) plant.emit("cnc-01", "motion", [i, i]);
  await device.stop();
  expect(device.counters()).toMatchObject({ acknowledged: 20, suppressed: 0 });
  const seqs = (await north.take(20)).map(({ payload }) => (JSON.parse(payload) as { seq: number }).seq);
  expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => i));
  plant.emit("cnc-01", "motion", [0, 0]);
  expect(device.counters().offered).toBe(20);
});

test("QoS 0 and a topic prefix of one's own", async () => {
  const broker = await startBroker();
  const gateway = await startGateway(broker);
  const north = await North.subscribe(broker.url, "hall-1/#");
  closing({ stop: () => north.end() });
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const { device } = fakeDevice(plant, gateway.port, { qos: 0, plant: "hall-1" });
  await device.start();
  plant.emit("cnc-01", "thermal", [1]);
  expect((await north.take(1))[0]?.topic).toBe("hall-1/machining/cnc-01/thermal");
  expect(gateway.counters()).toMatchObject({ publishedQos0: 1, publishedQos1: 0 });
});

test("a gateway that dies and returns: the device comes back and nothing of its backlog is lost", async () => {
  const broker = await startBroker();
  const first = await startGateway(broker);
  const { port } = first;
  const north = await subscribe(broker);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const session = { retry_ms: 50, backoff_ms: 50, backoffLimit_ms: 100 };
  const { device, event } = fakeDevice(plant, port, { session });
  await device.start();
  const lost = event("lost");
  await first.stop();
  expect(await lost).toMatchObject({ reason: "gateway-disconnected" });
  plant.emit("cnc-01", "motion", [1, 1]);
  plant.emit("cnc-01", "motion", [2, 2]);
  // Nobody listens now: at least one whole attempt fails before the gateway is back.
  expect(await event("lost")).toMatchObject({ reason: "no-answer" });
  const ready = event("ready");
  await startGateway(broker, port);
  await ready;
  const seqs = (await north.take(2)).map(({ payload }) => (JSON.parse(payload) as { seq: number }).seq);
  expect(seqs).toEqual([0, 1]);
  await device.stop();
  expect(device.counters()).toMatchObject({ acknowledged: 2, reconnects: 1, suppressed: 0 });
  expect(device.counters().portUnreachable).toBeGreaterThan(0);
});

test("a broker that restarts behind the gateway: the device waits out the congestion and comes back", async () => {
  const first = await startBroker();
  const { port } = first;
  const gateway = await startGateway(first);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const session = { backoff_ms: 20, congestionWait_ms: 50 };
  const { device, event } = fakeDevice(plant, gateway.port, { session });
  await device.start();
  const refused = event("refused");
  await first.stop();
  expect(await refused).toMatchObject({ returnCode: 1 });
  plant.emit("cnc-01", "motion", [1, 1]);
  const acknowledged = event("acknowledged");
  const second = closing(new Broker({ port }));
  await second.start();
  await acknowledged;
  expect(device.counters()).toMatchObject({ acknowledged: 1, reconnects: 1, suppressed: 0 });
});

test("garbage from the gateway is counted and survived", async () => {
  const { port } = await fakeGateway((message) => {
    if (message.type === "CONNECT") return [Uint8Array.of(9, 9), { type: "CONNACK", returnCode: 0 }];
    if (message.type === "REGISTER") {
      return [{ type: "REGACK", topicId: message.msgId, msgId: message.msgId, returnCode: 0 }];
    }
    return message.type === "DISCONNECT" ? [{ type: "DISCONNECT" }] : [];
  });
  const { device } = fakeDevice(new FakePlant([fakeUnit("cnc-01")]), port);
  await device.start();
  expect(device.counters().malformed).toBe(1);
});

test("no gateway: start ends after its deadline with a coded error that names it", async () => {
  const { port } = await fakeGateway(() => []);
  const { device } = fakeDevice(new FakePlant([fakeUnit("cnc-01")]), port, { startDeadline_ms: 100 });
  const error = await codeOf(device.start());
  expect(error.code).toBe("gateway-unreachable");
  expect(error.message).toContain(`udp://127.0.0.1:${port}`);
  await device.stop();
});

test("a closed port is told as such", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  const session = { retry_ms: 20 };
  const { device } = fakeDevice(new FakePlant([fakeUnit("cnc-01")]), port, {
    startDeadline_ms: 150,
    session,
  });
  expect((await codeOf(device.start())).message).toContain("nothing listens there");
});

test("a gateway that refuses the connection, or a topic, ends the start", async () => {
  const refusing = await fakeGateway(() => [{ type: "CONNACK", returnCode: 3 }]);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  expect((await codeOf(fakeDevice(plant, refusing.port).device.start())).code).toBe("gateway-refused");
  const choosy = await fakeGateway((message) =>
    message.type === "REGISTER"
      ? [{ type: "REGACK", topicId: 0, msgId: message.msgId, returnCode: 3 }]
      : [{ type: "CONNACK", returnCode: 0 }],
  );
  const error = await codeOf(fakeDevice(plant, choosy.port).device.start());
  expect(error.message).toContain("taktwerk/machining/cnc-01/motion");
});

test("a gateway that is congested until the deadline is not called unreachable", async () => {
  const { port } = await fakeGateway(() => [{ type: "CONNACK", returnCode: 1 }]);
  const { device } = fakeDevice(new FakePlant([fakeUnit("cnc-01")]), port, { startDeadline_ms: 50 });
  expect((await codeOf(device.start())).message).toMatch(
    /refuses "cnc-01" for congestion, with return code 1/,
  );
});

test("a transport is named as people write it, and is harmless when closed", async () => {
  expect(new UdpTransport("gateway.local", 1).name).toBe("udp://gateway.local:1");
  const transport = new UdpTransport("::1", 21_884);
  expect(transport.name).toBe("udp://[::1]:21884");
  transport.send(Uint8Array.of(2, 0x17));
  await transport.close();
  expect(transport.counters.datagramsSent).toBe(0);
});

test("a host without an address is its own error", async () => {
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const { device } = fakeDevice(plant, 1, { gateways: [{ host: "no such host", port: 1 }] });
  expect((await codeOf(device.start())).code).toBe("address-unresolved");
});

test("stop is safe when never started, when called again, and while starting", async () => {
  const { port, heard } = await fakeGateway(() => []);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  await fakeDevice(plant, port).device.stop();
  const { device } = fakeDevice(plant, port);
  const started = codeOf(device.start());
  await Promise.all([device.stop(), device.stop()]);
  expect((await started).code).toBe("gateway-unreachable");
  expect(heard).toEqual([]);
});

test("stop does not wait longer than its deadline for a gateway that is silent", async () => {
  const { port } = await fakeGateway((message) => {
    if (message.type === "CONNECT") return [{ type: "CONNACK", returnCode: 0 }];
    return message.type === "REGISTER"
      ? [{ type: "REGACK", topicId: message.msgId, msgId: message.msgId, returnCode: 0 }]
      : [];
  });
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const { device } = fakeDevice(plant, port, { stopDeadline_ms: 50 });
  await device.start();
  plant.emit("cnc-01", "motion", [1, 1]);
  plant.emit("cnc-01", "motion", [2, 2]);
  await device.stop();
  expect(device.counters()).toMatchObject({ offered: 2, unconfirmed: 1, suppressed: 1, pending: 0 });
});

test("a client id is the unit's name, or a stable short form of it", () => {
  expect(clientIdOf("cnc-01")).toBe("cnc-01");
  expect(clientIdOf("x".repeat(23))).toBe("x".repeat(23));
  const long = clientIdOf("machining-hall-3-line-7-cnc-01");
  expect(long).toMatch(/^machining-hall-[0-9a-f]{8}$/);
  expect(long).toBe(clientIdOf("machining-hall-3-line-7-cnc-01"));
  expect(long).not.toBe(clientIdOf("machining-hall-3-line-7-cnc-02"));
  expect(Buffer.byteLength(clientIdOf("Fräsmaschine-in-Halle-ÄÖÜ"))).toBeLessThanOrEqual(23);
});
