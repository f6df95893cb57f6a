/** What the broker keeps for a client that is away, and what becomes of it when the client leaves in mid-connection. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import type { Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import type { GatewayOptions } from "../../../src/protocol/mqttsn/gateway-options.ts";
import { CONNECT, MqttSnClient } from "../../support/mqttsn-client.ts";
import { North } from "../../support/north.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEPT = { ...CONNECT, cleanSession: false, duration_s: 0 } as const;
const SEARCH = { type: "SEARCHGW", radius: 0 } as const;

const ends: (() => Promise<void>)[] = [];
let broker: Broker;
let gateway: Gateway;
let north: North;

function client(): MqttSnClient {
  const made = new MqttSnClient(gateway.port);
  ends.push(() => made.close());
  return made;
}

async function startGateway(options: Partial<GatewayOptions>): Promise<void> {
  gateway = new Gateway({ port: 0, broker: broker.url, ...options });
  await gateway.start();
  ends.push(() => gateway.stop());
}

const subscribe = (qos: 1 | 2): Message => ({
  ...{ type: "SUBSCRIBE", dup: false, qos, msgId: 1, topic: { kind: "name", name: "cmd" } },
});

/** Answers what the gateway sends until so many messages are complete. @returns their payloads, repeats included */
async function take(c: MqttSnClient, count: number): Promise<string[]> {
  const payloads: string[] = [];
  let complete = 0;
  while (complete < count) {
    const message = await c.next();
    if (message?.type === "REGISTER") {
      c.send({ type: "REGACK", topicId: message.topicId, msgId: message.msgId, returnCode: 0 });
    } else if (message?.type === "PUBLISH") {
      payloads.push(new TextDecoder().decode(message.data));
      const { msgId, qos } = message;
      if (qos === 2) c.send({ type: "PUBREC", msgId });
      else c.send({ type: "PUBACK", topicId: 1, msgId, returnCode: 0 });
      if (qos < 2) complete += 1;
    } else if (message?.type === "PUBREL") {
      c.send({ type: "PUBCOMP", msgId: message.msgId });
      complete += 1;
    }
  }
  return payloads;
}

/** Asks the gateway something harmless until its counters are as wanted. */
async function until(holds: (counters: ReturnType<Gateway["counters"]>) => boolean): Promise<void> {
  const other = client();
  while (!holds(gateway.counters())) await other.ask(SEARCH);
}

beforeEach(async () => {
  broker = new Broker({ port: 0 });
  await broker.start();
  ends.push(() => broker.stop());
  north = await North.subscribe(broker.url, "elsewhere");
  ends.push(() => north.end());
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe.each([4, 5] as const)("MQTT version %i", (mqttVersion) => {
  test.each(["disconnects", "moves"])(
    "a client that %s before CONNACK, with QoS 2 messages kept for it, costs and loses nothing",
    async (how) => {
      await startGateway({ mqttVersion });
      let c = await client().connected(KEPT);
      await c.ask(subscribe(2));
      await c.ask({ type: "DISCONNECT" });
      for (let i = 0; i < 5; i++) await north.publish("cmd", `m${i}`, 2);
      for (let i = 0; i < 150; i++) {
        c.send(KEPT);
        // Now and then the broker has answered before the client leaves.
        for (let rest = i % 4; rest > 0; rest--) await client().ask(SEARCH);
        if (how === "moves") c = client();
        else c.send({ type: "DISCONNECT" });
      }
      const last = client();
      // The connection before may still be on its way out.
      await last.connected(KEPT);
      expect((await take(last, 5)).sort()).toEqual(["m0", "m1", "m2", "m3", "m4"]);
      expect(gateway.counters()).toMatchObject({ faults: 0, clients: 1 });
      expect(broker.counters()).toMatchObject({ faults: 0, dropped: 0 });
    },
  );

  test("what a client has not acknowledged comes again after its crash, its keep-alive and its sleep", async () => {
    await startGateway({ mqttVersion, retry_ms: 20, retries: 1 });
    const c = await client().connected(KEPT);
    await c.ask(subscribe(1));
    await north.publish("cmd", "crash", 1);
    // Never acknowledged: the gateway gives the client up.
    await until(({ lostClients }) => lostClients === 1);
    const again = await client().connected({ ...KEPT, duration_s: 1 });
    expect(await take(again, 1)).toEqual(["crash"]);
    await until(({ lostClients }) => lostClients === 2);
    await north.publish("cmd", "keep-alive", 1);
    const third = await client().connected(KEPT);
    expect(await take(third, 1)).toEqual(["keep-alive"]);
    await third.ask({ type: "DISCONNECT", duration_s: 1 });
    await north.publish("cmd", "sleep", 1);
    await until(({ lostClients }) => lostClients === 3);
    const fourth = await client().connected(KEPT);
    expect(await take(fourth, 1)).toEqual(["sleep"]);
    expect(gateway.counters()).toMatchObject({ dropped: 0 });
  });

  test("what it has acknowledged does not come again, at QoS 1 nor 2; a clean session forgets the rest", async () => {
    await startGateway({ mqttVersion, retry_ms: 20, retries: 1 });
    const c = await client().connected(KEPT);
    await c.ask(subscribe(2));
    await north.publish("cmd", "one", 1);
    await north.publish("cmd", "two", 2);
    expect(await take(c, 2)).toEqual(["one", "two"]);
    await north.publish("cmd", "three", 1);
    await until(({ lostClients }) => lostClients === 1);
    const again = await client().connected(KEPT);
    expect(await take(again, 1)).toEqual(["three"]);
    await again.ask({ type: "DISCONNECT" });
    await north.publish("cmd", "four", 1);
    const clean = await client().connected(CONNECT);
    expect(await clean.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  });
});

test("a will that changes over a new broker connection neither loses nor doubles what waits", async () => {
  await startGateway({});
  const c = client();
  await c.ask({ ...KEPT, will: true });
  await c.ask({ type: "WILLTOPIC", will: { qos: 1, retain: false, willTopic: "gone" } });
  expect(await c.ask({ type: "WILLMSG", willMsg: utf8("bye") })).toMatchObject({ returnCode: 0 });
  await c.ask(subscribe(1));
  await north.publish("cmd", "1", 1);
  expect(await c.next()).toMatchObject({ type: "PUBLISH", msgId: 1, data: utf8("1") });
  await north.publish("cmd", "2", 1);
  await until(({ arrived }) => arrived === 2);
  c.send({ type: "WILLMSGUPD", willMsg: utf8("adieu") });
  // The exchange that was open goes on, and the broker's repeats are known.
  const heard = [await c.next(), await c.next()].map((message) => message?.type).sort();
  expect(heard).toEqual(["PUBLISH", "WILLMSGRESP"]);
  c.send({ type: "PUBACK", topicId: 1, msgId: 1, returnCode: 0 });
  expect(await c.next()).toMatchObject({ type: "PUBLISH", msgId: 2, data: utf8("2") });
  c.send({ type: "PUBACK", topicId: 1, msgId: 2, returnCode: 0 });
  expect(await c.ask({ type: "PINGREQ" })).toEqual({ type: "PINGRESP" });
  expect(gateway.counters()).toMatchObject({ arrived: 2, delivered: 2, dropped: 0 });
});
