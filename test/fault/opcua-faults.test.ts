/** Each fault of an OPC UA server, as a client sees it come and go. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { AttributeIds, StatusCodes, TimestampsToReturn } from "node-opcua";
import type { ClientSession, DataValue } from "node-opcua";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { OPCUA_FAULTS } from "../../src/fault/catalogue.ts";
import { STATUS_CODES } from "../../src/fault/opcua/bad-status.ts";
import type { WireEffect, WireFaultParameters } from "../../src/fault/wire-fault-kind.ts";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { changed, monitor, OpcUaClients, outcome, readValue } from "../support/opcua-clients.ts";

const SPEED = "cnc-01/spindle-speed";
const LOAD = "cnc-01/spindle-load";
const HOUR_MS = 3_600_000;
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-opcua-faults-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
const clients = new OpcUaClients(folder);
const tested = new Set<string>();
let server: UnitServer;

beforeEach(async () => {
  emitAll(plant, "cnc-01");
  plant.now_ms = Date.now();
  server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none", "Basic256Sha256/SignAndEncrypt"],
    trust: "all",
    pkiFolder: path.join(folder, "server"),
  });
  await server.start();
});
afterEach(async () => {
  await clients.close();
  await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets a fault begin as a scenario would. */
async function begin(id: string, given: WireFaultParameters = {}): Promise<WireEffect> {
  tested.add(id);
  const kind = OPCUA_FAULTS.find((it) => it.id === id)!;
  return kind.begin(server, kind.parameters.parse(given));
}

const open = (): Promise<ClientSession> => clients.open(server.endpointUrl);
const statusOf = async (session: ClientSession, id: string): Promise<string> =>
  (await readValue(session, id)).statusCode.name;

test("server-down: connections break and are refused, until it is over", async () => {
  const session = await open();
  const lost = once(clients.last, "connection_lost");
  const down = await begin("server-down");
  await lost;
  expect(await outcome(open())).toMatch(/ECONNREFUSED|connection/i);
  await down.clear();
  expect(await statusOf(await open(), SPEED)).toBe("Good");
  expect(await outcome(readValue(session, SPEED))).not.toBe("Good");
});

test("server-down: of two that overlap, the server comes up with the end of the last", async () => {
  const [first, second] = [await begin("server-down"), await begin("server-down")];
  await first.clear();
  await begin("server-restart");
  expect(await outcome(open())).not.toBe("Good");
  await second.clear();
  expect(await outcome(open())).toBe("Good");
});

test("server-restart: the session is lost, and the server is there again", async () => {
  await open();
  const lost = once(clients.last, "connection_lost");
  await begin("server-restart");
  await lost;
  expect(server.counters().sessions).toBe(0);
  expect(await outcome(open())).toBe("Good");
});

test("session-kill: a client goes on with a new session", async () => {
  const session = await open();
  const old = session.sessionId.toString();
  await begin("session-kill");
  expect(server.counters().sessions).toBe(0);
  expect(await statusOf(session, SPEED)).toBe("Good");
  expect(session.sessionId.toString()).not.toBe(old);
  expect(server.counters().sessionsOpened).toBe(2);
});

test("subscription-kill: sessions go on without their subscriptions", async () => {
  const session = await open();
  await changed(await monitor(session, SPEED));
  await begin("subscription-kill");
  expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 0 });
  expect(await statusOf(session, SPEED)).toBe("Good");
});

test("connection-cut: the client comes back to its session and subscription", async () => {
  const session = await clients.openPatient(server.endpointUrl);
  await monitor(session, SPEED);
  const back = once(clients.last, "connection_reestablished");
  await begin("connection-cut");
  await back;
  expect(await statusOf(session, SPEED)).toBe("Good");
  expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 1, sessionsOpened: 1 });
});

test("sessions-refused: BadTooManySessions for new ones, while old ones go on", async () => {
  const session = await open();
  const [first, second] = [await begin("sessions-refused"), await begin("sessions-refused")];
  await first.clear();
  expect(await outcome(open())).toBe("BadTooManySessions");
  expect(await statusOf(session, SPEED)).toBe("Good");
  await second.clear();
  expect(await outcome(open())).toBe("Good");
});

describe("bad-status", () => {
  test("is that of the standard, whatever name it is given by", () => {
    const standard = StatusCodes as unknown as Record<string, { readonly value: number }>;
    const codes = Object.keys(STATUS_CODES).map((name) => [name, standard[name]?.value]);
    expect(Object.fromEntries(codes)).toEqual(STATUS_CODES);
  });

  test("is what those who read and those who watch are told, of one signal or of all", async () => {
    const session = await open();
    const item = await monitor(session, SPEED);
    expect((await changed(item)).statusCode.name).toBe("Good");
    const one = await begin("bad-status", { status: "BadSensorFailure", signal: "spindle-sp*" });
    expect(await changed(item)).toMatchObject({ statusCode: StatusCodes.BadSensorFailure });
    expect((await readValue(session, SPEED)).value.value).toBeNull();
    expect(await statusOf(session, LOAD)).toBe("Good");
    const all = await begin("bad-status", { status: "UncertainSubNormal" });
    expect([await statusOf(session, SPEED), await statusOf(session, LOAD)]).toEqual([
      "BadSensorFailure",
      "UncertainSubNormal",
    ]);
    await one.clear();
    expect(await statusOf(session, SPEED)).toBe("UncertainSubNormal");
    await all.clear();
    expect([await statusOf(session, SPEED), await statusOf(session, LOAD)]).toEqual(["Good", "Good"]);
  });

  test("of a signal that the unit does not have is refused", async () => {
    await expect(begin("bad-status", { signal: "spindle-sped" })).rejects.toThrow(/"spindle-sped"/);
  });
});

test("slow-answers: every response waits at least so long", async () => {
  const session = await open();
  const slow = await begin("slow-answers", { delay_ms: 150 });
  const slower = await begin("slow-answers", { delay_ms: 150 });
  const began_ms = performance.now();
  expect(await statusOf(session, SPEED)).toBe("Good");
  // A timer may be a millisecond early.
  expect(performance.now() - began_ms).toBeGreaterThan(298);
  await slow.clear();
  await slower.clear();
  expect(await statusOf(session, SPEED)).toBe("Good");
});

test("stale-timestamps: values go on under the time at which it began", async () => {
  const session = await open();
  const stale = await begin("stale-timestamps");
  const seen = [];
  for (const temperature of [50, 60]) {
    plant.emit("cnc-01", "thermal", [temperature]);
    const { value, sourceTimestamp } = await readValue(session, "cnc-01/spindle-temperature");
    seen.push([value.value, sourceTimestamp?.getTime()]);
  }
  expect(seen).toEqual([
    [50, plant.now_ms],
    [60, plant.now_ms],
  ]);
  await stale.clear();
  const { timestamp_ms } = plant.emit("cnc-01", "thermal", [70]);
  const { sourceTimestamp } = await readValue(session, "cnc-01/spindle-temperature");
  expect(sourceTimestamp?.getTime()).toBe(timestamp_ms);
});

describe("server-clock-skew", () => {
  const read = (session: ClientSession): Promise<DataValue> => readValue(session, SPEED);
  const serverTime = async (session: ClientSession): Promise<number> => {
    const value = await session.read({ nodeId: "i=2258", attributeId: AttributeIds.Value });
    return (value.value.value as Date).getTime();
  };
  /** To the minute, since the clock of the test goes on. */
  const hours = (from: Date | number, to: Date | null): number =>
    Math.round((Number(to) - Number(from)) / 60_000) / 60 + 0;

  test("is seen in both timestamps, the server's time and what a subscription tells", async () => {
    const session = await open();
    const { sourceTimestamp: right } = await read(session);
    const item = await monitor(session, "cnc-01/spindle-temperature");
    await changed(item);
    const skew = await begin("server-clock-skew", { skew_s: 7200 });
    const value = await read(session);
    expect([hours(right!, value.sourceTimestamp), hours(Date.now(), value.serverTimestamp)]).toEqual([2, 2]);
    expect(hours(Date.now(), new Date(await serverTime(session)))).toBe(2);
    const told = changed(item);
    plant.emit("cnc-01", "thermal", [43.21]);
    const { serverTimestamp } = await told;
    expect(hours(Date.now(), serverTimestamp)).toBe(2);
    await skew.clear();
    const after = await read(session);
    expect(hours(Date.now(), after.serverTimestamp)).toBe(0);
    expect(hours(Date.now(), new Date(await serverTime(session)))).toBe(0);
  });

  test("may be that of the machine or of the server alone", async () => {
    const session = await open();
    const { sourceTimestamp: right } = await read(session);
    const source = await begin("server-clock-skew", { skew_s: -3600, clock: "source" });
    const first = await read(session);
    expect([hours(right!, first.sourceTimestamp), hours(Date.now(), first.serverTimestamp)]).toEqual([-1, 0]);
    await source.clear();
    await begin("server-clock-skew", { skew_s: HOUR_MS / 1000, clock: "server" });
    const second = await session.read(
      { nodeId: "i=2258", attributeId: AttributeIds.Value },
      TimestampsToReturn.Both as never,
    );
    expect(hours(Date.now(), (await read(session)).serverTimestamp)).toBe(1);
    expect(hours(Date.now(), second.value.value as Date)).toBe(1);
    expect(hours(right!, (await read(session)).sourceTimestamp)).toBe(0);
  });
});

describe("certificates, to clients that trust the fleet's authority", () => {
  const strict = new OpcUaClients(path.join(folder, "strict"), false);
  const openSecurely = (): Promise<string> => outcome(strict.open(server.endpointUrl, "SignAndEncrypt"));

  beforeEach(() => strict.trust(path.join(folder, "server", "ca")));
  afterEach(() => strict.close());

  test("certificate-expired: BadCertificateTimeInvalid, until the old one is back", async () => {
    expect(await openSecurely()).toBe("Good");
    const expired = await begin("certificate-expired", { days: 3 });
    expect(await openSecurely()).toBe("BadCertificateTimeInvalid");
    await expired.clear();
    expect(await openSecurely()).toBe("Good");
  });

  test("certificate-swapped: one that nobody knows is refused, one of the fleet is not", async () => {
    const unknown = await begin("certificate-swapped");
    // What this client says of an issuer that it does not know, whose revocation list it cannot have.
    const REFUSED = "BadCertificateRevocationUnknown";
    expect(await openSecurely()).toBe(REFUSED);
    const ofFleet = await begin("certificate-swapped", { issuer: "fleet" });
    expect(await openSecurely()).toBe("Good");
    await ofFleet.clear();
    expect(await openSecurely()).toBe(REFUSED);
    await unknown.clear();
    expect(await openSecurely()).toBe("Good");
  });

  test("a certificate outlasts a restart", async () => {
    const expired = await begin("certificate-expired");
    await begin("server-restart");
    expect(await openSecurely()).toBe("BadCertificateTimeInvalid");
    await expired.clear();
    expect(await openSecurely()).toBe("Good");
  });
});

test("no kind goes without a test", () => {
  expect(OPCUA_FAULTS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
});
