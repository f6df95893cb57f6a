/*
 * A process with many OPC UA clients, for bench/opcua.ts, which starts it with an IPC channel and one argument, a
 * ClientsTask in JSON. It says how many sessions it has when all subscribe, then answers each message with the
 * number of notifications since the last.
 */
import {
  AttributeIds,
  BrowseDirection,
  ClientMonitoredItemGroup,
  NodeClass,
  OPCUAClient,
  TimestampsToReturn,
  type ClientSession,
} from "node-opcua";

export interface ClientsTask {
  /** One session each */
  readonly units: readonly { readonly name: string; readonly url: string }[];
  readonly items: number;
  readonly interval_ms: number;
}

const task = JSON.parse(process.argv[2]!) as ClientsTask;
let notifications = 0;

/** Variables below a node, nearest first. */
async function variablesBelow(session: ClientSession, nodeId: string): Promise<string[]> {
  const { references } = await session.browse({
    nodeId,
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    resultMask: 63,
  });
  const children = references ?? [];
  const found = children
    .filter((it) => it.nodeClass === NodeClass.Variable)
    .map((it) => it.nodeId.toString());
  for (const child of children) found.push(...(await variablesBelow(session, child.nodeId.toString())));
  return found;
}

let paths: readonly string[] | undefined;

/** All signals, then whatever else the unit has; the first unit is browsed for them, the others are like it. */
async function itemsOf(session: ClientSession, unit: string): Promise<string[]> {
  const root = `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${unit}`;
  if (!paths) {
    const signals = await variablesBelow(session, `${root}/Monitoring/Process`);
    const all = new Set([...signals, ...(await variablesBelow(session, root))]);
    if (all.size < task.items) throw new Error(`${unit} has ${all.size} variables`);
    paths = [...all].slice(0, task.items).map((nodeId) => nodeId.slice(root.length));
  }
  return paths.map((path) => root + path);
}

async function subscribe(unit: { name: string; url: string }): Promise<void> {
  const client = OPCUAClient.create({
    connectionStrategy: { maxRetry: 0 },
    requestedSessionTimeout: 600_000,
  });
  await client.connect(unit.url);
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
    { samplingInterval: task.interval_ms, queueSize: 1 },
    TimestampsToReturn.Both,
  );
  group.on("changed", () => (notifications += 1));
  await new Promise<void>((resolve) => group.on("initialized", () => resolve()));
}

process.on("disconnect", () => process.exit());
for (const unit of task.units) await subscribe(unit);
process.on("message", () => {
  process.send!(notifications);
  notifications = 0;
});
process.send!(task.units.length);
