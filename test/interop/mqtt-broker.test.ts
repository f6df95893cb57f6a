/** The embedded broker with Debian's clients of MQTT 3.1.1 and 5. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { Child } from "../support/child.ts";
import { North } from "../support/north.ts";
import { peer } from "../support/peers.ts";

const pub = peer("mosquitto_pub");
const sub = peer("mosquitto_sub");

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(): Promise<Broker> {
  const broker = new Broker({ port: 0 });
  await broker.start();
  ends.push(() => broker.stop());
  return broker;
}

const publish = (broker: Broker, ...args: string[]): Promise<unknown> =>
  promisify(execFile)(pub!, ["-p", `${broker.port}`, ...args]);

/** Once its subscription stands. */
async function subscribed(broker: Broker, ...args: string[]): Promise<Child> {
  const before = broker.counters().subscriptions;
  const child = new Child(sub!, ["-p", `${broker.port}`, "-F", "%t %q %r %p", ...args]);
  ends.push(() => child.end());
  await vi.waitFor(() => expect(broker.counters().subscriptions).toBe(before + 1), 30_000);
  return child;
}

test.skipIf(!pub || !sub).each(["mqttv311", "mqttv5"])(
  "%s: QoS, retained messages and wills",
  async (version) => {
    const broker = await start();
    const V = ["-V", version] as const;
    const ear = await subscribed(broker, ...V, "-t", "a/#", "-q", "2");
    for (const qos of ["0", "1", "2"]) await publish(broker, ...V, "-t", "a/b", "-m", `m${qos}`, "-q", qos);
    for (const qos of ["0", "1", "2"]) expect(await ear.line(/./)).toBe(`a/b ${qos} 0 m${qos}`);
    await publish(broker, ...V, "-t", "r/x", "-m", "kept", "-q", "1", "-r");
    const late = await subscribed(broker, ...V, "-t", "r/+", "-q", "1");
    expect(await late.line(/./)).toBe("r/x 1 1 kept");
    const will = ["--will-topic", "a/will", "--will-payload", "bye", "--will-qos", "1"];
    const dying = await subscribed(broker, ...V, ...will, "-t", "none");
    await dying.end();
    expect(await ear.line(/./)).toBe("a/will 1 0 bye");
    expect(broker.counters()).toMatchObject({ faults: 0, dropped: 0 });
  },
);

test.skipIf(!pub || !sub)(
  "MQTT 5: user properties and expiry are passed on, a kept session is resumed",
  async () => {
    const broker = await start();
    const V5 = ["-V", "5"] as const;
    const kept = [...V5, "-c", "-i", "kept", "-x", "600", "-t", "a", "-q", "1"];
    const before = await subscribed(broker, ...kept);
    await before.end();
    const property = ["-D", "publish", "user-property", "unit", "cnc-01"];
    await publish(broker, ...V5, ...property, "-t", "a", "-m", "x", "-q", "1");
    const back = new Child(sub!, ["-p", `${broker.port}`, ...kept, "-F", "%P %p"]);
    ends.push(() => back.end());
    expect(await back.line(/./)).toBe("unit:cnc-01 x");
  },
);

test.skipIf(!pub || !sub)(
  "a subscriber that is stopped (SIGSTOP) delays no other one and no publisher",
  async () => {
    const broker = await start();
    const stopped = await subscribed(broker, "-t", "#", "-q", "1");
    stopped.signal("SIGSTOP");
    const ear = await North.subscribe(broker.url);
    ends.push(() => ear.end());
    const payload = "x".repeat(10_000);
    // Far more than the kernel and the queue hold for the one that is stopped.
    for (let i = 0; i < 60; i++) {
      await Promise.all(Array.from({ length: 50 }, () => ear.publish("a", payload, 1)));
      await ear.take(50);
    }
    expect(broker.counters().dropped).toBeGreaterThan(0);
    stopped.signal("SIGCONT");
    expect(await stopped.line(/^a 1 0 x/)).toBeDefined();
  },
);
