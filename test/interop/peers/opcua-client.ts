/**
 * An OPC UA client in a process of its own: `node opcua-client.ts <task> <endpoint URL> <PKI folder>`.
 * Prints JSON, one line a message, and ends when its task is done. Tasks are the functions in TASKS.
 */
import { X509Certificate } from "node:crypto";
import { createInterface } from "node:readline";

import {
  AttributeIds,
  BrowseDirection,
  ClientMonitoredItem,
  ClientSubscription,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua";
import type { ClientSession, DataValue, OPCUAClientOptions, ReferenceDescription } from "node-opcua";

const [task = "", endpointUrl = "", pkiFolder = ""] = process.argv.slice(2);
const UNIT_NAMESPACE = "urn:taktwerk:unit";
const MACHINERY = "http://opcfoundation.org/UA/Machinery/";

/** Nodes of one Browse or attributes of one Read; the server's limits are higher. */
const BATCH = 1000;

/** Attributes of OPC UA 1.05, from NodeId to AccessLevelEx */
const ATTRIBUTES = Array.from({ length: 27 }, (_, i) => i + 1);

setErrorLogger(() => undefined);
setWarningLogger(() => undefined);

const say = (message: unknown): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

async function withSession(
  work: (session: ClientSession) => Promise<void>,
  security: OPCUAClientOptions = {},
): Promise<void> {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: pkiFolder,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const client = OPCUAClient.create({
    clientCertificateManager,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false, // a tap has a port of its own
    ...security,
  });
  await client.connect(endpointUrl);
  const session = await client.createSession();
  await session.readNamespaceArray();
  await work(session);
  await session.close();
  await client.disconnect();
}

async function children(session: ClientSession, nodeIds: readonly string[]): Promise<ReferenceDescription[]> {
  const results = await session.browse(
    nodeIds.map((nodeId) => ({
      nodeId,
      referenceTypeId: "References",
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
      nodeClassMask: 0,
    })),
  );
  const references: ReferenceDescription[] = [];
  for (let result of results) {
    references.push(...(result.references ?? []));
    while (result.continuationPoint?.length) {
      result = await session.browseNext(result.continuationPoint, false);
      references.push(...(result.references ?? []));
    }
  }
  return references;
}

/** The machines and, of each, what hangs below its Identification. */
async function browse(session: ClientSession): Promise<void> {
  const machines = await children(session, [`ns=${session.getNamespaceIndex(MACHINERY)};i=1001`]);
  for (const machine of machines.filter(({ nodeId }) => nodeId.namespace !== 0)) {
    if (machine.nodeId.namespace !== session.getNamespaceIndex(UNIT_NAMESPACE)) continue;
    const [identification] = (await children(session, [machine.nodeId.toString()])).filter(
      ({ browseName }) => browseName.name === "Identification",
    );
    const plate: Record<string, unknown> = {};
    for (const { browseName, nodeId } of await children(session, [identification!.nodeId.toString()])) {
      const { value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
      plate[browseName.name!] = value?.value?.text ?? value?.value;
    }
    say({ machine: machine.browseName.name, identification: plate });
  }
}

/** Unit and range of the spindle speed, its sampling interval and the profiles that the server claims. */
async function properties(session: ClientSession): Promise<void> {
  const id = `ns=${session.getNamespaceIndex(UNIT_NAMESPACE)};s=cnc-01/spindle-speed`;
  const [unit, range, interval, profiles] = await session.read([
    { nodeId: `${id}/EngineeringUnits`, attributeId: AttributeIds.Value },
    { nodeId: `${id}/EURange`, attributeId: AttributeIds.Value },
    { nodeId: id, attributeId: AttributeIds.MinimumSamplingInterval },
    { nodeId: "i=2269", attributeId: AttributeIds.Value },
  ]);
  say({
    unitId: unit!.value.value.unitId,
    unitNamespace: unit!.value.value.namespaceUri,
    range: [range!.value.value.low, range!.value.value.high],
    interval_ms: interval!.value.value,
    profiles: profiles!.value.value,
  });
}

const stdinEnds = (): Promise<void> =>
  new Promise((resolve) => createInterface(process.stdin).once("close", resolve));
const never = (): Promise<void> => new Promise(() => undefined);

/** Subscribes to signals as fast as possible; says each notification until the end comes. */
async function subscribe(session: ClientSession, end: () => Promise<void>): Promise<void> {
  const namespace = session.getNamespaceIndex(UNIT_NAMESPACE);
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    publishingEnabled: true,
  });
  for (const signal of ["spindle-speed", "spindle-load"]) {
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: `ns=${namespace};s=cnc-01/${signal}`, attributeId: AttributeIds.Value },
      { samplingInterval: 100, queueSize: 10, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on("changed", (value: DataValue) =>
      say({
        signal,
        value: value.value?.value,
        status: value.statusCode.value,
        timestamp_ms: value.sourceTimestamp?.getTime(),
        picoseconds: value.sourcePicoseconds,
      }),
    );
  }
  await end();
  await subscription.terminate();
}

/** Reads every attribute of every node that can be reached from Root; says what it met. */
async function readAll(session: ClientSession): Promise<void> {
  const seen = new Set(["ns=0;i=84"]);
  const statuses: Record<string, number> = {};
  let wave = [...seen];
  while (wave.length > 0) {
    const next: string[] = [];
    for (let start = 0; start < wave.length; start += BATCH) {
      for (const { nodeId } of await children(session, wave.slice(start, start + BATCH))) {
        const id = nodeId.toString();
        if (seen.has(id)) continue;
        seen.add(id);
        next.push(id);
      }
    }
    wave = next;
  }
  const reads = [...seen].flatMap((nodeId) => ATTRIBUTES.map((attributeId) => ({ nodeId, attributeId })));
  for (let start = 0; start < reads.length; start += BATCH) {
    for (const { statusCode } of await session.read(reads.slice(start, start + BATCH))) {
      statuses[statusCode.name] = (statuses[statusCode.name] ?? 0) + 1;
    }
  }
  say({ nodes: seen.size, statuses });
}

/** Looks at the endpoints without a session, then uses the most secure one. */
async function secure(): Promise<void> {
  const policy = SecurityPolicy.Basic256Sha256;
  await withSession(
    async (session) => {
      const state = await session.read({ nodeId: "i=2259", attributeId: AttributeIds.Value });
      const write = await session.write({
        nodeId: `ns=${session.getNamespaceIndex(UNIT_NAMESPACE)};s=cnc-01/spindle-speed`,
        attributeId: AttributeIds.Value,
        value: { value: { dataType: "Int32", value: 1 } },
      });
      say({ state: state.value.value, good: state.statusCode.equals(StatusCodes.Good), write: write.name });
    },
    { securityMode: MessageSecurityMode.SignAndEncrypt, securityPolicy: policy },
  );
}

async function endpoints(): Promise<void> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
  await client.connect(endpointUrl);
  for (const endpoint of await client.getEndpoints()) {
    const certificate = new X509Certificate(endpoint.serverCertificate);
    say({
      url: endpoint.endpointUrl,
      policy: endpoint.securityPolicyUri?.split("#")[1],
      mode: MessageSecurityMode[endpoint.securityMode],
      logins: endpoint.userIdentityTokens?.map(({ tokenType }) => tokenType),
      applicationUri: endpoint.server.applicationUri,
      names: certificate.subjectAltName,
    });
  }
  await client.disconnect();
}

const TASKS: Record<string, () => Promise<void>> = {
  browse: () => withSession(browse),
  properties: () => withSession(properties),
  subscribe: () => withSession((session) => subscribe(session, stdinEnds)),
  watch: () => withSession((session) => subscribe(session, never)),
  "read-all": () => withSession(readAll),
  secure,
  endpoints,
};

// The library's errors carry whole requests; what went wrong is in the message.
await TASKS[task]!().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
