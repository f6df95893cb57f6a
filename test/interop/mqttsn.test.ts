import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { encode, type Message } from "../../src/protocol/mqttsn/codec/codec.ts";
import { Device } from "../../src/protocol/mqttsn/device.ts";
import type { DeviceOptions } from "../../src/protocol/mqttsn/device-options.ts";
import { Gateway } from "../../src/protocol/mqttsn/gateway.ts";
import { type Transport, UdpTransport } from "../../src/protocol/mqttsn/transport.ts";
import type { UnitDescription } from "../../src/protocol/port.ts";
import { Child } from "../support/child.ts";
import { FakePlant, fakeUnit } from "../support/fake-plant.ts";
import { CONNECT, MqttSnClient } from "../support/mqttsn-client.ts";
import { TABLE } from "../support/mqttsn-table.ts";
import { North } from "../support/north.ts";
import { type Datagram, pcap } from "../support/pcap.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { peer } from "../support/peers.ts";

const mosquitto = peer("mosquitto");
const mosquittoSub = peer("mosquitto_sub");
const tshark = peer("tshark");

const GATEWAY_PORT = 21_884;
const DEVICE_PORT = 50_000;

let folder: string;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "taktwerk-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function child(program: string | undefined, args: readonly string[]): Child {
  if (program === undefined) throw new Error("a skipped test does not run");
  const started = new Child(program, args);
  ends.push(() => started.end());
  return started;
}

async function startGateway(broker: string, mqttVersion: 4 | 5 = 4): Promise<Gateway> {
  const gateway = new Gateway({ port: 0, broker, mqttVersion });
  await gateway.start();
  ends.push(() => gateway.stop());
  return gateway;
}

async function startBroker(): Promise<Broker> {
  const broker = new Broker({ port: 0 });
  await broker.start();
  ends.push(() => broker.stop());
  return broker;
}

/** @param options  what is not given is a device of the plant's first unit at QoS 1 */
async function startDevice(
  plant: FakePlant,
  gateway: Gateway,
  { index = 0, ...options }: Partial<DeviceOptions> & { readonly index?: number } = {},
): Promise<Device> {
  const device = new Device(plant, plant.units[index] as UnitDescription, {
    gateways: [{ host: "127.0.0.1", port: gateway.port }],
    streams: ["telemetry"],
    ...options,
  });
  ends.push(() => device.stop());
  await device.start();
  return device;
}

/** Debian's broker, which tells everything that it hears and says. @param settings  further lines of its file */
async function startMosquitto(settings = ""): Promise<{
  readonly log: Child;
  readonly port: string;
  readonly url: string;
}> {
  const port = await freeTcpPort();
  const config = join(folder, `mosquitto-${port}.conf`);
  await writeFile(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\nlog_type all\n${settings}`,
  );
  const log = child(mosquitto, ["-c", config]);
  await log.line(/ running$/);
  return { log, port: `${port}`, url: `mqtt://127.0.0.1:${port}` };
}

const LINE =
  'taktwerk/machining/cnc-01/motion {"t":"2026-01-01T00:00:00.000Z","seq":0,"q":0,' +
  '"v":{"spindle-speed":8000,"spindle-load":31}}';

test.skipIf(!mosquittoSub)("mosquitto_sub hears a device through our gateway and our broker", async () => {
  const broker = await startBroker();
  const port = String(broker.port);
  const sub = child(mosquittoSub, ["-h", "127.0.0.1", "-p", port, "-t", "taktwerk/#", "-q", "1", "-v"]);
  await vi.waitFor(() => expect(broker.counters().subscriptions).toBe(1), 30_000);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  await startDevice(plant, await startGateway(broker.url));
  plant.emit("cnc-01", "motion", [8000, 31]);
  expect(await sub.line(/^taktwerk/)).toBe(LINE);
});

test.skipIf(!mosquitto || !mosquittoSub)("our gateway bridges into mosquitto", async () => {
  const { log, port, url } = await startMosquitto();
  const sub = child(mosquittoSub, ["-h", "127.0.0.1", "-p", port, "-t", "taktwerk/#", "-q", "1", "-v"]);
  await log.line(/Sending SUBACK/);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const device = await startDevice(plant, await startGateway(url));
  plant.emit("cnc-01", "motion", [8000, 31]);
  expect(await sub.line(/^taktwerk/)).toBe(LINE);
  await device.stop();
  expect(device.counters()).toMatchObject({ acknowledged: 1, unconfirmed: 0, malformed: 0 });
  await log.line(/Received DISCONNECT from cnc-01/);
});

test.skipIf(!mosquitto || !mosquittoSub)("our gateway bridges into mosquitto over MQTT 5", async () => {
  const { log, port, url } = await startMosquitto();
  const plant = new FakePlant([fakeUnit("cnc-00"), fakeUnit("cnc-01"), fakeUnit("cnc-02")]);
  const gateway = await startGateway(url, 5);
  const devices: Device[] = [];
  for (const qos of [0, 1, 2] as const) {
    devices.push(await startDevice(plant, gateway, { index: qos, qos }));
    // p5: what the broker thinks that it speaks with the client
    await log.line(new RegExp(`New client connected from .* as cnc-0${qos} \\(p5, c1,`));
  }
  // MQTT 5, 3.4.2.1: nobody listens, which the broker says and which is no refusal.
  plant.emit("cnc-01", "thermal", [41]);
  await log.line(/Sending PUBACK to cnc-01 \(m\d+, rc16\)/);
  plant.emit("cnc-02", "thermal", [42]);
  await log.line(/Sending PUBCOMP to cnc-02/);
  const args = ["-V", "5", "-h", "127.0.0.1", "-p", port, "-t", "taktwerk/+/+/motion", "-q", "2"];
  const sub = child(mosquittoSub, [...args, "-F", "%q %t %p"]);
  await log.line(/Sending SUBACK/);
  for (const qos of [0, 1, 2]) {
    plant.emit(`cnc-0${qos}`, "motion", [8000, 31]);
    expect(await sub.line(/taktwerk/)).toBe(`${qos} ${LINE.replace("cnc-01", `cnc-0${qos}`)}`);
  }
  for (const device of devices) await device.stop();
  const clean = { rejected: 0, congested: 0, suppressed: 0, unconfirmed: 0, malformed: 0, lost: 0 };
  expect(devices.map((device) => device.counters())).toMatchObject([
    { ...clean, published: 1, acknowledged: 0 },
    { ...clean, published: 2, acknowledged: 2 },
    { ...clean, published: 2, acknowledged: 2 },
  ]);
});

test.skipIf(!mosquitto)(
  "what mosquitto refuses over MQTT 5 is rejected, and what comes after it is not",
  async () => {
    const rules = join(folder, "rules.acl");
    // Started by root, mosquitto reads its rules as a user of its own.
    await chmod(folder, 0o755);
    await writeFile(rules, "topic write taktwerk/+/+/motion\n");
    const { log, url } = await startMosquitto(`acl_file ${rules}\n`);
    const plant = new FakePlant([fakeUnit("cnc-01")]);
    const gateway = await startGateway(url, 5);
    for (const qos of [1, 2] as const) {
      const device = await startDevice(plant, gateway, { qos });
      plant.emit("cnc-01", "thermal", [41]);
      await log.line(/Sending (PUBACK|PUBREC) to cnc-01 \(m\d+, rc135\)/);
      plant.emit("cnc-01", "motion", [8000, 31]);
      await log.line(/Sending (PUBACK|PUBCOMP) to cnc-01/);
      await device.stop();
      expect(device.counters()).toMatchObject({ offered: 2, rejected: 1, acknowledged: 1, congested: 0 });
    }
  },
);

test.skipIf(!mosquitto)("over MQTT 5 a session that is not clean outlives its connection", async () => {
  const { url } = await startMosquitto();
  const gateway = await startGateway(url, 5);
  const connect = { ...CONNECT, cleanSession: false };
  const client = await new MqttSnClient(gateway.port).connected(connect);
  ends.push(() => client.close());
  const topic = { kind: "name", name: "orders/c1" } as const;
  const granted = await client.ask({ type: "SUBSCRIBE", dup: false, qos: 1, msgId: 1, topic });
  expect(granted).toMatchObject({ type: "SUBACK", returnCode: 0, qos: 1 });
  expect(await client.ask({ type: "DISCONNECT" })).toEqual({ type: "DISCONNECT" });
  const north = await North.subscribe(url, "orders/#", 5);
  ends.push(() => north.end());
  await north.publish("orders/c1", "start", 1);
  await client.connected(connect);
  const told = await client.next();
  if (told?.type !== "REGISTER") throw new Error(`not a REGISTER: ${told?.type}`);
  expect(told.topicName).toBe("orders/c1");
  const { topicId, msgId } = told;
  const kept = await client.ask({ type: "REGACK", topicId, msgId, returnCode: 0 });
  expect(kept).toMatchObject({ type: "PUBLISH", qos: 1, data: new TextEncoder().encode("start") });
});

const FIELDS = [
  "mqttsn.msg.type",
  "mqttsn.msg.len",
  "mqttsn.client.id",
  "mqttsn.topic",
  "mqttsn.topic.id",
  "mqttsn.msg.id",
  "mqttsn.pub.msg",
] as const;

type Dissection = Record<(typeof FIELDS)[number] | "_ws.malformed" | "_ws.expert.message", string>;

/** What tshark sees in each datagram; a field that occurs twice has both values with a comma between. */
async function dissect(datagrams: readonly Datagram[]): Promise<Dissection[]> {
  if (tshark === undefined) throw new Error("a skipped test does not run");
  const file = join(folder, "datagrams.pcap");
  await writeFile(file, pcap(datagrams));
  const names = [...FIELDS, "_ws.malformed", "_ws.expert.message"];
  const fields = names.flatMap((name) => ["-e", name]);
  const { stdout } = await promisify(execFile)(tshark, [
    ...["-r", file, "-d", `udp.port==${GATEWAY_PORT},mqttsn`, "-T", "fields"],
    ...fields,
  ]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => {
      const values = line.split("\t");
      return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])) as Dissection;
    });
}

const toGateway = (message: Message): Datagram => ({
  from: DEVICE_PORT,
  to: GATEWAY_PORT,
  data: encode(message),
});

test.skipIf(!tshark)("tshark dissects every type of message without a malformed one", async () => {
  const publish = TABLE.map(([, message]) => message).find((message) => message.type === "PUBLISH");
  if (!publish) throw new Error("the table has every type");
  const long: Message = { ...publish, data: new TextEncoder().encode("x".repeat(300)) };
  // The dissector knows WILLTOPIC and WILLTOPICUPD only with a body, though 5.4.7 and 5.4.22 allow them without.
  const messages = [...TABLE.map(([, message]) => message), long].filter(
    (message) => (message.type !== "WILLTOPIC" && message.type !== "WILLTOPICUPD") || message.will,
  );
  const seen = await dissect(messages.map(toGateway));
  expect(seen).toHaveLength(messages.length);
  for (const [i, message] of messages.entries()) {
    const octets = encode(message);
    const code = octets[octets[0] === 1 ? 3 : 1] ?? 0;
    const type = `0x${code.toString(16).padStart(2, "0")}`;
    expect(seen[i]?.["_ws.malformed"]).toBe("");
    const dissected = message.type === "ENCAPSULATED" ? `${type},0x16` : type;
    expect(seen[i]?.["mqttsn.msg.type"]).toBe(dissected);
    if (message.type !== "ENCAPSULATED") expect(seen[i]?.["mqttsn.msg.len"]).toBe(`${octets.length}`);
    if ("clientId" in message) expect(seen[i]?.["mqttsn.client.id"]).toBe(message.clientId ?? "");
  }
});

/** A device's wire with a tap. */
class TappedTransport implements Transport {
  readonly datagrams: Datagram[] = [];
  readonly #wire: UdpTransport;

  constructor(port: number) {
    this.#wire = new UdpTransport("127.0.0.1", port);
  }

  get name(): string {
    return this.#wire.name;
  }

  get counters(): Transport["counters"] {
    return this.#wire.counters;
  }

  open(receive: (datagram: Uint8Array) => void): Promise<void> {
    return this.#wire.open((data) => {
      this.datagrams.push({ from: GATEWAY_PORT, to: DEVICE_PORT, data });
      receive(data);
    });
  }

  send(data: Uint8Array): void {
    this.datagrams.push({ from: DEVICE_PORT, to: GATEWAY_PORT, data });
    this.#wire.send(data);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }
}

test.skipIf(!tshark)("tshark follows a conversation between our device and our gateway", async () => {
  const broker = await startBroker();
  const gateway = await startGateway(broker.url);
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const tap = new TappedTransport(gateway.port);
  const device = await startDevice(plant, gateway, { transport: () => tap });
  plant.emit("cnc-01", "motion", [8000, 31]);
  await device.stop();
  const seen = await dissect(tap.datagrams);
  expect(seen.map((datagram) => datagram["mqttsn.msg.type"])).toEqual(
    // CONNECT, CONNACK, three times REGISTER and REGACK, PUBLISH, PUBACK, DISCONNECT both ways
    "04 05 0a 0b 0a 0b 0a 0b 0c 0d 18 18".split(" ").map((code) => `0x${code}`),
  );
  for (const datagram of seen)
    expect(datagram).toMatchObject({ "_ws.malformed": "", "_ws.expert.message": "" });
  expect(seen[0]?.["mqttsn.client.id"]).toBe("cnc-01");
  expect(seen[2]?.["mqttsn.topic"]).toBe("taktwerk/machining/cnc-01/motion");
  expect(seen[8]?.["mqttsn.topic.id"]).toBe(seen[3]?.["mqttsn.topic.id"]);
  expect(seen[8]?.["mqttsn.pub.msg"]).toContain("spindle-speed");
});
