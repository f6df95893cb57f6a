import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  AttributeIds,
  BrowseDirection,
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  OPCUAClient,
  TimestampsToReturn,
  type ClientSession,
  type CreateMonitoredItemsResponse,
  type CreateSubscriptionResponse,
} from "node-opcua";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { SAMPLES } from "../../../src/protocol/opcua/shared-space/internals.ts";
import { UnitServer, type UnitServerOptions } from "../../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-limits-"));
const plant = new FakePlant([fakeCnc("cnc-01")]);
emitAll(plant, "cnc-01");
const clients: OPCUAClient[] = [];
const servers: UnitServer[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<UnitServerOptions>): Promise<UnitServer> {
  const common = { port: 0, security: ["none", "Basic256Sha256/Sign"], pkiFolder: folder } as const;
  const server = new UnitServer(plant, plant.units[0]!, { ...common, ...options });
  servers.push(server);
  await server.start();
  return server;
}

async function open(server: UnitServer): Promise<ClientSession> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  clients.push(client);
  await client.connect(server.endpointUrl);
  return client.createSession();
}

/** "Good", or the name of the status code that it failed with. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "Good",
    (error: Error) => /Bad\w+/.exec(error.message)?.[0] ?? error.message,
  );

const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const STATE = { nodeId: "i=2259", attributeId: AttributeIds.Value };

/** The services themselves, which the library's client has, but does not declare. */
interface Services {
  createSubscription(request: CreateSubscriptionRequest): Promise<CreateSubscriptionResponse>;
  createMonitoredItems(request: CreateMonitoredItemsRequest): Promise<CreateMonitoredItemsResponse>;
}
const servicesOf = (session: ClientSession): Services => session as unknown as Services;

async function subscribe(session: ClientSession): Promise<number> {
  const request = new CreateSubscriptionRequest({
    requestedPublishingInterval: 1000,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 10,
  });
  return (await servicesOf(session).createSubscription(request)).subscriptionId;
}

/** @returns names of the items' status codes, and what became of a queue of 50 */
async function monitor(
  session: ClientSession,
  subscriptionId: number,
  items: number,
  itemToMonitor = STATE,
): Promise<[string[], number]> {
  const requestedParameters = { samplingInterval: 1000, queueSize: 50, discardOldest: true };
  const request = new CreateMonitoredItemsRequest({
    subscriptionId,
    timestampsToReturn: TimestampsToReturn.Both,
    itemsToCreate: many(items, { itemToMonitor, requestedParameters }),
  });
  const results = (await servicesOf(session).createMonitoredItems(request)).results ?? [];
  return [results.map((result) => result.statusCode.name), results[0]!.revisedQueueSize];
}

const CAPABILITIES = {
  maxSessions: "i=24095",
  maxSubscriptions: "i=24096",
  maxMonitoredItems: "i=24097",
  maxSubscriptionsPerSession: "i=24098",
  maxMonitoredItemsPerSubscription: "i=24104",
  maxMonitoredItemsQueueSize: "i=31916",
  maxNodesPerRead: "i=11705",
  maxNodesPerWrite: "i=11707",
  maxNodesPerMethodCall: "i=11709",
  maxNodesPerBrowse: "i=11710",
  maxMonitoredItemsPerCall: "i=11714",
  localeIdArray: "i=2271",
  serverProfileArray: "i=2269",
};

async function capabilities(session: ClientSession): Promise<Record<string, unknown>> {
  const values = await session.read(
    Object.values(CAPABILITIES).map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
  );
  return Object.fromEntries(
    Object.keys(CAPABILITIES).map((name, i) => [name, values[i]!.value.value as unknown]),
  );
}

const EMBEDDED = "http://opcfoundation.org/UA-Profile/Server/EmbeddedUA2017";
const TRANSPORT = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary";

describe.each([true, false])("a server with shared types %s", (sharedTypes) => {
  const limits = {
    sessions: 2,
    subscriptions: 3,
    subscriptionsPerSession: 2,
    monitoredItems: 5,
    monitoredItemsPerSubscription: 4,
    queueSize: 7,
    nodesPerRead: 13,
    nodesPerWrite: 2,
    nodesPerBrowse: 2,
    methodsPerCall: 2,
    monitoredItemsPerCall: 6,
  };

  test("says what its limits are and holds them", async () => {
    const server = await start({ limits, sharedTypes });
    const [first, second] = [await open(server), await open(server)];
    expect(await capabilities(first)).toEqual({
      maxSessions: 2,
      maxSubscriptions: 3,
      maxSubscriptionsPerSession: 2,
      maxMonitoredItems: 5,
      maxMonitoredItemsPerSubscription: 4,
      maxMonitoredItemsQueueSize: 7,
      maxNodesPerRead: 13,
      maxNodesPerWrite: 2,
      maxNodesPerBrowse: 2,
      maxNodesPerMethodCall: 2,
      maxMonitoredItemsPerCall: 6,
      localeIdArray: ["en"],
      serverProfileArray: [TRANSPORT],
    });
    expect(await outcome(open(server))).toBe("BadTooManySessions");

    const subscriptions = [await subscribe(first), await subscribe(first), await subscribe(second)];
    expect(await outcome(subscribe(first))).toBe("BadTooManySubscriptions");
    expect(await outcome(subscribe(second))).toBe("BadTooManySubscriptions");

    const tooMany = "BadTooManyMonitoredItems";
    expect(await monitor(first, subscriptions[0]!, 5)).toEqual([[...many(4, "Good"), tooMany], 7]);
    expect(await monitor(second, subscriptions[2]!, 2)).toEqual([["Good", tooMany], 7]);

    const value = { value: { dataType: "Int32", value: 1 } } as const;
    const browse = { nodeId: "i=85", browseDirection: BrowseDirection.Forward };
    const call = { objectId: "i=2253", methodId: "i=11492", inputArguments: [] };
    expect(await outcome(monitor(first, subscriptions[1]!, 7))).toBe("BadTooManyOperations");
    expect(await outcome(first.read(many(14, STATE)))).toBe("BadTooManyOperations");
    expect(await outcome(first.write(many(3, { ...STATE, value })))).toBe("BadTooManyOperations");
    expect(await outcome(first.browse(many(3, browse)))).toBe("BadTooManyOperations");
    expect(await outcome(first.call(many(3, call)))).toBe("BadTooManyOperations");
    expect(await outcome(first.read(many(13, STATE)))).toBe("Good");
  });
});

test.each([
  ["the profile that it meets", { security: ["none", "Basic256Sha256/Sign"] }, [EMBEDDED, TRANSPORT]],
  ["no profile that asks for security without any", { security: ["none"] }, [TRANSPORT]],
] as const)("a server claims %s", async (_what, options, profiles) => {
  const session = await open(await start(options));
  expect((await capabilities(session))["serverProfileArray"]).toEqual(profiles);
});

test("connections beyond the limit are refused, which is no reason to print anything", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  const lines: string[] = [];
  const server = await start({ limits: { sessions: 1 }, warn: (line) => lines.push(line) });
  console.log = (...args) => printed.push(args);
  try {
    const session = await open(server);
    // Each has a channel, and a channel without a session gives way to the next.
    const others = many(30, undefined).map(() => OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } }));
    clients.push(...others);
    await Promise.all(others.map((client) => outcome(client.connect(server.endpointUrl))));
    expect((await session.read(STATE)).statusCode.name).toBe("Good");
  } finally {
    console.log = log;
  }
  expect(printed).toEqual([]);
});

test.each([true, false])(
  "many items on one node are no reason for a warning, shared types %s",
  async (sharedTypes) => {
    const server = await start({ sharedTypes });
    const session = await open(server);
    const subscription = await subscribe(session);
    const warnings: Error[] = [];
    const listen = (warning: Error): unknown => warnings.push(warning);
    process.on("warning", listen);
    try {
      for (const nodeId of [SAMPLES.method, SAMPLES.object, SAMPLES.variable]) {
        const [codes] = await monitor(session, subscription, 30, {
          nodeId,
          attributeId: AttributeIds.DisplayName,
        });
        expect(codes).toEqual(many(30, "Good"));
      }
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", listen);
    }
    expect(warnings).toEqual([]);
  },
);
