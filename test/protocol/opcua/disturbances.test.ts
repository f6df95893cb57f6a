/** What can be done to a server on purpose, as a client sees it. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  AttributeIds,
  ClientMonitoredItem,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
} from "node-opcua";
import type { ClientSession, DataValue } from "node-opcua";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";

import { UnitServer, type UnitServerOptions } from "../../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

const SPEED = "cnc-01/spindle-speed";
const LOAD = "cnc-01/spindle-load";
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-disturbances-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const clients: OPCUAClient[] = [];
const servers: UnitServer[] = [];

beforeEach(() => emitAll(plant, "cnc-01"));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
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

async function open(server: UnitServer): Promise<ClientSession> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
  clients.push(client);
  await client.connect(server.endpointUrl);
  const session = await client.createSession();
  await session.readNamespaceArray();
  return session;
}

const nodeId = (session: ClientSession, id: string): string =>
  `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${id}`;
const read = (session: ClientSession, id: string): Promise<DataValue> =>
  session.read({ nodeId: nodeId(session, id), attributeId: AttributeIds.Value });

/** "Good", or the name of the status code that it failed with. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "Good",
    (error: Error) => /Bad\w+/.exec(error.message)?.[0] ?? error.message,
  );

async function monitor(session: ClientSession, id: string): Promise<ClientMonitoredItem> {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
  const item = { nodeId: nodeId(session, id), attributeId: AttributeIds.Value };
  const parameters = { samplingInterval: 100, queueSize: 10, discardOldest: true };
  return (await subscription.monitor(item, parameters, TimestampsToReturn.Both)) as ClientMonitoredItem;
}

describe.each([true, false])("with shared types %s", (sharedTypes) => {
  test("chosen nodes answer with a chosen status, also to those who watch, and recover", async () => {
    const server = await start({ sharedTypes });
    const session = await open(server);
    const item = await monitor(session, SPEED);
    const changed = async (): Promise<DataValue> => ((await once(item, "changed")) as [DataValue])[0];
    expect((await changed()).statusCode.name).toBe("Good");
    const bad = StatusCodes.BadSensorFailure;
    expect(server.disturbances.setStatus([SPEED, "cnc-01/nothing"], bad.value)).toBe(1);
    expect(await changed()).toMatchObject({ statusCode: bad });
    expect(await read(session, SPEED)).toMatchObject({ statusCode: bad, value: { value: null } });
    expect((await read(session, LOAD)).statusCode.name).toBe("Good");
    server.disturbances.setStatus([SPEED], StatusCodes.UncertainLastUsableValue.value);
    const uncertain = await read(session, SPEED);
    expect([uncertain.statusCode.name, typeof uncertain.value.value]).toEqual([
      "UncertainLastUsableValue",
      "number",
    ]);
    server.disturbances.setStatus([SPEED], undefined);
    expect((await read(session, SPEED)).statusCode.name).toBe("Good");
  });

  test("source timestamps stand still while values go on", async () => {
    const server = await start({ sharedTypes });
    const session = await open(server);
    const at = new Date("2026-03-01T12:00:00Z");
    server.disturbances.freezeTimestamps(at);
    const seen: unknown[] = [];
    for (const temperature of [50, 60]) {
      plant.emit("cnc-01", "thermal", [temperature]);
      const { value, sourceTimestamp } = await read(session, "cnc-01/spindle-temperature");
      seen.push([value.value, sourceTimestamp?.getTime()]);
    }
    expect(seen).toEqual([
      [50, at.getTime()],
      [60, at.getTime()],
    ]);
    server.disturbances.freezeTimestamps(undefined);
    const { timestamp_ms } = plant.emit("cnc-01", "thermal", [70]);
    expect((await read(session, "cnc-01/spindle-temperature")).sourceTimestamp?.getTime()).toBe(timestamp_ms);
  });

  test("a server that is down is gone, and comes up on its port as it was, disturbances included", async () => {
    const server = await start({ sharedTypes });
    const url = server.endpointUrl;
    const session = await open(server);
    server.disturbances.setStatus([SPEED], StatusCodes.BadSensorFailure.value);
    const lost = once(clients[0]!, "connection_lost");
    await server.takeDown();
    await lost;
    expect(server.counters()).toMatchObject({ sessions: 0, monitoredItems: 0 });
    expect(await outcome(open(server))).not.toBe("Good");
    await server.bringUp();
    expect(server.endpointUrl).toBe(url);
    const again = await open(server);
    expect((await read(again, LOAD)).statusCode.name).toBe("Good");
    expect((await read(again, SPEED)).statusCode.name).toBe("BadSensorFailure");
    expect(await outcome(read(session, LOAD))).not.toBe("Good");
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
  expect((await read(first, SPEED)).statusCode.name).toBe("Good");
  expect(server.dropSessions()).toBe(2);
  expect(server.counters().sessions).toBe(0);
  // The library's client notices with its next request, and makes itself a new one.
  const { sessionId } = first;
  expect((await read(first, SPEED)).statusCode.name).toBe("Good");
  expect(first.sessionId.toString()).not.toBe(sessionId.toString());
});

test("a connection that is cut comes back with its session and subscription", async () => {
  const server = await start();
  const client = OPCUAClient.create({ connectionStrategy: { initialDelay: 10, maxDelay: 50 } });
  clients.push(client);
  await client.connect(server.endpointUrl);
  const session = await client.createSession();
  await session.readNamespaceArray();
  await monitor(session, SPEED);
  const back = once(client, "connection_reestablished");
  server.dropConnections();
  await back;
  expect((await read(session, SPEED)).statusCode.name).toBe("Good");
  expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 1 });
});

test("new sessions are refused while old ones go on", async () => {
  const server = await start();
  const session = await open(server);
  server.disturbances.refuseSessions(true);
  expect(await outcome(open(server))).toBe("BadTooManySessions");
  expect((await read(session, SPEED)).statusCode.name).toBe("Good");
  server.disturbances.refuseSessions(false);
  expect(await outcome(open(server))).toBe("Good");
});

test("responses wait as long as they are told to", async () => {
  const server = await start();
  const session = await open(server);
  server.disturbances.delayResponses(300);
  const began_ms = performance.now();
  await read(session, SPEED);
  // At least so long, whatever else the machine does; a timer may be a millisecond early.
  expect(performance.now() - began_ms).toBeGreaterThan(298);
  server.disturbances.delayResponses(0);
  expect((await read(session, SPEED)).statusCode.name).toBe("Good");
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
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: path.join(folder, "client"),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  clientCertificateManager.referenceCounter = Number.MAX_SAFE_INTEGER;
  const openSecurely = async (): Promise<ClientSession> => {
    const client = OPCUAClient.create({
      clientCertificateManager,
      connectionStrategy: { maxRetry: 0 },
      endpointMustExist: false,
      securityMode: MessageSecurityMode.SignAndEncrypt,
      securityPolicy: SecurityPolicy.Basic256Sha256,
    });
    clients.push(client);
    await client.connect(server.endpointUrl);
    const session = await client.createSession();
    await session.readNamespaceArray();
    return session;
  };
  const own = await shown();
  const old = await openSecurely();

  await server.substituteCertificate(30);
  const swapped = await shown();
  expect(swapped.publicKey.equals(own.publicKey)).toBe(false);
  expect(swapped.subjectAltName).toBe(own.subjectAltName);
  expect((await read(await openSecurely(), SPEED)).statusCode.name).toBe("Good");
  expect((await read(old, SPEED)).statusCode.name).toBe("Good");

  await server.substituteCertificate(-1);
  expect(Date.parse((await shown()).validTo)).toBeLessThan(Date.now());

  await server.restoreCertificate();
  expect((await shown()).fingerprint256).toBe(own.fingerprint256);
  expect((await read(await openSecurely(), SPEED)).statusCode.name).toBe("Good");
});
