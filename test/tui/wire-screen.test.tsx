/** What is on the wire, over real endpoints: servers with clients, devices with a gateway. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Gateway } from "../../src/protocol/mqttsn/gateway.ts";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import type { RunOptions } from "../../src/runtime/run.ts";
import { KEY, TestRoom } from "../support/control-room.tsx";
import { demoPlan } from "../support/demo-plant.ts";
import { freeTcpPort, freeUdpPort } from "../support/free-ports.ts";
import { changed, monitor, OpcUaClients, outcome } from "../support/opcua-clients.ts";
import { wiredPlan, type WiredPlan } from "../support/wired-plan.ts";

const NOT_ZERO = String.raw`(?:[1-9]\d*\.\d|0\.[1-9])`;
const QUERY = { text: "", sort: "name", offset: 0, limit: 9 } as const;
// Read before the working folder is another.
const SILENT = demoPlan({ endpoints: false, speed: 1 });
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-wire-screen-"));
const home = process.cwd();
const clients = new OpcUaClients(folder);
const opened: { close(): Promise<unknown> }[] = [];

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
afterEach(async () => {
  await clients.close();
  for (const it of opened.splice(0).reverse()) await it.close();
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function open(
  { plan }: Pick<WiredPlan, "plan">,
  options: Partial<RunOptions> = {},
  size: [number, number] = [120, 40],
): Promise<TestRoom> {
  const room = await TestRoom.open(plan, 1, size, options);
  opened.push(room);
  await room.press("5");
  return room;
}

describe.each([1, 2])("on %i hosts", (hosts) => {
  test("rates, gateway and broker are told, and the histogram holds all that was acknowledged", async () => {
    const wired = await wiredPlan();
    const { opcuaPort, gatewayPort, brokerPort } = wired;
    const room = await open(wired, { hosts });
    await room.until(/- notifications\/s · 2 servers, 0 sessions/);
    const session = await clients.open(`opc.tcp://127.0.0.1:${opcuaPort}`);
    await monitor(session, "cnc-01/spindle-temperature");
    await room.run.pace({ do: "resume" });
    await room.until(
      new RegExp(`${NOT_ZERO} notifications/s · 2 servers, 1 sessions, 1 subscriptions, 1 items`),
    );
    const frame = await room.until(new RegExp(`${NOT_ZERO} publishes/s, ${NOT_ZERO} acks/s`));
    expect(frame).toMatch(
      new RegExp(`gateway  ours at udp://127.0.0.1:${gatewayPort}, 2 clients, [1-9]\\d* in`),
    );
    expect(frame).toMatch(new RegExp(`broker   embedded at 127.0.0.1:${brokerPort}, 3 connections, [1-9]`));
    await room.until(new RegExp(`cnc-01 +up +1 +${NOT_ZERO} +${NOT_ZERO}`));
    await room.until(new RegExp(`cnc-02 +up +0 +0\\.0 +${NOT_ZERO}`));
    await room.run.pace({ do: "pause" });
    // What is still on its way arrives.
    const still = await room.until(/(\d+) published, \1 acked/);
    const acknowledged = Number(/(\d+) acked/.exec(still)![1]);
    const bars = [...still.matchAll(/≤ [\d.]+ m?s +(\d+) [█▏]?/g)].map(([, count]) => Number(count));
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.reduce((sum, count) => sum + count, 0)).toBe(acknowledged);
    expect(still).toMatch(
      /acks {5}round trip half within [\d.]+ m?s, 99 % within [\d.]+ m?s, slowest [\d.]+ ms/,
    );
  });

  test("a server goes offline after a question, clients lose it, and it comes back", async () => {
    const wired = await wiredPlan({ mqttsn: "false" });
    const url = `opc.tcp://127.0.0.1:${wired.opcuaPort + 1}`;
    const room = await open(wired, { hosts });
    const session = await clients.openPatient(url);
    await changed(await monitor(session, "cnc-02/spindle-temperature"));
    const { notifications } = await room.run.wire(QUERY);
    expect(notifications).toBeGreaterThan(0);
    const lost = once(clients.last, "connection_lost");
    const back = once(clients.last, "connection_reestablished");
    await room.until(/cnc-02 +up +1 /);
    await room.press(KEY.down);
    await room.until(/> cnc-02/);
    await room.press("d");
    await room.until(/Take the server of cnc-02 offline\? That cuts 1 session\. {2}y yes/);
    await room.press("n");
    await room.until(/^(?![\s\S]*Take the server)[\s\S]* 0 offline/);
    await room.press("d");
    await room.until(/Take the server/);
    await room.press("y");
    await room.until(/cnc-02: server-down begun/);
    await lost;
    // Those in trouble come first.
    await room.until(/ 1 offline [\s\S]*cnc-02 +offline +0 [\s\S]*cnc-01 +up/);
    expect(await outcome(clients.open(url))).not.toBe("Good");
    // The cursor has gone with it.
    await room.until(/> cnc-02/);
    await room.press("1");
    await room.until(/~ 1 unreached [\s\S]*~ cnc-02[\s\S]*cnc-01/);
    await room.press("5");
    await room.until(/> cnc-02/);
    await room.press("d");
    await room.until(/cnc-02: server-down-1 cleared/);
    await back;
    await room.until(/ 0 offline [\s\S]*cnc-02 +up +1 /);
    // What was sent before is not forgotten.
    expect((await room.run.wire(QUERY)).notifications).toBeGreaterThanOrEqual(notifications);
  });
});

test("d on the unit's screen takes its server offline as well", async () => {
  const wired = await wiredPlan({ mqttsn: "false" });
  const room = await open(wired);
  await room.press("2");
  await room.until(new RegExp(`opc.tcp://127.0.0.1:${wired.opcuaPort}`));
  await room.press("d");
  await room.until(/Take the server of cnc-01 offline\? That cuts 0 sessions/);
  await room.press("y");
  await room.until(/cnc-01: server-down begun/);
  expect(await room.run.wire(QUERY)).toMatchObject({ offline: 1, rows: [{ name: "cnc-01" }, {}] });
});

test("a device that has lost its gateway says so, and stands first", async () => {
  const wired = await wiredPlan({ opcua: "false", mqttsn: "{ retry: 50ms, retries: 1, keep-alive: 1s }" });
  const room = await open(wired, { areAllFaulty: true });
  await room.until(/cnc-01 +up/);
  await room.run.beginWireFault("cnc-02", { id: "radio", fault: "partition", with: {} });
  await room.until(/ 1 without gateway [\s\S]*cnc-02 +no gateway[\s\S]*cnc-01 +up/);
  await room.run.clearWireFault("cnc-02", "radio");
  await room.until(/ 0 without gateway [\s\S]*cnc-01 +up[\s\S]*cnc-02 +up/);
});

test("a gateway elsewhere is named with the devices that it has", async () => {
  const [port, brokerPort] = [await freeUdpPort(), await freeTcpPort()];
  const broker = new Broker({ port: brokerPort });
  await broker.start();
  opened.push({ close: () => broker.stop() });
  const gateway = new Gateway({ port, broker: broker.url });
  await gateway.start();
  opened.push({ close: () => gateway.stop() });
  const room = await open(
    await wiredPlan({ opcua: "false", mqttsn: `{ gateway: "udp://127.0.0.1:${port}" }` }),
  );
  const frame = await room.until(new RegExp(`gateway  udp://127.0.0.1:${port} with 2 of 2 devices`));
  expect(frame).not.toMatch(/broker/);
});

test("the table is filtered while one types and sorted by what units have most of", async () => {
  const wired = await wiredPlan({ mqttsn: "false" });
  const room = await open(wired);
  await clients.open(`opc.tcp://127.0.0.1:${wired.opcuaPort + 1}`);
  await room.until(/by name[\s\S]*cnc-01[\s\S]*cnc-02 +up +1 /);
  await room.press("o");
  await room.until(/by sessions[\s\S]*cnc-02[\s\S]*cnc-01/);
  await room.press("/");
  await room.until(/\/ ▏/);
  await room.press("0", "1");
  expect(await room.until(/1 of 2 units/)).not.toMatch(/cnc-02/);
});

test("a server for several units is not taken away from one alone without a word", async () => {
  const room = await open(await wiredPlan({ opcua: "{ mode: aggregated }", mqttsn: "false" }));
  await room.until(/cnc-02 +up/);
  await room.press("d");
  await room.until(/Other units are on it too/);
});

test("without endpoints it says so, and there is no server to take away", async () => {
  const room = await open({ plan: SILENT });
  const frame = await room.until(/This plant has no endpoints/);
  expect(frame).toMatch(/OPC UA {3}no servers[\s\S]*MQTT-SN {2}no devices/);
  expect(frame).not.toMatch(/unit +wire/);
  expect((await room.run.wire(QUERY)).units).toBe(0);
});

test.each([
  [80, 24],
  [200, 60],
])("it fits a terminal of %i×%i", async (columns, rows) => {
  const room = await open(await wiredPlan(), {}, [columns, rows]);
  const lines = (await room.until(/cnc-02 +up/)).split("\n");
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(lines.join("\n")).toMatch(/gateway {2}ours[\s\S]*broker[\s\S]*0 offline[\s\S]*unit +wire/);
});
