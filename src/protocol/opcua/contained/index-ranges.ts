/**
 * The library takes ":" and "1," for ranges whose bounds are no numbers, and throws where it applies them. They are
 * made invalid ones before it looks, which it answers with BadIndexRangeInvalid (OPC 10000-4, 7.27).
 */
import {
  CreateMonitoredItemsRequest,
  HistoryReadRequest,
  NumericRange,
  ReadRequest,
  WriteRequest,
} from "node-opcua";

type Ranged = { indexRange: NumericRange };

export function amendRanges(request: unknown): void {
  for (const ranged of rangedIn(request)) {
    const { indexRange } = ranged;
    if (indexRange.isEmpty() || !indexRange.isValid()) continue;
    const bounds: unknown[] = [indexRange.value].flat(2);
    if (!bounds.every(Number.isSafeInteger)) ranged.indexRange = new NumericRange("not a range");
  }
}

function rangedIn(request: unknown): readonly Ranged[] {
  if (request instanceof ReadRequest || request instanceof HistoryReadRequest)
    return request.nodesToRead ?? [];
  if (request instanceof WriteRequest) return request.nodesToWrite ?? [];
  if (request instanceof CreateMonitoredItemsRequest)
    return (request.itemsToCreate ?? []).map(({ itemToMonitor }) => itemToMonitor);
  return [];
}
