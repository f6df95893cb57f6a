/** The ear behind a system under test: it hears, survives its broker, and says when nobody is there. */
import mqtt from "mqtt";
import { afterEach, expect, test } from "vitest";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { Listener } from "../../src/protocol/mqtt/listener.ts";
import { freeTcpPort } from "../support/free-ports.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startBroker(port = 0): Promise<Broker> {
  const broker = new Broker({ port });
  await broker.start();
  ends.push(() => broker.stop());
  return broker;
}

/** Arrivals that a test awaits one by one. */
class Ear {
  readonly listener: Listener;
  readonly lines: string[] = [];
  readonly #heard: string[] = [];
  #awake: () => void = () => undefined;

  constructor(broker: string, deadline_ms = 10_000) {
    const log = (line: string): void => void this.lines.push(line);
    const options = { broker, version: 4, filters: ["#"], deadline_ms, log } as const;
    this.listener = new Listener(options, ({ topic, data }) => {
      this.#heard.push(`${topic} ${Buffer.from(data).toString()}`);
      this.#awake();
    });
    ends.push(() => this.listener.stop());
  }

  async next(): Promise<string> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#awake = resolve));
    return this.#heard.shift()!;
  }
}

async function publish(url: string, text: string, retain = false): Promise<void> {
  const client = await mqtt.connectAsync(url);
  await client.publishAsync("a/b", text, { qos: 1, retain });
  await client.endAsync();
}

test("hears what is published, and nothing that was retained from before", async () => {
  const { url } = await startBroker();
  await publish(url, "old", true);
  const ear = new Ear(url);
  await ear.listener.start();
  await publish(url, "new");
  expect(await ear.next()).toBe("a/b new");
});

test("hears again when its broker was away and has forgotten it", async () => {
  const broker = await startBroker();
  const { url, port } = broker;
  const ear = new Ear(url);
  await ear.listener.start();
  await broker.stop();
  const again = await startBroker(port);
  // Whether it has subscribed again shows only in what it hears.
  const heard = ear.next();
  const over = new AbortController();
  const publishing = (async () => {
    for (let n = 0; !over.signal.aborted; n++) await publish(again.url, `${n}`);
  })();
  expect(await heard).toMatch(/^a\/b \d+$/);
  over.abort();
  await publishing;
  expect(ear.listener.reconnects).toBe(1);
});

test("waits for a broker that comes late, and names one that does not come", async () => {
  const port = await freeTcpPort();
  const late = new Ear(`mqtt://127.0.0.1:${port}`);
  const started = late.listener.start();
  await startBroker(port);
  await started;
  const nobody = new Ear(`mqtt://user:secret@127.0.0.1:${await freeTcpPort()}`, 300);
  const failure = await nobody.listener.start().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "broker-unreachable" });
  expect(String(failure)).not.toContain("secret");
});

test("stops while it still waits", async () => {
  const ear = new Ear(`mqtt://127.0.0.1:${await freeTcpPort()}`, 60_000);
  const started = ear.listener.start().catch((error: unknown) => error);
  await ear.listener.stop();
  expect(await started).toMatchObject({ code: "broker-unreachable" });
});
