/**
 * Services over many nodes, an operation at a time: one that throws costs its own result, and the event loop runs in
 * between. What an answer may hold is bounded, whatever the nodes are that a request names again and again.
 */
import {
  BrowseResult,
  CallMethodResult,
  DataType,
  DataValue,
  HistoryReadResult,
  StatusCodes,
  type BrowseDescription,
  type BrowsePathTarget,
  BrowsePath,
  BrowsePathResult,
  type CallMethodRequest,
  type HistoryReadValueId,
  type OPCUAServer,
  type ReadRequest,
  type ReadValueId,
  type ServerSecureChannelLayer,
  type SessionContext,
  type StatusCode,
  type WriteValue,
} from "node-opcua";

import type { Containment } from "../../containment.ts";
import { inSlices } from "./work-slices.ts";

/** References of one Browse; nodes beyond are answered BadNoContinuationPoints, so that a client asks again. */
const REFERENCES_MAX = 20_000;
/** Octets of values of one Read, roughly; nodes beyond are answered BadEncodingLimitsExceeded. */
const VALUE_OCTETS_MAX = 8 * 1024 * 1024;
/** Elements of one browse path; no type of the companion models nests deeper than 12. */
const PATH_ELEMENTS_MAX = 50;

/** What the library does with a service once its request is checked. */
interface Accessor {
  browse(context: SessionContext, nodes: readonly BrowseDescription[]): Promise<BrowseResult[]>;
  browseNode(node: BrowseDescription, context: SessionContext): Promise<BrowseResult>;
  read(context: SessionContext, request: ReadRequest): Promise<DataValue[]>;
  readNode(context: SessionContext, node: ReadValueId, ...rest: unknown[]): Promise<DataValue>;
  writeNode(context: SessionContext, value: WriteValue): Promise<StatusCode>;
  callMethod(context: SessionContext, method: CallMethodRequest): Promise<CallMethodResult>;
  write(context: SessionContext, values: readonly WriteValue[]): Promise<StatusCode[]>;
  call(context: SessionContext, methods: readonly CallMethodRequest[]): Promise<CallMethodResult[]>;
  historyReadNode(
    context: SessionContext,
    node: HistoryReadValueId,
    ...rest: unknown[]
  ): Promise<HistoryReadResult>;
}

interface Engine {
  readonly addressSpaceAccessor: Accessor;
  translateBrowsePaths(paths: readonly BrowsePath[]): Promise<BrowsePathResult[]>;
  translateBrowsePath(path: BrowsePath): Promise<BrowsePathResult>;
}

/** To be called once, after initialize(). */
export function sliceServices(server: OPCUAServer, containment: Containment): void {
  const engine = server.engine as unknown as Engine;
  const { addressSpaceAccessor: accessor } = engine;
  const caught =
    <R>(service: string, context: SessionContext | undefined, bad: () => R) =>
    (error: unknown): R => {
      const channel = context?.session?.channel as ServerSecureChannelLayer | undefined;
      containment.settle(error, service, channel?.remoteAddress);
      return bad();
    };
  sliceBrowsing(accessor, caught);
  sliceReading(accessor, caught);
  sliceActing(accessor, caught);
  const translate: Translate = engine.translateBrowsePath.bind(engine);
  engine.translateBrowsePaths = (paths) =>
    inSlices(
      paths,
      (path) => {
        const bad = (): BrowsePathResult => refused(StatusCodes.BadInternalError);
        return follow(path, translate).catch(caught("TranslateBrowsePath", undefined, bad));
      },
      "runAlone",
    );
}

type Translate = (path: BrowsePath) => Promise<BrowsePathResult>;

const refused = (statusCode: StatusCode): BrowsePathResult => new BrowsePathResult({ statusCode });

/**
 * Follows a path element by element, each node once: two references to the same node would double the work with each
 * element that leads there and back.
 */
async function follow(
  { startingNode, relativePath }: BrowsePath,
  translate: Translate,
): Promise<BrowsePathResult> {
  const elements = relativePath.elements ?? [];
  if (elements.length > PATH_ELEMENTS_MAX) return refused(StatusCodes.BadQueryTooComplex);
  let nodes = [startingNode];
  let result = await translate(
    new BrowsePath({ startingNode, relativePath: { elements: elements.slice(0, 1) } }),
  );
  for (const element of elements.slice(1)) {
    if (result.statusCode.isNotGood()) return result;
    nodes = (result.targets ?? []).map(({ targetId }) => targetId);
    const targets = new Map<string, BrowsePathTarget>();
    for (const node of nodes) {
      const step = new BrowsePath({ startingNode: node, relativePath: { elements: [element] } });
      const found = await translate(step);
      if (found.statusCode.equals(StatusCodes.BadBrowseNameInvalid)) return found;
      for (const target of found.targets ?? []) targets.set(target.targetId.toString(), target);
    }
    if (targets.size === 0) return refused(StatusCodes.BadNoMatch);
    result = new BrowsePathResult({ statusCode: StatusCodes.Good, targets: [...targets.values()] });
  }
  return result;
}

type Caught = <R>(
  service: string,
  context: SessionContext | undefined,
  bad: () => R,
) => (error: unknown) => R;

function sliceBrowsing(accessor: Accessor, caught: Caught): void {
  accessor.browse = (context, nodes) => {
    let references = 0;
    return inSlices(nodes, (node) => {
      if (references >= REFERENCES_MAX)
        return new BrowseResult({ statusCode: StatusCodes.BadNoContinuationPoints });
      const bad = (): BrowseResult => new BrowseResult({ statusCode: StatusCodes.BadInternalError });
      return accessor
        .browseNode(node, context)
        .catch(caught("Browse", context, bad))
        .then((result) => {
          references += result.references?.length ?? 0;
          return result;
        });
    });
  };
}

function sliceReading(accessor: Accessor, caught: Caught): void {
  accessor.read = (context, { nodesToRead, maxAge, timestampsToReturn }) => {
    let octets = 0;
    return inSlices(nodesToRead ?? [], (node) => {
      if (octets >= VALUE_OCTETS_MAX)
        return new DataValue({ statusCode: StatusCodes.BadEncodingLimitsExceeded });
      const bad = (): DataValue => new DataValue({ statusCode: StatusCodes.BadInternalError });
      return accessor
        .readNode(context, node, maxAge || 0, timestampsToReturn)
        .catch(caught("Read", context, bad))
        .then((value) => {
          octets += octetsOf(value);
          return value;
        });
    });
  };
}

/** Roughly, without encoding it. */
function octetsOf({ value }: DataValue): number {
  const held: unknown = value?.value;
  if (typeof held === "string" || Buffer.isBuffer(held)) return held.length;
  if (Array.isArray(held) || ArrayBuffer.isView(held)) {
    const { length } = held as unknown as ArrayLike<unknown>;
    return length * (value.dataType === DataType.ExtensionObject ? STRUCTURE_OCTETS : SCALAR_OCTETS);
  }
  return value?.dataType === DataType.ExtensionObject ? STRUCTURE_OCTETS : SCALAR_OCTETS;
}
const SCALAR_OCTETS = 16;
const STRUCTURE_OCTETS = 512;

function sliceActing(accessor: Accessor, caught: Caught): void {
  accessor.write = (context, values) => {
    const bad = (): StatusCode => StatusCodes.BadInternalError;
    const write = (value: WriteValue): Promise<StatusCode> =>
      accessor.writeNode(context, value).catch(caught("Write", context, bad));
    return inSlices(values, write, "runAlone");
  };
  accessor.call = (context, methods) => {
    const bad = (): CallMethodResult => new CallMethodResult({ statusCode: StatusCodes.BadInternalError });
    const call = (method: CallMethodRequest): Promise<CallMethodResult> =>
      accessor.callMethod(context, method).catch(caught("Call", context, bad));
    return inSlices(methods, call, "runAlone");
  };
  const readHistory = accessor.historyReadNode.bind(accessor);
  accessor.historyReadNode = async (context, ...rest) => {
    const bad = (): HistoryReadResult => new HistoryReadResult({ statusCode: StatusCodes.BadInternalError });
    const read = (): Promise<HistoryReadResult> =>
      readHistory(context, ...rest).catch(caught("HistoryRead", context, bad));
    const [result] = await inSlices([undefined], read, "runAlone");
    return result!;
  };
}
