/** Servers that share their types are held against plain ones and against each other. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { AttributeIds, DataType, OPCUAClient, StatusCodes, TimestampsToReturn } from "node-opcua";
import type { ClientSession, DataValue } from "node-opcua";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { NODESETS } from "../../src/protocol/opcua/information-model.ts";
import { fingerprint } from "../../src/protocol/opcua/shared-space/shared-types.ts";
import { UnitServer, type UnitServerOptions } from "../../src/protocol/opcua/unit-server.ts";
import { MOTION, emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";

const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-opcua-"));
const plant = new FakePlant([fakeCnc("cnc-01"), fakeCnc("cnc-02", 1)]);
const [first, second] = plant.units.map((_, i) => makeServer(i)) as [UnitServer, UnitServer];
const others: UnitServer[] = [];
const clients: OPCUAClient[] = [];

function makeServer(unit: number, options: Partial<UnitServerOptions> = {}): UnitServer {
  return new UnitServer(plant, plant.units[unit]!, {
    port: 0,
    security: ["none"],
    pkiFolder: folder,
    warn: (line) => expect.unreachable(line),
    ...options,
  });
}

async function startOther(unit: number, options: Partial<UnitServerOptions> = {}): Promise<UnitServer> {
  const server = makeServer(unit, options);
  others.push(server);
  await server.start();
  return server;
}

async function open(server: UnitServer): Promise<ClientSession> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  clients.push(client);
  await client.connect(server.endpointUrl);
  const session = await client.createSession();
  await session.readNamespaceArray();
  return session;
}

async function peer(file: string, args: string[], flags: string[] = []): Promise<Record<string, unknown>> {
  const script = path.join(import.meta.dirname, "peers", file);
  const { stdout } = await run(process.execPath, [...flags, script, ...args], { maxBuffer: 2 ** 27 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

beforeAll(async () => {
  for (const { name } of plant.units) emitAll(plant, name);
  await first.start();
  await second.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
  await Promise.all(others.splice(0).map((server) => server.stop()));
});

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
  rmSync(folder, { recursive: true });
});

const read = (session: ClientSession, nodeId: string, attributeId = AttributeIds.Value): Promise<DataValue> =>
  session.read({ nodeId, attributeId });
const valueOf = async (session: ClientSession, nodeId: string): Promise<unknown> =>
  (await read(session, nodeId)).value.value;
const unitNode = (session: ClientSession, id: string): string =>
  `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${id}`;

/** Nodes whose values tell of time and of sessions, whatever the server. */
const OF_THE_MOMENT = {
  "ns=0;i=2256": "ServerStatus",
  "ns=0;i=2257": "StartTime",
  "ns=0;i=2258": "CurrentTime",
  "ns=0;i=3707": "SessionDiagnosticsArray",
};

/** A writable Property below an ObjectType of IA: an instance declaration, which servers share. */
const declarationOf = (session: ClientSession): string =>
  `ns=${session.getNamespaceIndex("http://opcfoundation.org/UA/IA/")};i=6080`;

describe("a server that shares its types", () => {
  test("stays the same when another comes, is used and goes, three times", async () => {
    const before = await fingerprint(NODESETS);
    const session = await open(first);
    const values: unknown[] = [];
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      publishingEnabled: true,
    });
    const item = await subscription.monitor(
      { nodeId: unitNode(session, "cnc-01/spindle-speed"), attributeId: AttributeIds.Value },
      { samplingInterval: 100, queueSize: 10 },
      TimestampsToReturn.Both,
    );
    const arrives = (speed: number): Promise<void> =>
      new Promise((resolve) => {
        item.on("changed", ({ value }: DataValue) => {
          values.push(value.value);
          if (value.value === speed) resolve();
        });
      });
    for (const speed of [1000, 2000, 3000]) {
      const other = await startOther(1);
      expect(await valueOf(await open(other), "ns=0;i=2259")).toBe(0); // running
      await Promise.all([others.pop()!.stop(), arrives(speed), emitSpeed("cnc-01", speed)]);
    }
    expect(values).toEqual(expect.arrayContaining([1000, 2000, 3000]));
    expect(await fingerprint(NODESETS)).toEqual(before);
  });

  test("starts again on its port, as a new server", async () => {
    const port = Number((await startOther(0)).endpointUrl.split(":").at(-1));
    await others.pop()!.stop();
    const again = await startOther(0, { port });
    const session = await open(again);
    expect(await valueOf(session, unitNode(session, "cnc-01/spindle-load"))).toBe(40);
  });
});

function emitSpeed(unit: string, speed: number): void {
  plant.emit(unit, "motion", [...MOTION.slice(0, 6), speed, ...MOTION.slice(7)]);
}

describe("two servers that share their types", () => {
  let one: ClientSession;
  let two: ClientSession;
  const both = <T>(ask: (session: ClientSession) => Promise<T>): Promise<[T, T]> =>
    Promise.all([ask(one), ask(two)]);

  async function openBoth(): Promise<void> {
    [one, two] = [await open(first), await open(second)];
  }

  test("have values of their own", async () => {
    await openBoth();
    emitSpeed("cnc-01", 111);
    emitSpeed("cnc-02", 222);
    expect(await valueOf(one, unitNode(one, "cnc-01/spindle-speed"))).toBe(111);
    expect(await valueOf(two, unitNode(two, "cnc-02/spindle-speed"))).toBe(222);
  });

  test("have their own unit, and do not know the other's", async () => {
    await openBoth();
    const machines = async (session: ClientSession): Promise<(string | null)[]> => {
      const folder = `ns=${session.getNamespaceIndex("http://opcfoundation.org/UA/Machinery/")};i=1001`;
      const { references } = await session.browse(folder);
      return references!.map(({ browseName }) => browseName.name).filter((name) => name?.startsWith("cnc-"));
    };
    expect(await both(machines)).toEqual([["cnc-01"], ["cnc-02"]]);
    const foreign = await read(one, unitNode(one, "cnc-02/spindle-speed"));
    expect(foreign.statusCode).toBe(StatusCodes.BadNodeIdUnknown);
  });

  test("have an identity and a life of their own", async () => {
    await openBoth();
    const uris = await both((session) => valueOf(session, "ns=0;i=2254"));
    expect(uris).toEqual([["urn:127.0.0.1:taktwerk:cnc-01"], ["urn:127.0.0.1:taktwerk:cnc-02"]]);
    const namespaces = await both((session) => session.readNamespaceArray());
    expect(namespaces[0][1]).not.toBe(namespaces[1][1]);
    expect(namespaces[0].toSpliced(1, 1)).toEqual(namespaces[1].toSpliced(1, 1));
    const starts = await both((session) => valueOf(session, "ns=0;i=2257"));
    expect(starts[0]).not.toEqual(starts[1]);
  });

  test("count their own sessions and subscriptions", async () => {
    await openBoth();
    await open(first);
    await one.createSubscription2({ publishingEnabled: true });
    expect(await both((session) => valueOf(session, "ns=0;i=2277"))).toEqual([2, 1]);
    expect(await both((session) => valueOf(session, "ns=0;i=2285"))).toEqual([1, 0]);
    const sessions = await both(async (session) => (await session.browse("ns=0;i=3706")).references!.length);
    expect(sessions[0]).toBe(sessions[1] + 1);
    expect(first.counters().sessions).toBe(2);
    expect(second.counters().sessions).toBe(1);
  });

  test("keep for themselves what a client writes to a declaration below a type", async () => {
    await openBoth();
    const before = await fingerprint(NODESETS);
    const declaration = declarationOf(one);
    const untouched = await valueOf(two, declaration);
    const status = await one.write({
      nodeId: declaration,
      attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType.String, value: "mine" } },
    });
    expect(status).toBe(StatusCodes.Good);
    expect(await valueOf(one, declaration)).toBe("mine");
    expect(await valueOf(two, declaration)).toEqual(untouched);
    expect(await valueOf(await open(await startOther(0)), declaration)).toEqual(untouched);
    expect(await fingerprint(NODESETS)).toEqual(before);
  });

  test("listen for themselves when a client monitors a declaration", async () => {
    await openBoth();
    const before = await fingerprint(NODESETS);
    const subscription = await two.createSubscription2({
      publishingEnabled: true,
      requestedPublishingInterval: 50,
    });
    const item = await subscription.monitor(
      { nodeId: declarationOf(two), attributeId: AttributeIds.DisplayName },
      { samplingInterval: 100, queueSize: 1 },
      TimestampsToReturn.Both,
    );
    const value = await new Promise<DataValue>((resolve) => item.on("changed", resolve));
    expect(value.statusCode).toBe(StatusCodes.Good);
    expect(await fingerprint(NODESETS)).toEqual(before);
  });

  test("sample at intervals of their own, whatever clients ask for", async () => {
    await openBoth();
    const intervals = await both(async (session) => {
      const subscription = await session.createSubscription2({ publishingEnabled: true });
      const item = await subscription.monitor(
        { nodeId: "ns=0;i=2259", attributeId: AttributeIds.Value },
        { samplingInterval: 2000, queueSize: 1 },
        TimestampsToReturn.Both,
      );
      return item.result!.revisedSamplingInterval;
    });
    expect(intervals).toEqual([2000, 2000.001]);
  });

  test("answer Methods of types for their own sessions", async () => {
    await openBoth();
    const subscription = await one.createSubscription2({ publishingEnabled: true });
    const refresh = (session: ClientSession) =>
      session.call({
        objectId: "ns=0;i=2782", // ConditionType
        methodId: "ns=0;i=3875", // ConditionRefresh
        inputArguments: [{ dataType: DataType.UInt32, value: subscription.subscriptionId }],
      });
    const [own, foreign] = await both(refresh);
    expect(own.statusCode).toBe(StatusCodes.Good);
    expect(foreign.statusCode).toBe(StatusCodes.BadSubscriptionIdInvalid);
  });
});

test(
  "a server that shares used types shows each attribute, reference and value of each node as a plain one does",
  { timeout: 60_000 },
  async () => {
    const [plain, shared] = await Promise.all([startOther(0, { sharedTypes: false }), startOther(0)]);
    const { nodes, differences } = (await peer("opcua-dump.ts", [plain.endpointUrl, shared.endpointUrl])) as {
      nodes: number;
      differences: string[];
    };
    expect(nodes).toBeGreaterThan(8000);
    const moment = Object.keys(OF_THE_MOMENT).map((id) => `${id} Value Good`);
    const isOfTheMoment = (line: string): boolean =>
      moment.some((start) => line.startsWith(start, 2)) || /\/EventId Value Good/.test(line);
    // Making an instance, the library gives declarations below types copies of what their interfaces ask for; where
    // instances are copied, those of nobody's address space have them.
    const isStray = (line: string): boolean =>
      /^- ns=\d+;i=(1000|1001|1005) |^- .* ns=\d+;i=(1000|1001|1005) /.test(line);
    expect(differences.filter((line) => !isOfTheMoment(line) && !isStray(line))).toEqual([]);
  },
);

test(
  "servers that come and go leave nothing behind, and stop in a few milliseconds each",
  { timeout: 120_000 },
  async () => {
    const churn = await peer("opcua-churn.ts", [folder, "25", "4"], ["--expose-gc"]);
    expect(churn).toMatchObject({ spaces: 100, survivors: 0, isBaseUntouched: true });
    // A server holds 1.5 MB; what grows is the compiler's.
    expect(churn["growth_bytes"]).toBeLessThan(5e6);
    expect(churn["stop_cpu_ms"]).toBeLessThan(25 * 8); // a plain one needs 20 ms or more
  },
);
