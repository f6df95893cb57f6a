/**
 * An operator's OPC UA client in a process of its own: `node opcua-operator.ts <endpoint URL> <PKI folder> <mode>`,
 * mode "None" or "SignAndEncrypt". Requests are JSON lines on stdin, `{ id, op, ... }`, answered by `{ id, answer }`
 * or `{ id, error }`; events of the Server object come as `{ event }`. It ends with its stdin.
 */
import { createInterface } from "node:readline";

import {
  AggregateFunction,
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  DataType,
  HistoryReadRequest,
  HistoryReadValueId,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  ReadRawModifiedDetails,
  SecurityPolicy,
  TimestampsToReturn,
  Variant,
  VariantArrayType,
  constructEventFilter,
  resolveNodeId,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua";
import type { ClientSession, ExtensionObject, HistoryReadResult, UserIdentityInfo } from "node-opcua";

const [endpointUrl = "", pkiFolder = "", mode = "None"] = process.argv.slice(2);

setErrorLogger(() => undefined);
setWarningLogger(() => undefined);

const say = (message: unknown): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

/** What is asked for of each event. */
const FIELDS = [
  "EventId",
  "EventType",
  "SourceName",
  "Message",
  "Severity",
  "Time",
  "ConditionName",
  "ActiveState.Id",
  "AckedState.Id",
  "ConfirmedState.Id",
  "Retain",
  "Comment",
  "FromState",
  "ToState",
] as const;

interface Request {
  readonly id: number;
  readonly op: string;
  readonly node?: string;
  readonly method?: string;
  readonly arguments?: readonly { readonly type: keyof typeof DataType; readonly value: unknown }[];
  readonly from_ms?: number;
  readonly to_ms?: number;
  readonly most?: number;
  readonly aggregate?: keyof typeof AggregateFunction;
  readonly interval_ms?: number;
  readonly user?: UserIdentityInfo;
}

let client: OPCUAClient;
let session: ClientSession;
let subscription: ClientSubscription | undefined;

async function connect(user?: UserIdentityInfo): Promise<void> {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: pkiFolder,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const secure = mode === "SignAndEncrypt";
  client = OPCUAClient.create({
    clientCertificateManager,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false, // a tap has a port of its own
    securityMode: secure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
    securityPolicy: secure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  });
  await client.connect(endpointUrl);
  session = await client.createSession(user);
  await session.readNamespaceArray();
}

/** "cnc-01/energy" is a node of the unit; "i=2253" and the like are taken as they are. */
const nodeId = (path: string): string =>
  /^(ns=\d+;)?[is]=/.test(path) ? path : `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${path}`;

const plain = (value: unknown): unknown => {
  if (value instanceof Buffer) return value.toString("base64");
  const { text } = (value ?? {}) as { text?: unknown };
  return text === undefined ? value : text;
};

async function subscribe(): Promise<void> {
  subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 100,
    maxNotificationsPerPublish: 1000,
    publishingEnabled: true,
    priority: 1,
  });
  const item = ClientMonitoredItem.create(
    subscription,
    { nodeId: "i=2253", attributeId: AttributeIds.EventNotifier },
    { queueSize: 1000, discardOldest: true, samplingInterval: 0, filter: constructEventFilter([...FIELDS]) },
    TimestampsToReturn.Both,
  );
  item.on("changed", (values: unknown) => {
    const variants = values as Variant[];
    say({ event: Object.fromEntries(FIELDS.map((field, i) => [field, plain(variants[i]?.value)])) });
  });
  await new Promise<void>((resolve) => item.once("initialized", () => resolve()));
}

/** A structure of ISA-95 job control: `id` of its data type, fields as the client's library names them. */
async function structure(id: number, fields: Record<string, unknown>): Promise<ExtensionObject> {
  const index = session.getNamespaceIndex("http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/");
  return session.constructExtensionObject(resolveNodeId(`ns=${index};i=${id}`), fields);
}

interface Order {
  readonly id: string;
  readonly program?: string;
  readonly quantity?: number;
  readonly priority?: number;
}

/** ISA95JobOrderDataType from what matters of it. */
async function jobOrder({ id, program, quantity, priority }: Order): Promise<ExtensionObject> {
  const parameters = async (count: number): Promise<ExtensionObject[]> => [
    await structure(3003, {
      ID: "Quantity",
      value: new Variant({ dataType: DataType.UInt32, value: count }),
    }),
  ];
  return structure(3008, {
    jobOrderID: id,
    ...(program === undefined ? {} : { workMasterID: [await structure(3007, { ID: program })] }),
    ...(quantity === undefined ? {} : { jobOrderParameters: await parameters(quantity) }),
    ...(priority === undefined ? {} : { priority }),
  });
}

async function argument({ type, value }: NonNullable<Request["arguments"]>[number]): Promise<Variant> {
  if (type === "ByteString")
    return new Variant({ dataType: DataType.ByteString, value: Buffer.from(String(value), "base64") });
  if (type === "ExtensionObject")
    return new Variant({ dataType: DataType.ExtensionObject, value: await jobOrder(value as Order) });
  if (type === "LocalizedText" && Array.isArray(value))
    return new Variant({ dataType: DataType.LocalizedText, arrayType: VariantArrayType.Array, value });
  return new Variant({ dataType: DataType[type] as DataType, value });
}

async function call({ node = "", method = "", arguments: given = [] }: Request): Promise<unknown> {
  const result = await session.call({
    objectId: nodeId(node),
    methodId: nodeId(method),
    inputArguments: await Promise.all(given.map(argument)),
  });
  const outputs = (result.outputArguments ?? []).map(({ value }) => plain(value));
  return { status: result.statusCode.name, outputs };
}

async function refresh(): Promise<unknown> {
  const inputArguments = [new Variant({ dataType: DataType.UInt32, value: subscription!.subscriptionId })];
  const result = await session.call({ objectId: "i=2782", methodId: "i=3875", inputArguments });
  return { status: result.statusCode.name };
}

const times = ({ from_ms = 0, to_ms = 0 }: Request): [Date, Date] => [new Date(from_ms), new Date(to_ms)];

/** Reads at most `most` values at a time, and goes on at the continuation point. */
async function inPieces(request: Request): Promise<unknown> {
  const [startTime, endTime] = times(request);
  const list: unknown[] = [];
  let continuationPoint: Buffer | undefined;
  for (let pieces = 1; ; pieces++) {
    const { results } = await session.historyRead(
      new HistoryReadRequest({
        historyReadDetails: new ReadRawModifiedDetails({
          isReadModified: false,
          startTime,
          endTime,
          numValuesPerNode: request.most!,
          returnBounds: false,
        }),
        nodesToRead: [
          new HistoryReadValueId({
            nodeId: resolveNodeId(nodeId(request.node!)),
            ...(continuationPoint ? { continuationPoint } : {}),
          }),
        ],
        releaseContinuationPoints: false,
        timestampsToReturn: TimestampsToReturn.Both,
      }),
    );
    const result = results![0]!;
    list.push(...values(result).values);
    if (!result.continuationPoint?.length) return { pieces, values: list };
    continuationPoint = result.continuationPoint;
  }
}

const values = ({ historyData, statusCode }: HistoryReadResult): { status: string; values: unknown[] } => {
  const { dataValues = [] } = (historyData ?? {}) as unknown as {
    dataValues?: { value: Variant; statusCode: { name: string }; sourceTimestamp: Date }[];
  };
  const list = dataValues.map((it) => [it.sourceTimestamp?.getTime(), it.value.value, it.statusCode.name]);
  return { status: statusCode.name, values: list };
};

const OPERATIONS: Readonly<Record<string, (request: Request) => Promise<unknown>>> = {
  subscribe,
  call,
  refresh,
  read: async ({ node = "" }) => {
    const { value, statusCode } = await session.read({
      nodeId: nodeId(node),
      attributeId: AttributeIds.Value,
    });
    return { status: statusCode.name, value: plain(value?.value) };
  },
  "history-in-pieces": inPieces,
  history: async (request) =>
    values(await session.readHistoryValue(nodeId(request.node!), ...times(request))),
  aggregate: async (request) =>
    values(
      await session.readAggregateValue(
        { nodeId: nodeId(request.node!) },
        ...times(request),
        AggregateFunction[request.aggregate!],
        request.interval_ms!,
      ),
    ),
  reconnect: async ({ user }) => {
    await client.disconnect();
    await connect(user);
  },
};

await connect();
say({ ready: true });
const lines = createInterface(process.stdin);
lines.on("line", (line) => {
  const request = JSON.parse(line) as Request;
  OPERATIONS[request.op]!(request).then(
    (answer) => say({ id: request.id, answer }),
    (error: Error) => say({ id: request.id, error: error.message }),
  );
});
lines.once("close", () => void client.disconnect());
