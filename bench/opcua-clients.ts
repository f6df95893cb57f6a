/*
 * A process with many OPC UA clients, for bench/opcua.ts, which starts it with an IPC channel and one argument, a
 * ClientsTask in JSON. It says how many sessions it has when all subscribe, then answers each "count" with a Count
 * since the last, and "drop" with the milliseconds until the last subscription was alive again.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import {
  AttributeIds,
  BrowseDirection,
  ClientMonitoredItemGroup,
  MessageSecurityMode,
  NodeClass,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  type ClientSession,
  type DataValue,
} from "node-opcua";

export interface ClientsTask {
  /** One session each */
  readonly units: readonly { readonly name: string; readonly url: string }[];
  readonly items: number;
  readonly interval_ms: number;
  /** How often the server is to look; shorter than the interval where no tick may be missed */
  readonly sampling_ms: number;
  /** SignAndEncrypt by Basic256Sha256 instead of none */
  readonly secure: boolean;
  readonly pkiFolder: string;
}

/** What has arrived. */
export interface Count {
  readonly notifications: number;
  /** Ticks between two notifications of an item that were never seen; only where values count ticks */
  readonly missed: number;
}

const task = JSON.parse(process.argv[2]!) as ClientsTask;
let notifications = 0;
let missed = 0;
/** When each session has heard last. */
const heard_ms: number[] = task.units.map(() => 0);

/** Variables below a node, nearest first. */
async function variablesBelow(session: ClientSession, nodeId: string): Promise<string[]> {
  const { references } = await session.browse({
    nodeId,
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    resultMask: 63,
  });
  // For the structures of job orders, a client first reads all data types of the server: another thing to measure.
  const children = (references ?? []).filter(({ browseName }) => browseName.name !== "JobManagement");
  const found = children
    .filter((it) => it.nodeClass === NodeClass.Variable)
    .map((it) => it.nodeId.toString());
  if (found.length >= task.items) return found;
  for (const child of children) found.push(...(await variablesBelow(session, child.nodeId.toString())));
  return found;
}

let paths: readonly string[] | undefined;

/** All signals, then whatever else the unit has; the first unit is browsed for them, the others are like it. */
async function itemsOf(session: ClientSession, unit: string): Promise<string[]> {
  const root = `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${unit}`;
  if (!paths) {
    const signals = await variablesBelow(session, `${root}/Monitoring/Process`);
    const all = new Set(signals);
    if (all.size < task.items) for (const it of await variablesBelow(session, root)) all.add(it);
    if (all.size < task.items) throw new Error(`${unit} has ${all.size} variables`);
    paths = [...all].slice(0, task.items).map((nodeId) => nodeId.slice(root.length));
  }
  return paths.map((path) => root + path);
}

/** Sockets of all clients, on their way through this process. */
const sockets = new Set<Socket>();

/** A port that leads to a server, so that its clients can be cut off. */
async function tunnel(url: string): Promise<string> {
  const port = Number(new URL(url).port);
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `opc.tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const clientCertificateManager = new OPCUACertificateManager({
  rootFolder: task.pkiFolder,
  automaticallyAcceptUnknownCertificate: true,
  disableFileWatchers: true,
});

async function subscribe(index: number): Promise<void> {
  const unit = task.units[index]!;
  const client = OPCUAClient.create({
    connectionStrategy: { initialDelay: 100, maxDelay: 1000, maxRetry: 1_000_000 },
    requestedSessionTimeout: 600_000,
    endpointMustExist: false,
    clientCertificateManager,
    securityMode: task.secure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
    securityPolicy: task.secure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  });
  await client.connect(await tunnel(unit.url));
  const session = await client.createSession();
  await session.readNamespaceArray();
  const items = await itemsOf(session, unit.name);
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: task.interval_ms,
    requestedLifetimeCount: 600,
    publishingEnabled: true,
  });
  const group = ClientMonitoredItemGroup.create(
    subscription,
    items.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    { samplingInterval: task.sampling_ms, queueSize: 10 },
    TimestampsToReturn.Both,
  );
  const last: (number | undefined)[] = items.map(() => undefined);
  group.on("changed", (_item, value: DataValue, i: number) => {
    notifications += 1;
    heard_ms[index] = performance.now();
    const tick: unknown = value.value.value;
    if (typeof tick !== "number") return;
    if (last[i] !== undefined && tick > last[i] + 1) missed += tick - last[i] - 1;
    last[i] = tick;
  });
  await new Promise<void>((resolve) => group.on("initialized", () => resolve()));
}

/** Cuts all connections at once. @returns when the last subscription has told something again, after so many ms */
async function drop(): Promise<number> {
  const begin_ms = performance.now();
  for (const socket of sockets) socket.destroy();
  const give_up_ms = begin_ms + 60_000;
  while (heard_ms.some((heard) => heard < begin_ms + task.interval_ms / 4)) {
    if (performance.now() > give_up_ms) return Infinity;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return Math.max(...heard_ms.map((heard) => heard - begin_ms));
}

process.on("disconnect", () => process.exit());
await clientCertificateManager.initialize();
for (const index of task.units.keys()) await subscribe(index);
process.on("message", (request) => {
  if (request === "drop") void drop().then((wait_ms) => process.send!(wait_ms));
  else {
    process.send!({ notifications, missed } satisfies Count);
    notifications = missed = 0;
  }
});
process.send!(task.units.length);
