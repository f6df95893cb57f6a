/** What goes wrong inside a server while it serves: it costs the operation, and an error of the plant ends the plant. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { StatusCodes, Subscription } from "node-opcua";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";

import { markPlantFailure } from "../../../src/errors.ts";
import type { ServerLimits } from "../../../src/protocol/opcua/server-limits.ts";
import { UnitServer } from "../../../src/protocol/opcua/unit-server.ts";
import type { CommandResult, GroupSample } from "../../../src/protocol/port.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";
import { RawClient, type RawAnswer } from "../../support/opcua-raw/raw-client.ts";
import { ns0, type RawNodeId } from "../../support/opcua-raw/writer.ts";

/** A plant whose port throws when it is told to. */
class BrokenPlant extends FakePlant {
  defect: Error | undefined;

  override read(unit: string, group: string): GroupSample | undefined {
    if (this.defect) throw this.defect;
    return super.read(unit, group);
  }

  override command(): CommandResult {
    if (this.defect) throw this.defect;
    return { done: true };
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-contained-"));
const plant = new BrokenPlant([fakeCnc("cnc-01")]);
const lines: string[] = [];
const warn = (line: string): void => void lines.push(line);
const server = new UnitServer(plant, plant.units[0]!, {
  ...{ port: 0, security: ["none"], anonymous: "operator", pkiFolder: folder, warn },
});
const clients: RawClient[] = [];

afterEach(() => {
  plant.defect = undefined;
  lines.length = 0;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function session(): Promise<[RawClient, (name: string) => RawNodeId]> {
  emitAll(plant, "cnc-01");
  await server.start();
  const client = await RawClient.open(server.endpointUrl);
  clients.push(client);
  const { body } = await read(client, [ns0(2255)]);
  body.skip(4 + 1 + 1);
  const ns = Array.from({ length: body.int32() }, () => body.string()).indexOf("urn:taktwerk:unit");
  return [client, (name) => ({ ns, s: `cnc-01/${name}` })];
}

function read(client: RawClient, nodes: readonly RawNodeId[]): Promise<RawAnswer> {
  return client.ask("Read", (w) =>
    w
      .double(0)
      .uint32(3)
      .array(nodes, (node) => {
        w.nodeId(node).uint32(13).string(null).qualifiedName(0, null);
      }),
  );
}

test("a value that cannot be read costs that value, not those beside it", async () => {
  const [client, node] = await session();
  plant.defect = new RangeError("no such tick");
  const { status, body } = await read(client, [node("spindle-speed"), ns0(2259)]);
  expect([status, body.int32(), body.byte() & 2]).toEqual([0, 2, 2]);
  expect(body.uint32()).toBe(StatusCodes.BadInternalError.value);
  expect(body.byte() & 3).toBe(1);
  expect(server.counters().faults).toBe(1);
  expect(lines).toEqual([
    "OPC UA cnc-01: contained a fault in Read from 127.0.0.1: RangeError: no such tick",
  ]);
});

test("a monitored item whose value cannot be read goes on when it can be again", async () => {
  const [client, node] = await session();
  const { body } = await client.ask("CreateSubscription", (w) =>
    w.double(50).uint32(1000).uint32(10).uint32(0).boolean(true).byte(0),
  );
  const subscription = body.uint32();
  const publish = (): Promise<RawAnswer> => client.ask("Publish", (w) => w.int32(0));
  await client.ask("CreateMonitoredItems", (w) =>
    w
      .uint32(subscription)
      .uint32(2)
      .array([node("spindle-speed")], (it) => {
        w.nodeId(it).uint32(13).string(null).qualifiedName(0, null).uint32(2);
        w.uint32(1).double(50).noExtension().uint32(5).boolean(true);
      }),
  );
  await publish();
  plant.defect = new Error("the ring is empty");
  expect((await publish()).status).toBe(0);
  plant.defect = undefined;
  const speeds = plant.units[0]!.groups.find(({ id }) => id === "motion")!.signals.map((_, i) => i + 5);
  plant.emit("cnc-01", "motion", speeds);
  const { status, body: notified } = await publish();
  expect(status).toBe(0);
  expect(notified.left).toBeGreaterThan(40);
});

test("a request whose handling fails behind a promise is answered", async () => {
  const [client] = await session();
  const create = Subscription.prototype.modify;
  Subscription.prototype.modify = () => {
    throw new TypeError("half a subscription");
  };
  const { body } = await client.ask("CreateSubscription", (w) =>
    w.double(50).uint32(1000).uint32(10).uint32(0).boolean(true).byte(0),
  );
  const subscription = body.uint32();
  const { status } = await client.ask("ModifySubscription", (w) =>
    w.uint32(subscription).double(50).uint32(1000).uint32(10).uint32(0).byte(0),
  );
  Subscription.prototype.modify = create;
  expect(status).toBe(StatusCodes.BadInternalError.value);
  expect(lines.join()).toContain("ModifySubscription from 127.0.0.1: TypeError: half a subscription");
});

test("a command that throws is answered; an error of the plant is no fault of the client", async () => {
  const [client, node] = await session();
  const call = (): Promise<RawAnswer> =>
    client.ask("Call", (w) =>
      w.array([0], () => w.nodeId(node("Control")).nodeId(node("Control/Start")).int32(0)),
    );
  const statusOf = async (): Promise<number> => {
    const { body } = await call();
    expect(body.int32()).toBe(1);
    return body.uint32();
  };
  expect(await statusOf()).toBe(0);
  plant.defect = markPlantFailure(new Error("a process threw")) as Error;
  const before = server.counters().faults;
  expect(await statusOf()).toBe(StatusCodes.BadInternalError.value);
  expect([server.counters().faults - before, lines]).toEqual([0, []]);
});

describe("what clients have left behind keeps no client out: the oldest goes", () => {
  const HOUR_MS = 3_600_000;

  async function subscribe(client: RawClient): Promise<number> {
    const { status } = await client.ask("CreateSubscription", (w) =>
      w.double(50).uint32(1_000_000).uint32(10).uint32(0).boolean(true).byte(0),
    );
    return status >>> 0;
  }

  async function opened(url: string, sessionTimeout_ms?: number): Promise<RawClient> {
    const client = await RawClient.open(url, sessionTimeout_ms);
    clients.push(client);
    return client;
  }

  async function withServer(limits: Partial<ServerLimits>, work: (small: UnitServer) => Promise<void>) {
    const small = new UnitServer(plant, plant.units[0]!, {
      ...{ port: 0, security: ["none"], anonymous: "operator", pkiFolder: folder, warn, limits },
    });
    await small.start();
    await work(small).finally(() => small.stop());
  }

  test("sessions", () =>
    withServer({ sessions: 2 }, async ({ endpointUrl: url }) => {
      for (let i = 0; i < 2; i++) (await opened(url, HOUR_MS)).close();
      const [first, second] = [await opened(url), await opened(url)];
      for (const client of [first, second]) expect((await read(client, [ns0(2258)])).status).toBe(0);
      // A client that is there is not sent away.
      const third = await RawClient.connect(url);
      clients.push(third);
      await third.hello();
      await third.openChannel();
      expect((await third.createSession()).status >>> 0).toBe(StatusCodes.BadTooManySessions.value);
      expect((await read(first, [ns0(2258)])).status).toBe(0);
    }));

  test.each([
    ["of sessions without a connection", HOUR_MS],
    ["of sessions that are over", 100],
  ])("subscriptions %s", (_of, timeout_ms) =>
    withServer({ subscriptions: 2 }, async (small) => {
      for (let i = 0; i < 2; i++) {
        const client = await opened(small.endpointUrl, timeout_ms);
        expect(await subscribe(client)).toBe(0);
        client.close();
      }
      if (timeout_ms < HOUR_MS) await vi.waitFor(() => expect(small.counters().sessions).toBe(0), 30_000);
      const sound = await opened(small.endpointUrl);
      expect([await subscribe(sound), await subscribe(sound)]).toEqual([0, 0]);
      expect(await subscribe(sound)).toBe(StatusCodes.BadTooManySubscriptions.value);
      expect((await read(sound, [ns0(2258)])).status).toBe(0);
    }),
  );
});
