/** What the gateway does towards clients: subscriptions, QoS 2, wills that change, sleep, discovery. */
import { createSocket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { decode, encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import type { GatewayOptions } from "../../../src/protocol/mqttsn/gateway-options.ts";
import { freeUdpPort } from "../../support/free-ports.ts";
import { CONNECT, MqttSnClient } from "../../support/mqttsn-client.ts";
import { North } from "../../support/north.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const REGISTER = { type: "REGISTER", topicId: 0, msgId: 1, topicName: "a/b" } as const;
const PUBLISH = {
  type: "PUBLISH",
  dup: false,
  qos: 2,
  retain: false,
  topic: { kind: "normal", id: 1 },
  msgId: 2,
  data: utf8("hi"),
} as const;
const ACCEPTED = { type: "CONNACK", returnCode: 0 } as const;
const subscribe = (name: string, qos: 0 | 1 | 2 = 2): Message => ({
  type: "SUBSCRIBE",
  dup: false,
  qos,
  msgId: 1,
  topic: { kind: "name", name },
});

let broker: Broker;
let gateway: Gateway;
let north: North;
let clients: MqttSnClient[];

async function restart(options: Partial<GatewayOptions>): Promise<void> {
  await gateway.stop();
  gateway = new Gateway({ port: 0, broker: broker.url, ...options });
  await gateway.start();
}

function client(): MqttSnClient {
  const made = new MqttSnClient(gateway.port);
  clients.push(made);
  return made;
}

beforeEach(async () => {
  clients = [];
  broker = new Broker({ port: 0 });
  await broker.start();
  north = await North.subscribe(broker.url);
  gateway = new Gateway({ port: 0, broker: broker.url });
  await gateway.start();
});

afterEach(async () => {
  await gateway.stop();
  for (const made of clients) await made.close();
  await north.end();
  await broker.stop();
});

/** Asks the gateway something harmless until its counters are as wanted. */
async function until(holds: (counters: ReturnType<Gateway["counters"]>) => boolean): Promise<void> {
  const other = client();
  while (!holds(gateway.counters())) {
    expect(await other.ask({ type: "SEARCHGW", radius: 0 })).toEqual({ type: "GWINFO", gwId: 1 });
  }
}

describe("subscriptions", () => {
  test("a full name has its id from SUBACK; each QoS has its handshake", async () => {
    const c = await client().connected();
    expect(await c.ask(subscribe("cmd"))).toEqual({
      type: "SUBACK",
      qos: 2,
      topicId: 1,
      msgId: 1,
      returnCode: 0,
    });
    await north.publish("cmd", "zero", 0);
    expect(await c.next()).toEqual({ ...PUBLISH, qos: 0, msgId: 0, data: utf8("zero") });
    await north.publish("cmd", "one", 1);
    expect(await c.next()).toEqual({ ...PUBLISH, qos: 1, msgId: 1, data: utf8("one") });
    await north.publish("cmd", "two", 2);
    c.send({ type: "PUBACK", topicId: 1, msgId: 1, returnCode: 0 });
    expect(await c.next()).toMatchObject({ type: "PUBLISH", qos: 2, msgId: 2 });
    expect(await c.ask({ type: "PUBREC", msgId: 2 })).toEqual({ type: "PUBREL", msgId: 2 });
    c.send({ type: "PUBCOMP", msgId: 2 });
    expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
    expect(gateway.counters()).toMatchObject({ subscribed: 1, delivered: 3, retransmitted: 0 });
  });

  test("a wildcard has none: each topic is told first; one that the client refuses is not sent", async () => {
    const c = await client().connected();
    expect(await c.ask(subscribe("x/#"))).toMatchObject({ type: "SUBACK", topicId: 0, returnCode: 0 });
    await north.publish("x/y", "1", 1);
    expect(await c.next()).toEqual({ type: "REGISTER", topicId: 1, msgId: 1, topicName: "x/y" });
    const regack = { type: "REGACK", topicId: 1, msgId: 1, returnCode: 0 } as const;
    expect(await c.ask(regack)).toMatchObject({ type: "PUBLISH", topic: { id: 1 }, msgId: 2 });
    c.send({ type: "PUBACK", topicId: 1, msgId: 2, returnCode: 0 });
    await north.publish("x/z", "2", 0);
    expect(await c.next()).toMatchObject({ type: "REGISTER", topicId: 2, msgId: 3 });
    c.send({ ...regack, topicId: 2, msgId: 3, returnCode: 3 });
    await north.publish("x/y", "3", 0);
    expect(await c.next()).toMatchObject({ type: "PUBLISH", topic: { id: 1 }, data: utf8("3") });
    expect(gateway.counters()).toMatchObject({ dropped: 1, delivered: 2 });
  });

  test("short and pre-defined topics come as such", async () => {
    await restart({ predefinedTopics: new Map([[7, "seven"]]) });
    const c = await client().connected();
    for (const topic of [{ kind: "short", name: "ab" } as const, { kind: "predefined", id: 7 } as const]) {
      const suback = await c.ask({ type: "SUBSCRIBE", dup: false, qos: 0, msgId: 1, topic });
      expect(suback).toEqual({ type: "SUBACK", qos: 0, topicId: 0, msgId: 1, returnCode: 0 });
      await north.publish(topic.kind === "short" ? "ab" : "seven", "x", 0);
      expect(await c.next()).toMatchObject({ type: "PUBLISH", topic });
    }
  });

  test("after UNSUBACK nothing comes", async () => {
    const c = await client().connected();
    await c.ask(subscribe("cmd"));
    const topic = { kind: "name", name: "cmd" } as const;
    expect(await c.ask({ type: "UNSUBSCRIBE", msgId: 9, topic })).toEqual({ type: "UNSUBACK", msgId: 9 });
    await north.publish("cmd", "x", 1);
    // The broker serves the one that unsubscribed before or after this one, so a second message goes by it as well.
    await north.take(1);
    await north.publish("cmd", "y", 1);
    await north.take(1);
    expect(gateway.counters().arrived).toBe(0);
  });

  test("a filter that MQTT does not know is refused", async () => {
    const c = await client().connected();
    expect(await c.ask(subscribe("a#b"))).toMatchObject({ type: "SUBACK", returnCode: 3 });
  });

  test("what is not acknowledged comes again, and in the end the client counts as lost", async () => {
    await restart({ retry_ms: 20, retries: 2 });
    const c = await client().connected();
    await c.ask(subscribe("cmd"));
    await north.publish("cmd", "x", 1);
    expect(await c.next()).toMatchObject({ dup: false });
    expect(await c.next()).toMatchObject({ dup: true, msgId: 1 });
    expect(await c.next()).toMatchObject({ dup: true, msgId: 1 });
    while (gateway.counters().clients > 0) await c.ask({ type: "PINGREQ" });
    expect(gateway.counters()).toMatchObject({ lostClients: 1, retransmitted: 2, dropped: 1 });
  });

  test("an id that the client has forgotten is told again", async () => {
    const c = await client().connected();
    await c.ask(subscribe("cmd"));
    await north.publish("cmd", "x", 1);
    await c.next();
    const regain = await c.ask({ type: "PUBACK", topicId: 1, msgId: 1, returnCode: 2 });
    expect(regain).toEqual({ type: "REGISTER", topicId: 1, msgId: 2, topicName: "cmd" });
    const regack = { type: "REGACK", topicId: 1, msgId: 2, returnCode: 0 } as const;
    expect(await c.ask(regack)).toMatchObject({ type: "PUBLISH", msgId: 3 });
  });
});

test("QoS 2: the broker has it once, however often PUBLISH and PUBREL come", async () => {
  const c = await client().connected();
  await c.ask(REGISTER);
  expect(await c.ask(PUBLISH)).toEqual({ type: "PUBREC", msgId: 2 });
  expect(await c.ask({ ...PUBLISH, dup: true })).toEqual({ type: "PUBREC", msgId: 2 });
  for (let i = 0; i < 2; i++) {
    expect(await c.ask({ type: "PUBREL", msgId: 2 })).toEqual({ type: "PUBCOMP", msgId: 2 });
  }
  await c.ask({ ...PUBLISH, qos: 1, msgId: 3, data: utf8("next") });
  // The broker does not keep order between levels of QoS.
  expect((await north.take(2)).map(({ payload }) => payload).sort()).toEqual(["hi", "next"]);
  expect(gateway.counters()).toMatchObject({ publishedQos2: 1, duplicates: 1 });
});

test("CONNECT repeated because CONNACK was lost is answered, not begun anew", async () => {
  const c = await client().connected();
  await c.connected();
  expect(gateway.counters()).toMatchObject({ connects: 1 });
  await c.ask(REGISTER);
  await c.connected();
  expect(gateway.counters()).toMatchObject({ connects: 2 });
});

describe("will", () => {
  const WILL = { qos: 1, retain: false, willTopic: "gone" } as const;
  const WITH_WILL = { ...CONNECT, will: true, duration_s: 1 } as const;

  async function withWill(connect: Message = WITH_WILL): Promise<MqttSnClient> {
    const c = client();
    await c.ask(connect);
    await c.ask({ type: "WILLTOPIC", will: WILL });
    expect(await c.ask({ type: "WILLMSG", willMsg: utf8("bye") })).toEqual(ACCEPTED);
    return c;
  }

  test("changed while connected: the new one is published, and subscriptions live on", async () => {
    const c = await withWill();
    await c.ask(subscribe("cmd"));
    const response = { type: "WILLTOPICRESP", returnCode: 0 };
    expect(await c.ask({ type: "WILLTOPICUPD", will: { ...WILL, willTopic: "lost" } })).toEqual(response);
    expect(await c.ask({ type: "WILLMSGUPD", willMsg: utf8("adieu") })).toMatchObject({ returnCode: 0 });
    await north.publish("cmd", "x", 0);
    expect(await c.next()).toMatchObject({ type: "PUBLISH", topic: { id: 1 } });
    expect((await north.take(2))[1]).toEqual({ topic: "lost", payload: "adieu" });
    expect(gateway.counters()).toMatchObject({ willUpdates: 2, lostClients: 1 });
  });

  test("deleted while connected: nothing is published", async () => {
    const c = await withWill();
    expect(await c.ask({ type: "WILLTOPICUPD" })).toEqual({ type: "WILLTOPICRESP", returnCode: 0 });
    // A second client whose silence begins later: when its will is there, the first one's would be.
    await withWill({ ...WITH_WILL, clientId: "c2" });
    expect(await north.take(1)).toEqual([{ topic: "gone", payload: "bye" }]);
    expect(gateway.counters().lostClients).toBe(2);
  });

  test("kept for a session that is not clean, and forgotten by a clean one", async () => {
    const kept = { ...CONNECT, cleanSession: false, duration_s: 1 } as const;
    const c = await withWill({ ...kept, will: true });
    await c.ask({ type: "DISCONNECT" });
    expect(await c.ask(kept)).toEqual(ACCEPTED);
    expect(await north.take(1)).toEqual([{ topic: "gone", payload: "bye" }]);
  });
});

describe("sleep", () => {
  async function sleeping(duration_s = 60): Promise<MqttSnClient> {
    const c = await client().connected();
    await c.ask(subscribe("cmd"));
    expect(await c.ask({ type: "DISCONNECT", duration_s })).toEqual({ type: "DISCONNECT" });
    return c;
  }

  test("messages wait until the client asks for them, and PINGRESP is the last", async () => {
    const c = await sleeping();
    await north.publish("cmd", "1", 1);
    await north.publish("cmd", "2", 0);
    await until(({ arrived }) => arrived === 2);
    const wake = { type: "PINGREQ", clientId: "c1" } as const;
    expect(await c.ask(wake)).toMatchObject({ type: "PUBLISH", qos: 1, data: utf8("1") });
    const puback = { type: "PUBACK", topicId: 1, msgId: 1, returnCode: 0 } as const;
    expect(await c.ask(puback)).toMatchObject({ type: "PUBLISH", qos: 0, data: utf8("2") });
    expect(await c.next()).toEqual({ type: "PINGRESP" });
    expect(await c.ask(wake)).toEqual({ type: "PINGRESP" });
    expect(gateway.counters()).toMatchObject({ sleeps: 1, delivered: 2, lostClients: 0 });
  });

  test("CONNECT ends it, from another address too, with topic ids and waiting messages as they were", async () => {
    await sleeping();
    await north.publish("cmd", "1", 0);
    await until(({ arrived }) => arrived === 1);
    const c = client();
    expect(await c.ask({ ...CONNECT, cleanSession: false })).toEqual(ACCEPTED);
    expect(await c.next()).toMatchObject({ type: "PUBLISH", topic: { id: 1 } });
    // The topic is the one that it subscribed to: its own message comes as well.
    const heard = [await c.ask({ ...PUBLISH, qos: 1 }), await c.next()];
    expect(heard).toContainEqual({ type: "PUBACK", topicId: 1, msgId: 2, returnCode: 0 });
    expect(gateway.counters()).toMatchObject({ clients: 1, connects: 1 });
  });

  test("a client that wakes up at another address is found by its id", async () => {
    await sleeping();
    const c = client();
    expect(await c.ask({ type: "PINGREQ", clientId: "c1" })).toEqual({ type: "PINGRESP" });
    expect(await c.ask({ type: "DISCONNECT" })).toEqual({ type: "DISCONNECT" });
    expect(gateway.counters().clients).toBe(0);
  });

  test("what waits is bounded: the oldest goes and is counted", async () => {
    await restart({ maxQueued: 2 });
    const c = await sleeping();
    for (const payload of ["1", "2", "3"]) await north.publish("cmd", payload, 0);
    await until(({ arrived }) => arrived === 3);
    expect(await c.ask({ type: "PINGREQ", clientId: "c1" })).toMatchObject({ data: utf8("2") });
    expect(gateway.counters()).toMatchObject({ dropped: 1 });
  });

  test("a sleeper may not publish; one that oversleeps is lost", async () => {
    const c = await sleeping(1);
    c.send({ ...PUBLISH, qos: 0 });
    await until(({ lostClients }) => lostClients === 1);
    expect(gateway.counters()).toMatchObject({ ignored: 1, publishedQos0: 0, clients: 0 });
  });
});

test("QoS -1 works again when the broker is back", async () => {
  await restart({ brokerRetry_ms: 20 });
  const { port } = broker;
  await broker.stop();
  broker = new Broker({ port });
  await broker.start();
  await north.end();
  north = await North.subscribe(broker.url);
  const c = client();
  const short = { ...PUBLISH, qos: -1, msgId: 0, topic: { kind: "short", name: "ab" } } as const;
  const arrived = north.take(1);
  let isThere = false;
  void arrived.then(() => (isThere = true));
  // What comes while there is no connection is lost, as QoS -1 may be.
  while (!isThere) {
    c.send(short);
    await c.ask({ type: "SEARCHGW", radius: 0 });
  }
  expect(await arrived).toEqual([{ topic: "ab", payload: "hi" }]);
});

test("a message that no datagram holds is dropped and counted", async () => {
  const c = await client().connected();
  await c.ask(subscribe("cmd"));
  await north.publish("cmd", "x".repeat(70_000), 0);
  await until(({ arrived }) => arrived === 1);
  expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  expect(gateway.counters()).toMatchObject({ dropped: 1, delivered: 0 });
});

test("it announces itself to its group, and answers there when it is searched for", async () => {
  const group = "239.255.84.84";
  const port = await freeUdpPort();
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  await new Promise<void>((resolve) => socket.bind(port, resolve));
  socket.addMembership(group, "127.0.0.1");
  socket.setMulticastInterface("127.0.0.1");
  const heard = new Map<string, [Message, number]>();
  let awake = (): void => undefined;
  socket.on("message", (datagram, from) => {
    const decoded = decode(datagram);
    if (decoded.ok) heard.set(decoded.message.type, [decoded.message, from.port]);
    awake();
  });
  const hear = async (type: string): Promise<[Message, number]> => {
    for (;;) {
      const found = heard.get(type);
      if (found) return found;
      await new Promise<void>((resolve) => (awake = resolve));
    }
  };
  await restart({ gwId: 7, beacon: { group, port, every_s: 900 } });
  expect(await hear("ADVERTISE")).toEqual([{ type: "ADVERTISE", gwId: 7, duration_s: 900 }, gateway.port]);
  socket.send(encode({ type: "SEARCHGW", radius: 0 }), port, group);
  expect(await hear("GWINFO")).toEqual([{ type: "GWINFO", gwId: 7 }, gateway.port]);
  await new Promise<void>((resolve) => socket.close(resolve));
});
