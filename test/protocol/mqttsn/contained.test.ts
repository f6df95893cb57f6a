/** An exception costs what caused it: a datagram, a client, a message; one of the plant passes. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { markPlantFailure } from "../../../src/errors.ts";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { decode, encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { Device } from "../../../src/protocol/mqttsn/device.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";
import { MemoryTransport } from "../../support/memory-transport.ts";
import { CONNECT, MqttSnClient } from "../../support/mqttsn-client.ts";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Pre-defined topics of which one cannot be looked up. */
class CursedTopics extends Map<number, string> {
  override get(id: number): string | undefined {
    if (id === 13) throw new RangeError("\u001b[31mthirteen");
    return super.get(id);
  }
}

async function startGateway(connect?: (broker: Broker) => ReturnType<Broker["connect"]>): Promise<{
  readonly gateway: Gateway;
  readonly lines: string[];
}> {
  const broker = new Broker({ port: 0 });
  await broker.start();
  ends.push(() => broker.stop());
  const lines: string[] = [];
  const link = { name: "link", connect: () => (connect ? connect(broker) : broker.connect()) };
  const gateway = new Gateway({
    ...{ port: 0, broker: link, predefinedTopics: new CursedTopics(), log: (line) => lines.push(line) },
  });
  await gateway.start();
  ends.push(() => gateway.stop());
  return { gateway, lines };
}

function client(gateway: Gateway): MqttSnClient {
  const made = new MqttSnClient(gateway.port);
  ends.push(() => made.close());
  return made;
}

const publish = (qos: -1 | 0 | 1): Message => ({
  ...{ type: "PUBLISH", dup: false, qos, retain: false, msgId: 1, data: new Uint8Array() },
  topic: { kind: "predefined", id: 13 },
});

test("an exception of a datagram costs that datagram: it is told once a second without control characters, and counted", async () => {
  const { gateway, lines } = await startGateway();
  const c = await client(gateway).connected();
  const other = await client(gateway).connected({ ...CONNECT, clientId: "other" });
  for (const qos of [-1, 0, 1] as const) c.send(publish(qos));
  c.send({ type: "SUBSCRIBE", dup: false, qos: 1, msgId: 1, topic: { kind: "predefined", id: 13 } });
  expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  expect(await other.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  expect(gateway.counters()).toMatchObject({ faults: 4, clients: 2, lostClients: 0 });
  const [line] = lines;
  expect(line).toBe(
    "MQTT-SN gateway: contained a fault in a datagram from 127.0.0.1: RangeError: \\u{1b}[31mthirteen",
  );
});

test("a way to the broker that cannot be had costs the client that asks for it, which may ask again", async () => {
  let isThere = true;
  const { gateway, lines } = await startGateway((broker) => {
    if (!isThere) throw new Error("no way");
    return broker.connect();
  });
  isThere = false;
  const c = client(gateway);
  expect(await c.ask(CONNECT)).toEqual({ type: "CONNACK", returnCode: 1 });
  expect(gateway.counters()).toMatchObject({ faults: 1, clients: 0, refused: 1 });
  isThere = true;
  await c.connected();
  expect(lines).toHaveLength(1);
});

/** Answers what a device needs to begin, and says whatever a test wants. */
class HostileGateway {
  readonly #socket: Socket = createSocket("udp4");
  #device: RemoteInfo | undefined;
  readonly heard: Message[] = [];
  #awake: () => void = () => undefined;

  async start(): Promise<number> {
    this.#socket.on("message", (datagram, from) => {
      this.#device = from;
      const decoded = decode(datagram);
      if (!decoded.ok) return;
      this.#answer(decoded.message);
      this.heard.push(decoded.message);
      this.#awake();
    });
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    ends.push(() => void this.#socket.close());
    return this.#socket.address().port;
  }

  say(...messages: (Message | Uint8Array)[]): void {
    for (const message of messages) {
      const octets = message instanceof Uint8Array ? message : encode(message);
      this.#socket.send(octets, this.#device!.port, this.#device!.address);
    }
  }

  async until(type: Message["type"]): Promise<Message> {
    for (;;) {
      const at = this.heard.findIndex((message) => message.type === type);
      if (at >= 0) return this.heard.splice(0, at + 1)[at]!;
      await new Promise<void>((resolve) => (this.#awake = resolve));
    }
  }

  #answer(message: Message): void {
    if (message.type === "CONNECT") this.say({ type: "CONNACK", returnCode: 0 });
    else if (message.type === "DISCONNECT") this.say({ type: "DISCONNECT" });
    else if (message.type === "REGISTER") {
      const topicId = 10 + message.topicName.length;
      this.say({ type: "REGACK", topicId, msgId: message.msgId, returnCode: 0 });
    } else if (message.type === "SUBSCRIBE") {
      this.say({ type: "SUBACK", qos: 1, topicId: 9, msgId: message.msgId, returnCode: 0 });
    } else if (message.type === "PUBLISH" && message.topic.kind === "normal") {
      this.say({ type: "PUBACK", topicId: message.topic.id, msgId: message.msgId, returnCode: 0 });
    }
  }
}

test("a gateway's datagrams cost a device at most themselves, and a command of any length is answered", async () => {
  const gateway = new HostileGateway();
  const port = await gateway.start();
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const lines: string[] = [];
  const device = new Device(plant, plant.units[0]!, {
    ...{ gateways: [{ host: "127.0.0.1", port }], commands: true, log: (line) => lines.push(line) },
    onEvent: ({ kind }) => {
      if (kind === "message") throw new RangeError("cannot hear");
    },
  });
  ends.push(() => device.stop());
  await device.start();
  const command = (data: string): Message => ({
    ...{ type: "PUBLISH", dup: false, qos: 0, retain: false, msgId: 0, topic: { kind: "normal", id: 9 } },
    data: new TextEncoder().encode(data),
  });
  gateway.say(Uint8Array.of(0, 0xff, 1), Uint8Array.of(1, 0, 0, 4), encode({ type: "WILLMSGREQ" }));
  gateway.say({ type: "REGISTER", topicId: 0, msgId: 0, topicName: "\u001b[2J" });
  gateway.say(command(JSON.stringify({ id: "x".repeat(30_000), command: "y".repeat(30_000) })));
  const answer = await gateway.until("PUBLISH");
  expect(new TextDecoder().decode((answer as { data: Uint8Array }).data)).toContain(
    "longer than 4096 octets",
  );
  // It goes on: what the plant does is published.
  plant.emit("cnc-01", "thermal", [41]);
  await gateway.until("PUBLISH");
  const fault = "MQTT-SN cnc-01: contained a fault in a datagram from cnc-01: RangeError: cannot hear";
  expect(lines).toEqual([fault]);
});

test("an error of the plant passes through a device", async () => {
  const wire = new MemoryTransport();
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const device = new Device(plant, plant.units[0]!, {
    transport: () => wire,
    onEvent: () => {
      throw markPlantFailure(new Error("the plant is broken"));
    },
  });
  ends.push(() => device.stop().catch(() => undefined));
  void device.start().catch(() => undefined);
  await new Promise<void>((resolve) => setImmediate(resolve));
  const connack = encode({ type: "CONNACK", returnCode: 0 });
  expect(() => wire.hear(connack)).toThrow("the plant is broken");
});
