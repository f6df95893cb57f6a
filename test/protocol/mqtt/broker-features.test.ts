/** What the broker knows of MQTT 3.1.1 and 5, asked by a client of another family. */
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";

let broker: Broker;
let clients: MqttClient[];

beforeEach(async () => {
  clients = [];
  broker = new Broker({ port: 0 });
  await broker.start();
});

afterEach(async () => {
  for (const client of clients) await client.endAsync(true);
  await broker.stop();
});

/** A client, and the messages that came to it, to be awaited. */
class Ear {
  readonly client: MqttClient;
  readonly #heard: IPublishPacket[] = [];
  #awake: () => void = () => undefined;

  constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (_topic, _payload, packet) => {
      this.#heard.push(packet);
      this.#awake();
    });
  }

  async next(): Promise<IPublishPacket> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#awake = resolve));
    return this.#heard.shift()!;
  }

  /** "topic payload qos" of the next ones */
  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const { topic, payload, qos } = await this.next();
      taken.push(`${topic} ${payload} ${qos}`);
    }
    return taken;
  }
}

/** The client hears also what comes with its CONNACK. */
async function open(options: IClientOptions = {}): Promise<Ear> {
  const client = mqtt.connect(broker.url, { reconnectPeriod: 0, ...options });
  clients.push(client);
  const ear = new Ear(client);
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve()).once("error", reject);
  });
  return ear;
}

const away = async ({ client }: Ear): Promise<void> => client.endAsync();

describe.each([4, 5] as const)("version %i", (protocolVersion) => {
  const expiry = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 600 } } : {};
  const kept = { protocolVersion, clean: false, clientId: "kept", ...expiry };

  test("each QoS reaches each, at the lower of both, in the order of publishing", async () => {
    const publisher = await open({ protocolVersion });
    const ears = await Promise.all([0, 1, 2].map(() => open({ protocolVersion })));
    for (const [qos, ear] of ears.entries()) {
      const granted = await ear.client.subscribeAsync("q/+", { qos: qos as 0 | 1 | 2 });
      expect(granted[0]!.qos).toBe(qos);
    }
    for (const qos of [2, 0, 1] as const) await publisher.client.publishAsync("q/x", `${qos}`, { qos });
    for (const [most, ear] of ears.entries()) {
      expect(await ear.take(3)).toEqual([2, 0, 1].map((qos) => `q/x ${qos} ${Math.min(qos, most)}`));
    }
  });

  test("retained messages are told to who comes later, replaced, and deleted by an empty one", async () => {
    const { client } = await open({ protocolVersion });
    for (const [topic, text] of [
      ["r/a", "old"],
      ["r/b", "gone"],
      ["r/a", "new"],
      ["r/b", ""],
    ] as const) {
      await client.publishAsync(topic, text, { qos: 1, retain: true });
    }
    const ear = await open({ protocolVersion });
    await ear.client.subscribeAsync("r/#", { qos: 1 });
    expect(await ear.next()).toMatchObject({ topic: "r/a", payload: Buffer.from("new"), retain: true });
    await client.publishAsync("r/a", "live", { qos: 1, retain: true });
    expect(await ear.next()).toMatchObject({ payload: Buffer.from("live"), retain: false });
  });

  test("a will is published when a connection breaks, and not after DISCONNECT", async () => {
    const ear = await open({ protocolVersion });
    await ear.client.subscribeAsync("will/#", { qos: 1 });
    const will = (name: string): IClientOptions => ({
      ...{
        protocolVersion,
        will: { topic: `will/${name}`, payload: Buffer.from("bye"), qos: 1, retain: false },
      },
    });
    await away(await open(will("polite")));
    const rude = await open(will("rude"));
    rude.client.stream.destroy();
    expect(await ear.take(1)).toEqual(["will/rude bye 1"]);
  });

  test("a kept session gets what came meanwhile, once; QoS 0 is for those who are there", async () => {
    const before = await open(kept);
    await before.client.subscribeAsync("s/+", { qos: 2 });
    await away(before);
    const { client } = await open({ protocolVersion });
    for (const qos of [0, 1, 2] as const) await client.publishAsync("s/x", `${qos}`, { qos });
    const back = await open(kept);
    expect(await back.take(2)).toEqual(["s/x 1 1", "s/x 2 2"]);
    await client.publishAsync("s/x", "live", { qos: 0 });
    expect(await back.take(1)).toEqual(["s/x live 0"]);
    await away(back);
    const clean = await open({ ...kept, clean: true });
    await client.publishAsync("s/x", "for nobody", { qos: 1 });
    expect(clean.client.connected).toBe(true);
    expect(broker.counters()).toMatchObject({ subscriptions: 0, dropped: 0 });
  });

  test("overlapping filters of a kept session: one message, at the highest QoS, and nobody is cut off", async () => {
    const ear = await open(kept);
    for (const [filter, qos] of [
      ["o/#", 1],
      ["o/+", 2],
      ["o/x", 0],
    ] as const) {
      await ear.client.subscribeAsync(filter, { qos });
    }
    const { client } = await open({ protocolVersion });
    for (let i = 0; i < 3; i++) await client.publishAsync("o/x", `${i}`, { qos: 2 });
    expect(await ear.take(3)).toEqual(["o/x 0 2", "o/x 1 2", "o/x 2 2"]);
    expect(ear.client.connected).toBe(true);
  });

  test("the same client id takes over: the former connection ends, the session goes on", async () => {
    const former = await open(kept);
    await former.client.subscribeAsync("t", { qos: 1 });
    const gone = new Promise<void>((resolve) => former.client.once("close", () => resolve()));
    const young = await open(kept);
    await gone;
    const { client } = await open({ protocolVersion });
    await client.publishAsync("t", "x", { qos: 1 });
    expect(await young.take(1)).toEqual(["t x 1"]);
  });

  test("$ topics are for who asks for them by name", async () => {
    const ear = await open({ protocolVersion });
    for (const filter of ["#", "+/x", "$own/#"]) await ear.client.subscribeAsync(filter);
    const { client } = await open({ protocolVersion });
    await client.publishAsync("$own/x", "1");
    await client.publishAsync("$other/x", "2");
    await client.publishAsync("a/x", "3");
    expect(await ear.take(2)).toEqual(["$own/x 1 0", "a/x 3 0"]);
  });

  test("after UNSUBSCRIBE nothing comes", async () => {
    const ear = await open({ protocolVersion });
    await ear.client.subscribeAsync(["u/a", "u/b"]);
    await ear.client.unsubscribeAsync("u/a");
    await ear.client.publishAsync("u/a", "1");
    await ear.client.publishAsync("u/b", "2");
    expect(await ear.take(1)).toEqual(["u/b 2 0"]);
  });
});

describe("MQTT 5", () => {
  const V5 = { protocolVersion: 5 } as const;

  test("no local, retain as published, retain handling, subscription identifiers", async () => {
    const ear = await open(V5);
    const other = await open(V5);
    await other.client.publishAsync("n/old", "x", { qos: 1, retain: true });
    const properties = { subscriptionIdentifier: 7 };
    await ear.client.subscribeAsync("n/#", { qos: 1, nl: true, rap: true, rh: 2, properties });
    await ear.client.publishAsync("n/own", "x", { qos: 1 });
    await other.client.publishAsync("n/other", "x", { qos: 1, retain: true });
    const heard = await ear.next();
    expect(heard).toMatchObject({ topic: "n/other", retain: true });
    expect(heard.properties).toMatchObject({ subscriptionIdentifier: 7 });
    // 1: only when the subscription is new
    await ear.client.subscribeAsync("n/#", { qos: 1, rh: 1 });
    await ear.client.subscribeAsync("n/old", { qos: 1, rh: 1 });
    expect((await ear.next()).topic).toBe("n/old");
  });

  test("properties of a message are passed on; an alias stands for its topic", async () => {
    const ear = await open(V5);
    await ear.client.subscribeAsync("p/+", { qos: 1 });
    const { client } = await open(V5);
    const given = {
      ...{ contentType: "text/plain", responseTopic: "re", correlationData: Buffer.of(1, 2) },
      ...{
        payloadFormatIndicator: true,
        messageExpiryInterval: 60,
        userProperties: { a: ["1", "2"], b: "3" },
      },
    };
    await client.publishAsync("p/1", "x", { qos: 1, properties: { ...given, topicAlias: 3 } });
    await client.publishAsync("", "y", { qos: 1, properties: { topicAlias: 3 } });
    const { properties } = await ear.next();
    expect({ ...properties, userProperties: { ...properties!.userProperties } }).toEqual(given);
    expect(await ear.take(1)).toEqual(["p/1 y 1"]);
  });

  test("a message whose time is over is not delivered any more", async () => {
    const options = { ...V5, clean: false, clientId: "late", properties: { sessionExpiryInterval: 600 } };
    const before = await open(options);
    await before.client.subscribeAsync("e", { qos: 1 });
    await away(before);
    const { client } = await open(V5);
    await client.publishAsync("e", "short", { qos: 1, properties: { messageExpiryInterval: 0 } });
    await client.publishAsync("e", "long", { qos: 1, properties: { messageExpiryInterval: 600 } });
    expect(await (await open(options)).take(1)).toEqual(["e long 1"]);
    expect(broker.counters().dropped).toBe(0);
  });

  test("a session without an expiry ends with its connection", async () => {
    const options = { ...V5, clean: false, clientId: "brief" };
    const before = await open(options);
    await before.client.subscribeAsync("b", { qos: 1 });
    await away(before);
    await (await open(V5)).client.publishAsync("b", "x", { qos: 1 });
    expect(broker.counters()).toMatchObject({ subscriptions: 0 });
  });

  test("no more messages are open than the client can bear, and none that is longer than it takes", async () => {
    const properties = { receiveMaximum: 1, maximumPacketSize: 100 };
    const ear = await open({ ...V5, properties });
    await ear.client.subscribeAsync("m", { qos: 1 });
    const { client } = await open(V5);
    for (const text of ["1", "x".repeat(200), "2", "3"]) await client.publishAsync("m", text, { qos: 1 });
    expect(await ear.take(3)).toEqual(["m 1 1", "m 2 1", "m 3 1"]);
    expect(broker.counters().dropped).toBe(1);
  });

  test("a shared subscription is refused, another one beside it is granted", async () => {
    const { client } = await open(V5);
    const refused = client.subscribeAsync({ "$share/g/x": { qos: 0 }, ok: { qos: 2 } });
    await expect(refused).rejects.toThrow(/Shared Subscriptions not supported/i);
    expect(broker.counters().subscriptions).toBe(1);
  });

  test("a client without an id is given one", async () => {
    const client = mqtt.connect(broker.url, { ...V5, clientId: "", reconnectPeriod: 0 });
    clients.push(client);
    const connack = await new Promise((resolve) => client.once("connect", resolve));
    expect(connack).toMatchObject({
      properties: { assignedClientIdentifier: expect.stringMatching(/^auto-/) as string },
    });
  });
});
