/** The event half of the instance checker, against our servers and against one that lies. */
import type { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { DataType, OPCUAClient, Subscription } from "node-opcua";
import type { ClientSession, UAObject } from "node-opcua";
import { afterAll, expect, test, vi } from "vitest";

import { EventWatch } from "../../src/protocol/opcua/conformance/event-watch.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { startBrokenServer } from "../support/broken-machines.ts";
import { plainSession } from "../support/plain-session.ts";
import { warmPlant } from "../support/warm-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-events-"));

/**
 * What types allow and our machines do not raise: alarms and messages of the control are the machine's alerts and
 * notifications, and are not told twice; an interrupted job is told by its transition.
 */
const NEVER_RAISED = ["CncAlarmType", "CncMessageType", "InterruptionConditionType"];

afterAll(() => rmSync(folder, { recursive: true }));

test("a machine at work, with an alarm and a job order, tells events that hold against Part 5 and all it declares", async () => {
  const plant = warmPlant();
  const server = new UnitServer(plant, plant.units[0]!, { port: 0, security: ["none"], pkiFolder: folder });
  await server.start();
  const { session, close } = await plainSession(server.endpointUrl);
  const watch = await EventWatch.open(session);
  const given = { job: "J1", program: plant.units[0]!.jobs!.programs[0]!, quantity: 1 };
  expect(plant.command("cnc-01", { name: "store-and-start-job", arguments: given })).toEqual({ done: true });
  while (plant.now_s < 1800) plant.advance(plant.now_s + 60);
  await vi.waitFor(() => expect(watch.count).toBeGreaterThan(20), 30_000);
  const found = await watch.close();
  expect(found.filter(({ what }) => !NEVER_RAISED.some((type) => what.includes(`:${type},`)))).toEqual([]);
  await close();
  await server.stop();
});

test("a server whose events have no severity, no message and an odd type is found out", async () => {
  const { server, space, url } = await startBrokenServer(folder, ["odd"], () => undefined);
  const { session, close } = await plainSession(url);
  const watch = await EventWatch.open(session);
  const object = space.rootFolder.objects.server as unknown as UAObject;
  object.raiseEvent("SystemEventType", { severity: { dataType: DataType.UInt16, value: 0 } } as never);
  object.raiseEvent("SystemEventType", {
    severity: { dataType: DataType.UInt16, value: 1200 },
    message: { dataType: DataType.LocalizedText, value: { text: "too much" } },
  } as never);
  await vi.waitFor(() => expect(watch.count).toBe(2), 30_000);
  const found = await watch.close();
  const errors = found.filter(({ severity }) => severity === "error");
  expect(errors.map(({ rule, what }) => [rule, what])).toEqual([
    ["event-field", "an event of ns=0;i=2130 has a Message that is empty"],
    ["event-field", "an event of ns=0;i=2130 has a Severity that is 0, not 1 to 1000"],
    ["event-field", "an event of ns=0;i=2130 has a Severity that is 1200, not 1 to 1000"],
  ]);
  expect(found.map(({ rule }) => rule)).toContain("event-unseen");
  await close();
  await server.shutdown(0);
});

test("a session that is gone before the end costs the types, and nothing is thrown", async () => {
  const plant = warmPlant();
  const server = new UnitServer(plant, plant.units[0]!, { port: 0, security: ["none"], pkiFolder: folder });
  await server.start();
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  await client.connect(server.endpointUrl);
  const session: ClientSession = await client.createSession();
  const watch = await EventWatch.open(session);
  await server.stop();
  const found = await watch.close();
  expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(["service"]));
  await client.disconnect();
});

test("an item for events listens before its client is told that it does", async () => {
  const plant = warmPlant();
  const server = new UnitServer(plant, plant.units[0]!, { port: 0, security: ["none"], pkiFolder: folder });
  await server.start();
  const { session, close } = await plainSession(server.endpointUrl);
  const listeners: number[] = [];
  const { postCreateMonitoredItem: begin } = Subscription.prototype;
  const spy = vi.spyOn(Subscription.prototype, "postCreateMonitoredItem");
  spy.mockImplementation(function (this: Subscription, item, ...rest) {
    begin.call(this, item, ...rest);
    listeners.push((item.node as unknown as EventEmitter).listenerCount("event"));
  });
  const watch = await EventWatch.open(session);
  spy.mockRestore();
  expect(listeners).toEqual([1]);
  await watch.close();
  await close();
  await server.stop();
});
