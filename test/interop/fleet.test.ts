/** The whole way: one scenario file, the built program, and two clients that we did not write. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../support/child.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { peer } from "../support/peers.ts";

const mosquitto = peer("mosquitto");
const mosquittoSub = peer("mosquitto_sub");
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-fleet-"));
const children: Child[] = [];
/** Where mosquitto_sub finds the broker. */
let at: string[];
let opcuaPort: number;
let plant: Child;

const start = (program: string, ...args: string[]): Child => {
  const child = new Child(program, args);
  children.push(child);
  return child;
};

beforeAll(async () => {
  const brokerPort = await freeTcpPort();
  at = ["-h", "127.0.0.1", "-p", String(brokerPort)];
  opcuaPort = await freeTcpPort(3);
  const scenario = path.join(folder, "plant.yaml");
  writeFileSync(
    scenario,
    `taktwerk: 1
name: works
seed: 7
speed: 4 # the spindles are soon at work
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: 2, name: "cnc-{n:02}", program: programs/bracket-al }
  - group: silent
    endpoints: { mqttsn: false }
    units:
      - { model: cnc/vmc-3axis-15kw, name: mill, program: programs/housing-steel }
endpoints:
  opcua: { port: ${opcuaPort} }
  mqttsn: { qos: 1 }
discovery: { port: ${await freeTcpPort()} }
gateway: { port: ${await freeUdpPort()}, broker-port: ${brokerPort} }
`,
  );
  plant = start(process.execPath, "dist/cli/main.js", "up", scenario);
  await plant.line(/Ctrl-C ends/);
});

afterAll(async () => {
  await Promise.all(children.map((child) => child.end()));
  rmSync(folder, { recursive: true });
});

interface Notification {
  readonly signal: string;
  readonly value: number;
  readonly status: number;
  readonly timestamp_ms: number;
}

interface Payload {
  readonly t: string;
  readonly seq: number;
  readonly q: number;
  readonly v: Readonly<Record<string, number>>;
}

const subscribe = (topic: string): Child => start(mosquittoSub!, ...at, "-t", topic, "-q", "1");

const startOpcUa = (): Child => {
  const script = path.join(import.meta.dirname, "peers", "opcua-client.ts");
  const url = `opc.tcp://127.0.0.1:${opcuaPort}`;
  return start(process.execPath, script, "watch", url, path.join(folder, "client"));
};

/** Lines of a child, parsed, until so many have passed the filter. */
async function take<T>(child: Child, count: number, wanted: (message: T) => boolean): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const message = JSON.parse(await child.line(/^\{/)) as T;
    if (wanted(message)) taken.push(message);
  }
  return taken;
}

describe.skipIf(!mosquittoSub)("one machine on two wires", () => {
  test("has the same value with the same timestamp on both", async () => {
    const mqtt = subscribe("works/machining/cnc-01/motion");
    const opcua = startOpcUa();
    const notified = await take<Notification>(opcua, 40, ({ status, value }) => status === 0 && value > 0);
    const last_ms = Math.max(...notified.map((it) => it.timestamp_ms));
    const published = new Map<number, Payload>();
    while (!published.has(last_ms)) {
      const [payload] = await take<Payload>(mqtt, 1, () => true);
      published.set(Date.parse(payload!.t), payload!);
    }
    const first_ms = Math.min(...published.keys());
    const common = notified.filter((it) => it.timestamp_ms >= first_ms);
    expect(common.length).toBeGreaterThan(20);
    for (const { signal, value, timestamp_ms } of common) {
      expect(published.get(timestamp_ms)?.v[signal], `${signal} at ${timestamp_ms}`).toBe(value);
    }
  });

  test("publishes every poll group, in order and without a gap", async () => {
    const groups = ["motion", "status", "energy", "thermal"];
    for (const group of groups) {
      const payloads = await take<Payload>(subscribe(`works/machining/cnc-02/${group}`), 4, () => true);
      const [first] = payloads;
      expect(payloads.map((it) => it.seq)).toEqual([0, 1, 2, 3].map((i) => first!.seq + i));
      const times = payloads.map((it) => Date.parse(it.t));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(payloads.every((it) => it.q === 0)).toBe(true);
    }
  });

  test("is silent where its group says so", async () => {
    const topics = start(mosquittoSub!, ...at, "-t", "works/#", "-F", '{"topic":"%t"}');
    const heard = await take<{ topic: string }>(topics, 80, () => true);
    const units = new Set(heard.map(({ topic }) => topic.split("/")[2]));
    expect([...units].sort()).toEqual(["cnc-01", "cnc-02"]);
  });
});

test.skipIf(!mosquitto || !mosquittoSub)("a plant publishes into a broker that is not ours", async () => {
  const port = await freeTcpPort();
  const config = path.join(folder, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  await start(mosquitto!, "-c", config, "-v").line(/running/);
  const sub = start(mosquittoSub!, "-h", "127.0.0.1", "-p", String(port), "-t", "bridged/#");
  const scenario = path.join(folder, "bridged.yaml");
  writeFileSync(
    scenario,
    `taktwerk: 1
name: bridged
fleet:
  - group: g
    units: [{ model: cnc/vmc-3axis-15kw, name: cnc-01, program: programs/bracket-al }]
endpoints: { opcua: false, mqttsn: { qos: 0 } }
gateway: { port: ${await freeUdpPort()}, broker: "mqtt://127.0.0.1:${port}" }
`,
  );
  start(process.execPath, "dist/cli/main.js", "up", scenario);
  const [payload] = await take<Payload>(sub, 1, () => true);
  expect(payload!.q).toBe(0);
});
