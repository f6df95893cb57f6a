/** What a server with a wrong clock answers: every time of its own is off. */
import {
  DataChangeNotification,
  DataValue,
  PublishResponse,
  ReadResponse,
  StatusCodes,
  type ExtensionObject,
  type Response,
} from "node-opcua";

const shifted = <T extends Date | null | undefined>(time: T, skew_ms: number): T =>
  (time ? new Date(time.getTime() + skew_ms) : time) as T;

function shiftedValue(original: DataValue, skew_ms: number): DataValue {
  const value = original.clone();
  value.serverTimestamp = shifted(value.serverTimestamp, skew_ms);
  return value;
}

/**
 * The answer with header, server timestamps and publish time off by so much; the given one, of which the server may
 * keep parts to send them again, stays as it is.
 */
export function skewed(response: Response, skew_ms: number): Response {
  const { responseHeader } = response;
  responseHeader.timestamp = shifted(responseHeader.timestamp, skew_ms);
  if (response instanceof ReadResponse && response.results)
    response.results = response.results.map((value) => shiftedValue(value, skew_ms));
  if (response instanceof PublishResponse && responseHeader.serviceResult.equals(StatusCodes.Good))
    response.notificationMessage = message(response.notificationMessage, skew_ms);
  return response;
}

function message(
  original: PublishResponse["notificationMessage"],
  skew_ms: number,
): PublishResponse["notificationMessage"] {
  const copy = Object.create(original) as PublishResponse["notificationMessage"];
  copy.publishTime = shifted(original.publishTime, skew_ms);
  copy.notificationData = (original.notificationData ?? []).map((data) => notification(data, skew_ms));
  return copy;
}

function notification(data: ExtensionObject | null, skew_ms: number): ExtensionObject | null {
  if (!(data instanceof DataChangeNotification)) return data;
  const monitoredItems = (data.monitoredItems ?? []).map(({ clientHandle, value }) => ({
    clientHandle,
    value: shiftedValue(value, skew_ms),
  }));
  return new DataChangeNotification({ monitoredItems, diagnosticInfos: data.diagnosticInfos });
}
