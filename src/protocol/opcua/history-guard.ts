/**
 * What the library makes of a HistoryRead that asks for too much or for nothing: it counts intervals in a loop that
 * may never end, and one node without a past spoils the answer for all. Here each node is answered for itself.
 */
import {
  HistoryReadResult,
  NodeClass,
  ReadProcessedDetails,
  ReadRawModifiedDetails,
  StatusCode,
  StatusCodes,
} from "node-opcua";
import type { HistoryData, HistoryReadDetails, HistoryReadValueId, NodeId, OPCUAServer } from "node-opcua";

/** Intervals of one processed read. */
const INTERVALS_MAX = 10_000;

/** From when to when there is a past, milliseconds since 1970. */
export type Archive = () => { readonly from_ms: number; readonly to_ms: number };

type ReadNode = (
  context: unknown,
  node: HistoryReadValueId,
  details: HistoryReadDetails,
  ...rest: unknown[]
) => Promise<HistoryReadResult>;

/** To be called once, after initialize(). */
export function guardHistory(server: OPCUAServer, archive: Archive): void {
  const { addressSpaceAccessor: accessor } = server.engine as unknown as {
    addressSpaceAccessor: { historyReadNode: ReadNode };
  };
  const readNode: ReadNode = accessor.historyReadNode.bind(accessor);
  accessor.historyReadNode = async (context, node, details, ...rest) => {
    const only = (statusCode: StatusCode): HistoryReadResult => new HistoryReadResult({ statusCode });
    if (!hasPast(server, node.nodeId)) return only(StatusCodes.BadHistoryOperationUnsupported);
    if (details instanceof ReadRawModifiedDetails && details.isReadModified)
      return only(StatusCodes.BadHistoryOperationUnsupported);
    let asked = details;
    if (details instanceof ReadProcessedDetails) {
      const part = withinArchive(details, archive());
      if (part instanceof StatusCode) return only(part);
      asked = part;
    }
    const result = await readNode(context, node, asked, ...rest);
    const { dataValues } = (result.historyData ?? {}) as HistoryData;
    if (result.statusCode.isGood() && !dataValues?.length) result.statusCode = StatusCodes.GoodNoData;
    return result;
  };
}

function hasPast(server: OPCUAServer, nodeId: NodeId): boolean {
  const node = server.engine.addressSpace?.findNode(nodeId);
  // Of a node that is not there the library itself says so.
  if (!node) return true;
  return node.nodeClass === NodeClass.Variable && (node as unknown as { historizing: boolean }).historizing;
}

/** The part of a processed read for which there is a past, in whole intervals; a status when it cannot be answered. */
function withinArchive(
  { startTime, endTime, processingInterval, ...rest }: ReadProcessedDetails,
  { from_ms, to_ms }: ReturnType<Archive>,
): ReadProcessedDetails | StatusCode {
  if (!startTime || !endTime || !(processingInterval >= 0)) return StatusCodes.BadInvalidArgument;
  const [start_ms, end_ms] = [startTime.getTime(), endTime.getTime()];
  if (!(start_ms < end_ms)) return StatusCodes.BadInvalidArgument;
  const interval_ms = processingInterval || end_ms - start_ms;
  const skipped = Math.max(0, Math.ceil((from_ms - start_ms) / interval_ms));
  const first_ms = start_ms + skipped * interval_ms;
  const last_ms = Math.min(end_ms, to_ms);
  if (first_ms >= last_ms) return StatusCodes.GoodNoData;
  if ((last_ms - first_ms) / interval_ms > INTERVALS_MAX) return StatusCodes.BadInvalidArgument;
  return new ReadProcessedDetails({
    ...rest,
    startTime: new Date(first_ms),
    endTime: new Date(last_ms),
    processingInterval: interval_ms,
  });
}
