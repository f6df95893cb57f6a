import { createSocket } from "node:dgram";
import { once } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import type { GatewayOptions } from "../../../src/protocol/mqttsn/gateway-options.ts";
import { anyMessage } from "../../support/mqttsn-arbitrary.ts";
import { CONNECT, MqttSnClient } from "../../support/mqttsn-client.ts";
import { North } from "../../support/north.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const REGISTER = { type: "REGISTER", topicId: 0, msgId: 1, topicName: "a/b" } as const;
const PUBLISH = {
  type: "PUBLISH",
  dup: false,
  qos: 1,
  retain: false,
  topic: { kind: "normal", id: 1 },
  msgId: 2,
  data: utf8("hi"),
} as const;
const ACCEPTED = { type: "CONNACK", returnCode: 0 } as const;

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

describe("connection", () => {
  test("CONNECT, REGISTER, PUBLISH, PINGREQ, DISCONNECT", async () => {
    const c = await client().connected();
    expect(await c.ask(REGISTER)).toEqual({ type: "REGACK", topicId: 1, msgId: 1, returnCode: 0 });
    expect(await c.ask({ ...REGISTER, msgId: 9 })).toEqual({
      type: "REGACK",
      topicId: 1,
      msgId: 9,
      returnCode: 0,
    });
    expect(await c.ask(PUBLISH)).toEqual({ type: "PUBACK", topicId: 1, msgId: 2, returnCode: 0 });
    expect(await north.take(1)).toEqual([{ topic: "a/b", payload: "hi" }]);
    expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
    expect(await c.ask({ type: "DISCONNECT" })).toEqual({ type: "DISCONNECT" });
    expect(gateway.counters()).toMatchObject({ clients: 0, connects: 1, publishedQos1: 1, malformed: 0 });
  });

  test("without a connection every request is answered with DISCONNECT, an answer with nothing", async () => {
    const c = client();
    for (const request of [PUBLISH, REGISTER, { type: "PINGREQ" } as const]) {
      expect(await c.ask(request)).toEqual({ type: "DISCONNECT" });
    }
    c.send({ type: "PINGRESP" }, { type: "DISCONNECT" }, { type: "ADVERTISE", gwId: 1, duration_s: 9 });
    expect(await c.ask({ type: "SEARCHGW", radius: 0 })).toEqual({ type: "GWINFO", gwId: 1 });
    expect(gateway.counters()).toMatchObject({ unknownClients: 3, ignored: 3 });
  });

  test("a new connection forgets topic ids", async () => {
    const c = await client().connected();
    await c.ask(REGISTER);
    await c.connected();
    expect(await c.ask(PUBLISH)).toMatchObject({ type: "PUBACK", returnCode: 2 });
  });

  test("the same client id from a new address takes over", async () => {
    const old = await client().connected();
    const young = await client().connected();
    expect(await young.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
    expect(await old.ask({ type: "PINGREQ" })).toEqual({ type: "DISCONNECT" });
    expect(gateway.counters()).toMatchObject({ clients: 1, takeovers: 1 });
  });

  test("one client too many is refused with congestion", async () => {
    await restart({ maxClients: 1 });
    await client().connected();
    const second = await client().ask({ ...CONNECT, clientId: "c2" });
    expect(second).toEqual({ type: "CONNACK", returnCode: 1 });
    expect(gateway.counters()).toMatchObject({ clients: 1, refused: 1 });
  });

  test("a broker that goes away: its clients are told DISCONNECT, and CONNACK with congestion after that", async () => {
    const c = await client().connected();
    await broker.stop();
    expect(await c.next()).toEqual({ type: "DISCONNECT" });
    expect(await c.ask(CONNECT)).toEqual({ type: "CONNACK", returnCode: 1 });
    expect(gateway.counters()).toMatchObject({ clients: 0, brokerLost: 1, refused: 1 });
  });

  test("the stop tells every client", async () => {
    const c = await client().connected();
    await gateway.stop();
    expect(await c.next()).toEqual({ type: "DISCONNECT" });
    await gateway.stop();
  });
});

describe("will", () => {
  const WILL = { qos: 1, retain: false, willTopic: "gone" } as const;
  const WITH_WILL = { ...CONNECT, will: true, duration_s: 1 } as const;

  test("prompted for, and published when the client falls silent for longer than its keep-alive", async () => {
    const c = client();
    expect(await c.ask(WITH_WILL)).toEqual({ type: "WILLTOPICREQ" });
    expect(await c.ask(WITH_WILL)).toEqual({ type: "WILLTOPICREQ" });
    expect(await c.ask({ type: "WILLTOPIC", will: WILL })).toEqual({ type: "WILLMSGREQ" });
    expect(await c.ask({ type: "WILLMSG", willMsg: utf8("bye") })).toEqual(ACCEPTED);
    expect(await north.take(1)).toEqual([{ topic: "gone", payload: "bye" }]);
    expect(gateway.counters()).toMatchObject({ lostClients: 1, clients: 0 });
  });

  test("an empty WILLTOPIC: no will", async () => {
    const c = client();
    await c.ask(WITH_WILL);
    expect(await c.ask({ type: "WILLTOPIC" })).toEqual(ACCEPTED);
  });

  test("forgotten at DISCONNECT", async () => {
    const c = client();
    await c.ask(WITH_WILL);
    await c.ask({ type: "WILLTOPIC", will: WILL });
    await c.ask({ type: "WILLMSG", willMsg: utf8("bye") });
    await c.ask({ type: "DISCONNECT" });
    await c.connected();
    await c.ask(REGISTER);
    await c.ask(PUBLISH);
    expect((await north.take(1))[0]?.topic).toBe("a/b");
  });

  test("a client that does not answer the prompt is refused", async () => {
    await restart({ promptDeadline_ms: 1 });
    const c = client();
    expect(await c.ask(WITH_WILL)).toEqual({ type: "WILLTOPICREQ" });
    expect(await c.next()).toEqual({ type: "CONNACK", returnCode: 1 });
    expect(gateway.counters()).toMatchObject({ clients: 0, refused: 1 });
  });
});

describe("publishing", () => {
  test("unknown ids and what is not supported are refused, whatever the QoS", async () => {
    const c = await client().connected();
    const refused = async (message: Message): Promise<unknown> => {
      const answer = await c.ask(message);
      return answer && "returnCode" in answer ? answer.returnCode : answer;
    };
    expect(await refused(PUBLISH)).toBe(2);
    expect(await refused({ ...PUBLISH, qos: 0, msgId: 0 })).toBe(2);
    expect(await refused({ ...PUBLISH, topic: { kind: "predefined", id: 1 } })).toBe(2);
    expect(await refused({ ...PUBLISH, topic: { kind: "short", name: "a#" } })).toBe(2);
    expect(await refused({ ...PUBLISH, qos: 2 })).toBe(2);
    expect(await refused({ ...REGISTER, topicName: "a/#" })).toBe(3);
    const topic = { kind: "predefined", id: 1 } as const;
    expect(await refused({ type: "SUBSCRIBE", dup: false, qos: 0, msgId: 1, topic })).toBe(2);
    expect(await c.ask({ type: "UNSUBSCRIBE", msgId: 7, topic })).toEqual({ type: "UNSUBACK", msgId: 7 });
    expect(await refused({ type: "WILLMSGUPD", willMsg: utf8("x") })).toBe(3);
    expect(gateway.counters()).toMatchObject({ invalidTopicId: 6, notSupported: 2 });
  });

  test("short and pre-defined topics need no REGISTER; retain is passed on", async () => {
    await restart({ predefinedTopics: new Map([[7, "seven"]]) });
    const c = await client().connected();
    const topicId = Buffer.from("ab").readUInt16BE();
    const short = { ...PUBLISH, topic: { kind: "short", name: "ab" }, retain: true } as const;
    expect(await c.ask(short)).toEqual({ type: "PUBACK", topicId, msgId: 2, returnCode: 0 });
    await c.ask({ ...PUBLISH, topic: { kind: "predefined", id: 7 }, msgId: 3 });
    expect((await north.take(2)).map(({ topic }) => topic)).toEqual(["ab", "seven"]);
    const late = await North.subscribe(broker.url, "ab");
    expect(await late.take(1)).toEqual([{ topic: "ab", payload: "hi" }]);
    await late.end();
  });

  test("QoS -1 needs no connection and gets no answer", async () => {
    const c = client();
    c.send({ ...PUBLISH, qos: -1, msgId: 0 }, { ...PUBLISH, qos: -1, topic: { kind: "short", name: "ab" } });
    expect(await north.take(1)).toEqual([{ topic: "ab", payload: "hi" }]);
    expect(gateway.counters()).toMatchObject({ ignored: 1, publishedQos0: 1, datagramsSent: 0 });
  });

  test("a repeat of an acknowledged message is acknowledged, not published twice", async () => {
    const c = await client().connected();
    await c.ask(REGISTER);
    await c.ask(PUBLISH);
    expect(await c.ask({ ...PUBLISH, dup: true })).toMatchObject({ type: "PUBACK", returnCode: 0 });
    await c.ask({ ...PUBLISH, msgId: 3, data: utf8("next") });
    expect((await north.take(2)).map(({ payload }) => payload)).toEqual(["hi", "next"]);
    expect(gateway.counters()).toMatchObject({ duplicates: 1, publishedQos1: 2 });
  });

  test("too many topics and too many messages in flight are refused with congestion", async () => {
    await restart({ maxTopics: 1, maxInflight: 1 });
    const c = await client().connected();
    await c.ask(REGISTER);
    expect(await c.ask({ ...REGISTER, topicName: "c" })).toMatchObject({ type: "REGACK", returnCode: 1 });
    c.send(PUBLISH, { ...PUBLISH, msgId: 3 }, PUBLISH);
    const answers = [await c.next(), await c.next()];
    expect(answers).toContainEqual({ type: "PUBACK", topicId: 1, msgId: 3, returnCode: 1 });
    expect(answers).toContainEqual({ type: "PUBACK", topicId: 1, msgId: 2, returnCode: 0 });
  });

  test("clients behind a forwarder are told apart and answered in their wrapping", async () => {
    const c = client();
    const wrap = (node: number, message: Message): Message => ({
      type: "ENCAPSULATED",
      radius: 0,
      wirelessNodeId: Uint8Array.of(node),
      datagram: encode(message),
    });
    expect(await c.ask(wrap(1, CONNECT))).toEqual(wrap(1, { type: "CONNACK", returnCode: 0 }));
    expect(await c.ask(wrap(2, { type: "PINGREQ" }))).toEqual(wrap(2, { type: "DISCONNECT" }));
    expect(await c.ask(wrap(1, { type: "PINGREQ" }))).toEqual(wrap(1, { type: "PINGRESP" }));
    c.send({ type: "ENCAPSULATED", radius: 0, wirelessNodeId: Uint8Array.of(1), datagram: utf8("garbage") });
    await c.ask(wrap(1, { type: "PINGREQ" }));
    expect(gateway.counters().malformed).toBe(1);
  });
});

test("garbage, mutants and messages out of place: counted, and the gateway lives", async () => {
  const mutant = fc
    .tuple(anyMessage, fc.nat(), fc.nat(255))
    .map(([message, at, octet]) =>
      encode(message).map((old, i, all) => (i === at % all.length ? octet : old)),
    );
  const datagrams = fc.sample(
    fc.oneof(fc.uint8Array({ maxLength: 40 }), mutant, anyMessage.map(encode)),
    600,
  );
  const c = client();
  const rude = createSocket("udp4");
  const answered = new Set<number>();
  rude.on("message", (datagram) => answered.add(datagram[1] ?? 0));
  for (const datagram of datagrams) {
    rude.send(datagram, gateway.port, "127.0.0.1");
    // One answered request between them keeps the kernel's buffer from overflowing.
    await c.ask({ type: "SEARCHGW", radius: 0 });
  }
  await c.connected();
  expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  expect(gateway.counters().malformed).toBeGreaterThan(100);
  expect(answered.size).toBeGreaterThan(0);
  rude.close();
  await once(rude, "close");
});

describe("start", () => {
  test("a port in use is a coded error that names it, and leaves nothing open", async () => {
    const second = new Gateway({ port: gateway.port, broker: broker.url });
    await expect(second.start()).rejects.toMatchObject({
      code: "port-in-use",
      message: `UDP 127.0.0.1:${gateway.port} is in use`,
    });
    await gateway.stop();
    await second.start();
    await second.stop();
  });

  test("a broker that is not there, or no broker at all, is a coded error; its password is not told", async () => {
    const url = broker.url.replace("mqtt://", "mqtt://user:secret@");
    await broker.stop();
    const lonely = new Gateway({ port: 0, broker: url });
    const error: unknown = await lonely.start().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "broker-unreachable" });
    expect((error as Error).message).not.toContain("secret");
    const wrong = new Gateway({ port: 0, broker: "nonsense://x" });
    await expect(wrong.start()).rejects.toMatchObject({ code: "broker-unreachable" });
  });

  test("an address that is not this machine's cannot be bound", async () => {
    const elsewhere = new Gateway({ host: "192.0.2.1", port: 0, broker: broker.url });
    await expect(elsewhere.start()).rejects.toMatchObject({ code: "bind-failed" });
  });
});
