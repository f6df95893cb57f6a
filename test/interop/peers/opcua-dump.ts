/**
 * Holds the address spaces of two OPC UA servers against each other, as a client sees them:
 * `node opcua-dump.ts <endpoint URL> <endpoint URL>`. Prints one JSON line, `{ nodes, differences }`, with the number
 * of the first server's nodes and a line for each attribute or reference that one of them has alone.
 */
import {
  AttributeIds,
  BrowseDirection,
  NodeClass,
  OPCUAClient,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua";
import type { ClientSession, DataValue, ReferenceDescription } from "node-opcua";

const BATCH = 500;

const COMMON = [
  AttributeIds.NodeClass,
  AttributeIds.BrowseName,
  AttributeIds.DisplayName,
  AttributeIds.Description,
  AttributeIds.WriteMask,
  AttributeIds.UserWriteMask,
  AttributeIds.RolePermissions,
  AttributeIds.UserRolePermissions,
  AttributeIds.AccessRestrictions,
];
const VARIABLE = [
  AttributeIds.Value,
  AttributeIds.DataType,
  AttributeIds.ValueRank,
  AttributeIds.ArrayDimensions,
];
const BY_CLASS: Readonly<Record<number, readonly AttributeIds[]>> = {
  [NodeClass.Object]: [AttributeIds.EventNotifier],
  [NodeClass.Variable]: [
    ...VARIABLE,
    AttributeIds.AccessLevel,
    AttributeIds.UserAccessLevel,
    AttributeIds.AccessLevelEx,
    AttributeIds.MinimumSamplingInterval,
    AttributeIds.Historizing,
  ],
  [NodeClass.Method]: [AttributeIds.Executable, AttributeIds.UserExecutable],
  [NodeClass.ObjectType]: [AttributeIds.IsAbstract],
  [NodeClass.VariableType]: [...VARIABLE, AttributeIds.IsAbstract],
  [NodeClass.ReferenceType]: [AttributeIds.IsAbstract, AttributeIds.Symmetric, AttributeIds.InverseName],
  [NodeClass.DataType]: [AttributeIds.IsAbstract, AttributeIds.DataTypeDefinition],
  [NodeClass.View]: [AttributeIds.EventNotifier, AttributeIds.ContainsNoLoops],
};

/** The server's own namespace has nothing but nodes of sessions, this client's among them, named by random numbers. */
const SESSIONS = 1;

setErrorLogger(() => undefined);
setWarningLogger(() => undefined);

/** By node id: a line for each attribute and reference. */
type Dump = Map<string, Set<string>>;

async function dumpOf(url: string): Promise<Dump> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  await client.connect(url);
  const session = await client.createSession();
  const found = await dump(session);
  await session.close();
  await client.disconnect();
  return found;
}

async function browse(session: ClientSession, nodeIds: readonly string[]): Promise<ReferenceDescription[][]> {
  const results = await session.browse(
    nodeIds.map((nodeId) => ({
      nodeId,
      referenceTypeId: "References",
      includeSubtypes: true,
      browseDirection: BrowseDirection.Both,
      resultMask: 63,
      nodeClassMask: 0,
    })),
  );
  return Promise.all(
    results.map(async (result) => {
      const references = [...(result.references ?? [])];
      while (result.continuationPoint?.length) {
        result = await session.browseNext(result.continuationPoint, false);
        references.push(...(result.references ?? []));
      }
      return references.filter(
        ({ nodeId, browseName }) => nodeId.namespace !== SESSIONS && browseName.namespaceIndex !== SESSIONS,
      );
    }),
  );
}

const referenceLine = (it: ReferenceDescription): string =>
  `${it.isForward ? "->" : "<-"} ${it.referenceTypeId} ${it.nodeId} ${it.browseName} ${it.displayName.text} ${
    NodeClass[it.nodeClass]
  } ${it.typeDefinition}`;

const valueLine = (attribute: AttributeIds, { statusCode, value }: DataValue): string =>
  `${AttributeIds[attribute]} ${statusCode.name} ${JSON.stringify(value)}`;

async function dump(session: ClientSession): Promise<Dump> {
  const found: Dump = new Map([["ns=0;i=84", new Set()]]);
  const classes = new Map([["ns=0;i=84", NodeClass.Object]]);
  let wave = [...found.keys()];
  while (wave.length > 0) {
    const next: string[] = [];
    for (let start = 0; start < wave.length; start += BATCH) {
      const batch = wave.slice(start, start + BATCH);
      for (const [i, references] of (await browse(session, batch)).entries()) {
        for (const reference of references) {
          found.get(batch[i]!)!.add(referenceLine(reference));
          const id = reference.nodeId.toString();
          if (found.has(id)) continue;
          found.set(id, new Set());
          classes.set(id, reference.nodeClass);
          next.push(id);
        }
      }
    }
    wave = next;
  }
  const reads = [...classes].flatMap(([nodeId, nodeClass]) =>
    [...COMMON, ...(BY_CLASS[nodeClass] ?? [])].map((attributeId) => ({ nodeId, attributeId })),
  );
  for (let start = 0; start < reads.length; start += BATCH) {
    const batch = reads.slice(start, start + BATCH);
    // The library writes to what it is given.
    const values = await session.read(batch.map((read) => ({ ...read })));
    for (const [i, value] of values.entries()) {
      const { nodeId, attributeId } = batch[i]!;
      found.get(nodeId)!.add(valueLine(attributeId, value));
    }
  }
  return found;
}

/** "- …" for what only `one` has, "+ …" for what only `other` has. */
function compare(one: Dump, other: Dump): string[] {
  const unmatched = (sign: string, here: Dump, there: Dump): string[] =>
    [...here].flatMap(([id, lines]) =>
      [...lines].filter((line) => !there.get(id)?.has(line)).map((line) => `${sign} ${id} ${line}`),
    );
  return [...unmatched("-", one, other), ...unmatched("+", other, one)].sort();
}

const [one, other] = await Promise.all(process.argv.slice(2).map(dumpOf));
console.log(JSON.stringify({ nodes: one!.size, differences: compare(one!, other!) }));
