/** What a client of the broker may cost: its own connection, and nothing of the others. */
import mqtt from "mqtt";
import type { Packet } from "mqtt-packet";
import { afterEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import type { BrokerLimits } from "../../../src/protocol/mqtt/broker/limits.ts";
import { North } from "../../support/north.ts";
import { RawMqtt } from "../../support/raw-mqtt.ts";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Lines of its log are awaited. */
class Told {
  readonly lines: string[] = [];
  #awake: () => void = () => undefined;

  readonly log = (line: string): void => {
    this.lines.push(line);
    this.#awake();
  };

  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#awake = resolve));
    }
  }
}

async function start(limits: Partial<BrokerLimits> = {}): Promise<{ broker: Broker; told: Told }> {
  const told = new Told();
  const broker = new Broker({ port: 0, limits, log: told.log });
  await broker.start();
  ends.push(() => broker.stop());
  return { broker, told };
}

function raw(broker: Broker, version: 4 | 5 = 4): RawMqtt {
  const client = new RawMqtt(broker.port, version);
  ends.push(() => client.end());
  return client;
}

async function north(broker: Broker): Promise<North> {
  const made = await North.subscribe(broker.url);
  ends.push(() => made.end());
  return made;
}

const publish = (topic: string, payload = "x", qos: 0 | 1 | 2 = 0): Packet => ({
  ...{ cmd: "publish", topic, payload, qos, retain: false, dup: false, messageId: 1 },
});
const subscribe = (topic: string, qos: 0 | 1 | 2 = 1): Packet => ({
  ...{ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] },
});
const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("what may not come ends its own connection", () => {
  const CONNECT = "100f 0004 4d515454 04 02 0000 0003 616263";
  test.each([
    ["PUBLISH before CONNECT", "3004 0001 61 78"],
    ["PUBACK before CONNECT", "4002 0001"],
    ["SUBSCRIBE before CONNECT", "8206 0001 0001 61 00"],
    ["PINGREQ before CONNECT", "c000"],
    ["DISCONNECT before CONNECT", "e000"],
    ["AUTH", "f000"],
    ["a second CONNECT", `${CONNECT} ${CONNECT}`],
    ["CONNACK", `${CONNECT} 2002 0000`],
    ["SUBACK", `${CONNECT} 9003 0001 00`],
    ["PINGRESP", `${CONNECT} d000`],
    ["QoS 3", `${CONNECT} 3605 0001 61 0001`],
    ["packet id 0", `${CONNECT} 3205 0001 61 0000`],
    ["a PUBACK without an id", `${CONNECT} 4000`],
    ["a SUBSCRIBE without a filter", `${CONNECT} 8202 0001`],
    ["an UNSUBSCRIBE without a filter", `${CONNECT} a202 0001`],
    ["a topic with a wildcard", `${CONNECT} 3005 0003 612f23`],
    ["a topic with U+0000", `${CONNECT} 3005 0003 610062`],
    ["a topic that is not UTF-8", `${CONNECT} 3005 0003 61ff62`],
    ["no topic", `${CONNECT} 3002 0000`],
    ["a string that is longer than its packet", `${CONNECT} 3004 00ff 6161`],
    ["a Remaining Length of five octets", `${CONNECT} 30ffffffff01`],
    ["a packet that is too long", `${CONNECT} 30ffffff7f`],
    ["another protocol", "100f 0004 58515454 04 02 0000 0003 616263"],
    ["another version", "100f 0004 4d515454 09 02 0000 0003 616263"],
    ["no client id in a session that is kept", "100c 0004 4d515454 04 00 0000 0000"],
    ["a will with a wildcard", "1015 0004 4d515454 04 06 0000 0003 616263 0001 23 0001 78"],
  ])("%s", async (_what, hex) => {
    const { broker } = await start();
    const neighbour = await north(broker);
    const client = raw(broker);
    client.send(octets(hex));
    await client.closed;
    await neighbour.publish("a", "still there", 1);
    expect(await neighbour.take(1)).toEqual([{ topic: "a", payload: "still there" }]);
    expect(broker.counters()).toMatchObject({ faults: 0, clientErrors: 1, clients: 1 });
  });

  test("MQTT 5 hears the reason code", async () => {
    const { broker } = await start();
    for (const [packet, reasonCode] of [
      [publish("#"), 0x90],
      [octets("3006 0000 03 230063"), 0x94],
      [octets("f000"), 0x81],
      [octets("d000"), 0x82],
    ] as const) {
      const client = await raw(broker, 5).connected("five");
      expect(await client.ask(packet)).toMatchObject({ cmd: "disconnect", reasonCode });
      await client.closed;
    }
  });

  test("a topic of too many levels, and a filter as well", async () => {
    const { broker } = await start();
    const client = await raw(broker).connected("deep");
    const filter = await client.ask(subscribe("a/".repeat(200)));
    expect(filter).toMatchObject({ cmd: "suback", granted: [0x80] });
    client.send(publish("/".repeat(60_000)));
    await client.closed;
  });
});

describe("bounds", () => {
  test("who does not say CONNECT in time is cut off", async () => {
    const { broker } = await start({ connectDeadline_ms: 1 });
    const client = raw(broker);
    client.send(Uint8Array.of(0x10));
    await client.closed;
  });

  test("who is silent for one and a half keep-alives is cut off, and the will published", async () => {
    const { broker } = await start();
    const ear = await north(broker);
    const will = { topic: "gone", payload: Buffer.from("bye"), qos: 1, retain: false };
    const client = await raw(broker, 5).connected("silent", { keepalive: 1, will });
    expect(await ear.take(1)).toEqual([{ topic: "gone", payload: "bye" }]);
    expect(await client.next()).toMatchObject({ cmd: "disconnect", reasonCode: 0x8d });
  });

  test("a subscriber that stops reading loses its own messages, which is told; others lose none", async () => {
    const { broker, told } = await start({ maxQueue_octets: 200_000 });
    const stopped = await raw(broker).connected("\u001b[2Jslow");
    await stopped.ask(subscribe("#"));
    stopped.socket.pause();
    const ear = await north(broker);
    const publisher = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
    ends.push(() => publisher.endAsync(true));
    const payload = "x".repeat(1_000);
    for (let i = 0; i < 60; i++) {
      const sent = Array.from({ length: 50 }, () => publisher.publishAsync("a", payload, { qos: 1 }));
      await Promise.all(sent);
      expect(await ear.take(50)).toHaveLength(50);
    }
    const { dropped, kept_octets, faults } = broker.counters();
    expect(dropped).toBeGreaterThan(1_000);
    expect(kept_octets).toBeLessThan(400_000);
    expect(faults).toBe(0);
    expect(await told.line(/too slow/)).toMatch(
      /client \\u\{1b\}\[2Jslow is too slow: \d+ messages were dropped/,
    );
    // It reads again, and goes on with the oldest: the newest were dropped.
    stopped.socket.resume();
    expect(await stopped.next()).toMatchObject({ cmd: "publish", messageId: 1 });
  });

  test("who asks and never reads is not read from any more, and costs no more than its backlog", async () => {
    const { broker } = await start({ maxBacklog_octets: 1_000 });
    const client = await raw(broker).connected("asks");
    client.socket.pause();
    const asked = Buffer.alloc(65_536, "c000", "hex");
    // Until the broker takes no more: what it owes is more than the kernel holds for it.
    while (client.socket.write(asked));
    const ear = await north(broker);
    await ear.publish("a", "b", 1);
    expect(await ear.take(1)).toHaveLength(1);
    client.socket.resume();
    expect(await client.next()).toMatchObject({ cmd: "pingresp" });
  });

  test("messages for a client that is away are bounded: the newest goes", async () => {
    const { broker, told } = await start({ maxQueue_octets: 2_000 });
    const before = await raw(broker).connected("away", { clean: false });
    await before.ask(subscribe("#"));
    before.send({ cmd: "disconnect" });
    await before.closed;
    const ear = await north(broker);
    for (let i = 0; i < 20; i++) await ear.publish("a", `${i}`, 1);
    const { dropped } = broker.counters();
    expect(dropped).toBeGreaterThan(5);
    expect(await told.line(/was too long away/)).toMatch(/client away was too long away: \d+ messages/);
    const back = await raw(broker).connected("away", { clean: false });
    for (let i = 0; i < 20 - dropped; i++) {
      const message = await back.next();
      expect(message).toMatchObject({ cmd: "publish", payload: Buffer.from(`${i}`) });
      back.send({ cmd: "puback", messageId: message!.messageId! });
    }
  });

  test("when all room is taken, the session that keeps most is ended, and a sound one goes without nothing", async () => {
    const { broker, told } = await start({ maxKept_octets: 10_000, maxQueue_octets: 8_000 });
    for (const [id, topic] of [
      ["small", "s"],
      ["greedy", "#"],
    ] as const) {
      const before = await raw(broker).connected(id, { clean: false });
      await before.ask(subscribe(topic));
      before.send({ cmd: "disconnect" });
      await before.closed;
    }
    const publisher = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
    ends.push(() => publisher.endAsync(true));
    await publisher.publishAsync("s", "kept", { qos: 1 });
    for (let i = 0; i < 30; i++) await publisher.publishAsync("a", "x".repeat(100), { qos: 1 });
    const ear = await north(broker);
    for (let i = 0; i < 10; i++) await ear.publish("b", "x".repeat(3_000), 1);
    expect(await ear.take(10)).toHaveLength(10);
    expect(await told.line(/is ended/)).toMatch(/the session of greedy is ended, since it keeps \d+ octets/);
    expect(broker.counters()).toMatchObject({ evicted: 1 });
    const back = await raw(broker).connected("small", { clean: false });
    expect(await back.next()).toMatchObject({ cmd: "publish", topic: "s" });
  });

  test("retained messages, sessions, subscriptions and unreleased messages are bounded", async () => {
    const { broker } = await start({ maxRetained: 2, maxSessions: 3, maxSubscriptions: 2, maxUnreleased: 1 });
    const client = await raw(broker).connected("many", { clean: false });
    for (const topic of ["a", "b", "c"]) client.send({ ...publish(topic), retain: true } as Packet);
    const granted: unknown[] = [];
    for (const topic of ["x", "y", "z"]) granted.push(await client.ask(subscribe(topic)));
    expect(granted).toMatchObject([{ granted: [1] }, { granted: [1] }, { granted: [0x80] }]);
    expect(broker.counters()).toMatchObject({ dropped: 1 });
    for (const id of ["s1", "s2", "s3"]) {
      const other = await raw(broker).connected(id, { clean: false });
      other.send({ cmd: "disconnect" });
      await other.closed;
    }
    expect(broker.counters()).toMatchObject({ sessions: 3 });
    expect(await client.ask(publish("q", "x", 2))).toMatchObject({ cmd: "pubrec" });
    client.send({ ...publish("q", "x", 2), messageId: 2 } as Packet);
    await client.closed;
  });

  test("a session that comes back gets PUBLISH with DUP or PUBREL again, with the id of before", async () => {
    const { broker } = await start();
    const before = await raw(broker).connected("back", { clean: false });
    await before.ask(subscribe("#", 2));
    const ear = await north(broker);
    await ear.publish("a", "1", 2);
    await ear.publish("a", "2", 2);
    const [first, second] = [await before.next(), await before.next()];
    expect(await before.ask({ cmd: "pubrec", messageId: first!.messageId! })).toMatchObject({
      cmd: "pubrel",
    });
    before.end();
    await before.closed;
    const back = await raw(broker).connected("back", { clean: false });
    expect(await back.next()).toMatchObject({ cmd: "pubrel", messageId: first!.messageId });
    expect(await back.next()).toMatchObject({ cmd: "publish", dup: true, messageId: second!.messageId });
  });

  test("one connection too many is refused", async () => {
    const { broker } = await start({ maxConnections: 1 });
    await raw(broker).connected("first");
    const second = await raw(broker)
      .connected("second")
      .catch(() => undefined);
    expect(await second!.next()).toBeUndefined();
    expect(broker.counters()).toMatchObject({ clients: 1, clientErrors: 1 });
  });
});
