/** Sessions count as long as a client is there: clients in processes of their own that are killed, frozen, or just quiet. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  AttributeIds,
  makeBrowsePath,
  type ClientSession,
  type NodeIdLike,
  type SubscriptionDiagnosticsDataType,
} from "node-opcua";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { UnitServer } from "../../src/protocol/opcua/unit-server.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { exitCode, type RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { Child } from "../support/child.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { monitor, OpcUaClients } from "../support/opcua-clients.ts";
import { RawClient } from "../support/opcua-raw/raw-client.ts";
import { scenarioText } from "../support/scenario-text.ts";

const UNIT = "cnc-01";
const PEER = path.join(import.meta.dirname, "peers", "opcua-client.ts");
const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-sessions-"));
const home = process.cwd();
const plant = new FakePlant([fakeCnc(UNIT)]);
/** Server_ServerDiagnostics_SubscriptionDiagnosticsArray */
const SUBSCRIPTIONS_OF_SERVER = "i=2290";
const reconnects: number[] = [];
const children: Child[] = [];
let server: UnitServer;

// Keys and certificates are kept below the working folder.
beforeAll(() => process.chdir(folder));
beforeEach(async () => {
  reconnects.length = 0;
  const options = { port: 0, security: ["none"], pkiFolder: path.join(folder, "server") } as const;
  server = new UnitServer(plant, plant.units[0]!, {
    ...options,
    onReconnect: (after_ms) => reconnects.push(after_ms),
  });
  emitAll(plant, UNIT);
  await server.start();
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
  await server.stop();
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** A client that has two items and a keep-alive a second. */
async function subscriber(): Promise<Child> {
  const child = new Child(process.execPath, [PEER, "watch", server.endpointUrl, path.join(folder, "client")]);
  children.push(child);
  await child.line(/spindle-load/);
  return child;
}

const PRESENT = { sessions: 1, subscriptions: 1, monitoredItems: 2, channels: 1 };
const ABSENT = { sessions: 0, subscriptions: 0, monitoredItems: 0 };

/** Waits for what comes as soon as a socket closes, or when a client has been silent for some seconds. */
const become = (counters: object): Promise<void> =>
  vi.waitFor(() => expect(server.counters()).toMatchObject(counters), { timeout: 25_000, interval: 50 });

describe("a client that has subscribed", () => {
  test("counts while it is there, and no more once it is killed", async () => {
    const client = await subscriber();
    expect(server.counters()).toMatchObject(PRESENT);
    client.signal("SIGKILL");
    await become({ ...ABSENT, channels: 0, sessionsOpened: 1 });
    expect(reconnects).toEqual([]);
    const killed_ms = performance.now();
    await subscriber();
    expect(server.counters()).toMatchObject({ ...PRESENT, sessionsOpened: 2 });
    expect(reconnects).toHaveLength(1);
    expect(reconnects[0]).toBeGreaterThan(0);
    expect(reconnects[0]).toBeLessThan(performance.now() - killed_ms + 1000);
  });

  test("counts no more once it is frozen, and again when it goes on", async () => {
    const client = await subscriber();
    client.signal("SIGSTOP");
    await become({ ...ABSENT, channels: 1 });
    client.signal("SIGCONT");
    await become(PRESENT);
    expect(reconnects).toEqual([]);
  });

  test("counts all the time when it is sound and hears of nothing but keep-alives", async () => {
    const clients = new OpcUaClients(folder);
    const { subscription } = await monitor(await clients.open(server.endpointUrl), `${UNIT}/spindle-load`);
    // Half a second each, so longer than a client that is frozen counts.
    for (let i = 0; i < 14; i++) {
      await once(subscription, "keepalive");
      expect(server.counters()).toMatchObject({ sessions: 1, subscriptions: 1, monitoredItems: 1 });
    }
    await clients.close();
  });
});

describe("a client of our own codec", () => {
  test("that is quiet without a subscription is there until its connection is gone", async () => {
    const client = await RawClient.open(server.endpointUrl);
    expect(server.counters()).toMatchObject({ sessions: 1, channels: 1 });
    client.close();
    await become({ sessions: 0, channels: 0 });
  });

  test("that has no active session is a connection, and no session", async () => {
    const client = await RawClient.connect(server.endpointUrl);
    await client.hello();
    await client.openChannel();
    await client.createSession();
    expect(server.counters()).toMatchObject({ sessions: 0, channels: 1, sessionsOpened: 1 });
    await client.activateSession();
    expect(server.counters()).toMatchObject({ sessions: 1, channels: 1 });
    client.close();
    await client.closed;
  });

  test("that was not the last one, or says goodbye, has nothing to come back from", async () => {
    const [first, second] = [
      await RawClient.open(server.endpointUrl),
      await RawClient.open(server.endpointUrl),
    ];
    first.close();
    await become({ sessions: 1 });
    await second.ask("CloseSession", (w) => w.boolean(true));
    second.close();
    await become({ sessions: 0, channels: 0 });
    (await RawClient.open(server.endpointUrl)).close();
    expect(reconnects).toEqual([]);
  });
});

describe("the diagnostics of subscriptions", () => {
  /** Ids of the subscriptions in an array, and how many nodes there are below it. */
  async function listed(session: ClientSession, nodeId: NodeIdLike): Promise<[number[], number]> {
    const { value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
    const { references } = await session.browse({ nodeId, referenceTypeId: "HierarchicalReferences" });
    const entries = value.value as SubscriptionDiagnosticsDataType[];
    return [entries.map(({ subscriptionId }) => subscriptionId), references?.length ?? 0];
  }

  test("are in the arrays of the server and of the session for as long as each lasts, and make no nodes", async () => {
    const clients = new OpcUaClients(folder);
    const [session, other] = [await clients.open(server.endpointUrl), await clients.open(server.endpointUrl)];
    const path = makeBrowsePath(session.sessionId, ".SubscriptionDiagnosticsArray");
    const { targets } = await session.translateBrowsePath(path);
    const ofSession = targets![0]!.targetId;
    const [first, second] = [
      (await monitor(session, `${UNIT}/spindle-load`)).subscription,
      (await monitor(other, `${UNIT}/spindle-load`)).subscription,
    ];
    const both = [first.subscriptionId, second.subscriptionId];
    expect(await listed(session, SUBSCRIPTIONS_OF_SERVER)).toEqual([both, 0]);
    expect(await listed(session, ofSession)).toEqual([[first.subscriptionId], 0]);
    await first.terminate();
    expect(await listed(session, SUBSCRIPTIONS_OF_SERVER)).toEqual([[second.subscriptionId], 0]);
    expect(await listed(session, ofSession)).toEqual([[], 0]);
    await clients.close();
    const late = new OpcUaClients(folder);
    expect(await listed(await late.open(server.endpointUrl), SUBSCRIPTIONS_OF_SERVER)).toEqual([[], 0]);
    await late.close();
  });
});

describe("a run", () => {
  /** A gateway that learns by the file where it has to connect. */
  const START = `url=$("${process.execPath}" -p 'require(process.env.TAKTWERK_ENDPOINTS).opcua["cnc-01"]'); echo $$ > gateway.pid; exec "${process.execPath}" "${PEER}" watch "$url" client`;
  const THRESHOLDS = [
    "wire.opcua.sessions count == 1",
    "wire.opcua.subscriptions count == 1",
    "wire.opcua.items count == 2",
    "wire.opcua.notifications count >= 2",
  ];

  async function run(top: string, duration: string): Promise<RunResult> {
    const text = scenarioText({
      top: `duration: ${duration}
ports: auto
endpoints: { mqttsn: false, opcua: { security: [none] } }
sut: { name: subscriber, start: ${JSON.stringify(START)}, ready: { sessions: 1, items: 2 } }
thresholds: [${THRESHOLDS.map((it) => `"${it}"`).join(", ")}]
${top}`,
    });
    const started = new Run(planScenario("plant.yaml", text, loadCatalog()));
    try {
      await started.start();
      return await started.finish();
    } finally {
      await started.close();
    }
  }

  const verdicts = ({ thresholds }: RunResult): string[] => thresholds.map(({ verdict }) => verdict);

  test("whose gateway subscribes passes", async () => {
    const result = await run("", "3s");
    expect(verdicts(result)).toEqual(["passed", "passed", "passed", "passed"]);
    expect(result.wire.opcua).toMatchObject({ channels: 1, sessions: 1, monitoredItems: 2 });
    expect(exitCode(result)).toBe(0);
  });

  test("whose gateway freezes fails, although its connection stays", async () => {
    const top = `actions: [{ id: freeze, at: 1s, run: 'kill -STOP "$(cat gateway.pid)"' }]\n`;
    const result = await run(top, "11s");
    expect(verdicts(result).slice(0, 3)).toEqual(["failed", "failed", "failed"]);
    expect(result.wire.opcua).toMatchObject({ channels: 1, sessions: 0, sessionsOpened: 1 });
    expect(result.checks).toMatchObject([{ name: "sut stayed alive", verdict: "passed" }]);
    expect(exitCode(result)).toBe(1);
  });
});
