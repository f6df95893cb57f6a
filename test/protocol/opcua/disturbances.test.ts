/** What can be done to a server on purpose, as a client sees it. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { OPCUAClient, StatusCodes } from "node-opcua";
import type { ClientSession } from "node-opcua";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";

import { UnitServer, type UnitServerOptions } from "../../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { changed, monitor, OpcUaClients, outcome, readValue } from "../../support/opcua-clients.ts";

const SPEED = "cnc-01/spindle-speed";
const LOAD = "cnc-01/spindle-load";
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-disturbances-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const clients = new OpcUaClients(folder);
const servers: UnitServer[] = [];

beforeEach(() => emitAll(plant, "cnc-01"));
afterEach(async () => {
  await clients.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<UnitServerOptions> = {}): Promise<UnitServer> {
  const common = { port: 0, security: ["none", "Basic256Sha256/SignAndEncrypt"], trust: "all" } as const;
  const server = new UnitServer(plant, plant.units[0]!, {
    ...common,
    pkiFolder: path.join(folder, "server"),
    ...options,
  });
  servers.push(server);
  await server.start();
  return server;
}

const open = (server: UnitServer): Promise<ClientSession> => clients.open(server.endpointUrl);

describe.each([true, false])("with shared types %s", (sharedTypes) => {
  test("chosen nodes answer with a chosen status, also to those who watch, and recover", async () => {
    const server = await start({ sharedTypes });
    const session = await open(server);
    const item = await monitor(session, SPEED);
    expect((await changed(item)).statusCode.name).toBe("Good");
    const bad = StatusCodes.BadSensorFailure;
    const status = (code: number) => server.disturb({ status: { signal: "spindle-sp*", code } });
    const good = status(bad.value);
    expect(await changed(item)).toMatchObject({ statusCode: bad });
    expect(await readValue(session, SPEED)).toMatchObject({ statusCode: bad, value: { value: null } });
    expect((await readValue(session, LOAD)).statusCode.name).toBe("Good");
    good();
    const goodAgain = status(StatusCodes.UncertainLastUsableValue.value);
    const uncertain = await readValue(session, SPEED);
    expect([uncertain.statusCode.name, typeof uncertain.value.value]).toEqual([
      "UncertainLastUsableValue",
      "number",
    ]);
    goodAgain();
    expect((await readValue(session, SPEED)).statusCode.name).toBe("Good");
    expect(() => server.disturb({ status: { signal: "nothing", code: bad.value } })).toThrow(/"nothing"/);
  });

  test("source timestamps stand still while values go on", async () => {
    const server = await start({ sharedTypes });
    const session = await open(server);
    const at = new Date(plant.now_ms);
    const goOn = server.disturb({ freezesTimestamps: true });
    const seen: unknown[] = [];
    for (const temperature of [50, 60]) {
      plant.emit("cnc-01", "thermal", [temperature]);
      const { value, sourceTimestamp } = await readValue(session, "cnc-01/spindle-temperature");
      seen.push([value.value, sourceTimestamp?.getTime()]);
    }
    expect(seen).toEqual([
      [50, at.getTime()],
      [60, at.getTime()],
    ]);
    goOn();
    const { timestamp_ms } = plant.emit("cnc-01", "thermal", [70]);
    expect((await readValue(session, "cnc-01/spindle-temperature")).sourceTimestamp?.getTime()).toBe(
      timestamp_ms,
    );
  });

  test("a server that is down is gone, and comes up on its port as it was, disturbances included", async () => {
    const server = await start({ sharedTypes });
    const url = server.endpointUrl;
    const session = await open(server);
    server.disturb({ status: { signal: "spindle-speed", code: StatusCodes.BadSensorFailure.value } });
    const lost = once(clients.last, "connection_lost");
    const bringUp = await server.takeDown();
    await lost;
    expect(server.counters()).toMatchObject({ sessions: 0, monitoredItems: 0 });
    expect(await outcome(open(server))).not.toBe("Good");
    await bringUp();
    expect(server.endpointUrl).toBe(url);
    const again = await open(server);
    expect((await readValue(again, LOAD)).statusCode.name).toBe("Good");
    expect((await readValue(again, SPEED)).statusCode.name).toBe("BadSensorFailure");
    expect(await outcome(readValue(session, LOAD))).not.toBe("Good");
  });
});

test("sessions and subscriptions are dropped, and counted", async () => {
  const server = await start();
  const [first, second] = [await open(server), await open(server)];
  await monitor(first, SPEED);
  await monitor(second, SPEED);
  await monitor(second, LOAD);
  expect(server.counters()).toMatchObject({ sessions: 2, subscriptions: 3 });
  expect(server.dropSubscriptions()).toBe(3);
  expect(server.counters()).toMatchObject({ sessions: 2, subscriptions: 0 });
  expect((await readValue(first, SPEED)).statusCode.name).toBe("Good");
  expect(server.dropSessions()).toBe(2);
  expect(server.counters().sessions).toBe(0);
  // The library's client notices with its next request, and makes itself a new one.
  const { sessionId } = first;
  expect((await readValue(first, SPEED)).statusCode.name).toBe("Good");
  expect(first.sessionId.toString()).not.toBe(sessionId.toString());
});

test("a connection that is cut comes back with its session and subscription", async () => {
  const server = await start();
  const session = await clients.openPatient(server.endpointUrl);
  await monitor(session, SPEED);
  const back = once(clients.last, "connection_reestablished");
  server.dropConnections();
  await back;
  expect((await readValue(session, SPEED)).statusCode.name).toBe("Good");
  expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 1 });
});

test("new sessions are refused while old ones go on", async () => {
  const server = await start();
  const session = await open(server);
  const admit = server.disturb({ refusesSessions: true });
  expect(await outcome(open(server))).toBe("BadTooManySessions");
  expect((await readValue(session, SPEED)).statusCode.name).toBe("Good");
  admit();
  expect(await outcome(open(server))).toBe("Good");
});

test("responses wait as long as they are told to", async () => {
  const server = await start();
  const session = await open(server);
  const hurry = server.disturb({ delay_ms: 300 });
  const began_ms = performance.now();
  await readValue(session, SPEED);
  // At least so long, whatever else the machine does; a timer may be a millisecond early.
  expect(performance.now() - began_ms).toBeGreaterThan(298);
  hurry();
  expect((await readValue(session, SPEED)).statusCode.name).toBe("Good");
});

test("the certificate is swapped, expires and is the old one again, for those who connect then", async () => {
  const server = await start();
  const shown = async (): Promise<X509Certificate> => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(server.endpointUrl);
    const endpoints = await client.getEndpoints();
    await client.disconnect();
    return new X509Certificate(endpoints[0]!.serverCertificate);
  };
  const openSecurely = (): Promise<ClientSession> => clients.open(server.endpointUrl, "SignAndEncrypt");
  const own = await shown();
  const old = await openSecurely();

  const restore = await server.showCertificate({ days: 30, issuer: "fleet" });
  const swapped = await shown();
  expect(swapped.publicKey.equals(own.publicKey)).toBe(false);
  expect(swapped.subjectAltName).toBe(own.subjectAltName);
  expect((await readValue(await openSecurely(), SPEED)).statusCode.name).toBe("Good");
  expect((await readValue(old, SPEED)).statusCode.name).toBe("Good");

  const restoreFirst = await server.showCertificate({ days: -1, issuer: "fleet" });
  expect(Date.parse((await shown()).validTo)).toBeLessThan(Date.now());

  // In whichever order they are taken away.
  await restore();
  expect(Date.parse((await shown()).validTo)).toBeLessThan(Date.now());
  await restoreFirst();
  expect((await shown()).fingerprint256).toBe(own.fingerprint256);
  expect((await readValue(await openSecurely(), SPEED)).statusCode.name).toBe("Good");
});
