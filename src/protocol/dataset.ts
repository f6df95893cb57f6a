/**
 * Payloads: what a message carries of one poll group's tick or of one event, whatever the protocol around it.
 *
 * `json`, one object a message:
 *
 *     {"t":"2026-01-01T00:00:00.350Z","seq":17,"q":0,"v":{"spindle-speed":8000,"spindle-load":31}}
 *
 * - `t`: source timestamp, ISO 8601, UTC, milliseconds
 * - `seq`: a counter per topic without gaps, from 0; a gap behind a gateway is a lost message
 * - `q`: 0 when every value is Good, else the OPC UA status code of each that is not: {"spindle-load":2147483648}
 * - `v`: every value by its id; null where its status is Bad, and for a number that JSON cannot write (NaN, infinite)
 *
 * `cbor` (RFC 8949): the same object, `t` as milliseconds since 1970.
 *
 * `ua-json`: a NetworkMessage of OPC UA Part 14 (7.2.5) with one DataSetMessage: the writer is the stream, fields are
 * RawData, `Status` is the worst of its fields' and missing when Good, and a field whose status is Bad is null.
 */
import { decode as decodeCbor, encode as encodeCbor } from "cborg";
import type { GroupDescription, GroupSample, StatusCode, UnitEvent, Value } from "./port.ts";

export const ENCODINGS = ["json", "ua-json", "cbor"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What a unit says: each of its poll groups, and three logs of its events. */
export const STREAMS = ["telemetry", "state", "alarms", "production"] as const;
export type StreamKind = (typeof STREAMS)[number];

/** One value of a message. */
export interface Field {
  readonly id: string;
  readonly value: Value;
  readonly status: StatusCode;
}

/** What a message says, before it is octets. */
export interface DataSet {
  readonly kind: "sample" | "event";
  /** Source timestamp, milliseconds since 1970 */
  readonly timestamp_ms: number;
  readonly fields: readonly Field[];
}

/** Who says it. */
export interface DataSetWriter {
  /** The unit's name, unique in the plant */
  readonly publisher: string;
  /** The stream, unique within the unit */
  readonly name: string;
  /** From 1, unique within the unit */
  readonly id: number;
}

/**
 * A tick as a data set.
 *
 * @param group   the group that the sample is a tick of; gives the ids in the sample's order
 * @param sample  values and statuses as the port delivers them
 */
export function dataSetOfSample(group: GroupDescription, sample: GroupSample): DataSet {
  const fields = group.signals.map(({ id }, i) => ({
    id,
    value: sample.values[i]!,
    status: sample.statuses[i] ?? 0,
  }));
  return { kind: "sample", timestamp_ms: sample.timestamp_ms, fields };
}

/** An event as a data set: its number within the unit, what happened to what, and what its kind adds. */
export function dataSetOfEvent(event: UnitEvent): DataSet {
  const { number, kind, source, message, severity, timestamp_ms, fields } = event;
  const values = { event: number, kind, source, message, severity, ...fields };
  return {
    kind: "event",
    timestamp_ms,
    fields: Object.entries(values).map(([id, value]) => ({ id, value, status: 0 })),
  };
}

/** The number on its topic that a message says, whatever its encoding; undefined when it says none. */
export function sequenceOf(data: Uint8Array): number | undefined {
  try {
    const isJson = data[0] === OPENING_BRACE;
    const said: unknown = isJson ? JSON.parse(Buffer.from(data).toString()) : decodeCbor(data);
    const { seq, Messages: [message] = [] } = said as {
      seq?: unknown;
      Messages?: { SequenceNumber?: unknown }[];
    };
    const number = seq ?? message?.SequenceNumber;
    return Number.isSafeInteger(number) ? (number as number) : undefined;
  } catch {
    return undefined;
  }
}

const OPENING_BRACE = 0x7b;

/** A message's octets. @param seq  its number on its topic, from 0 */
export function encodeDataSet(
  encoding: Encoding,
  writer: DataSetWriter,
  dataSet: DataSet,
  seq: number,
): Uint8Array {
  if (encoding === "ua-json") return TEXT.encode(JSON.stringify(networkMessage(writer, dataSet, seq)));
  // Plain loops: this is what a fleet does ten thousand times a second.
  let q: 0 | Record<string, StatusCode> = 0;
  const v: Record<string, Value | null> = {};
  for (const { id, value, status } of dataSet.fields) {
    v[id] = status >= BAD ? null : value;
    if (status === 0) continue;
    q = q === 0 ? {} : q;
    q[id] = status;
  }
  if (encoding === "cbor") return encodeCbor({ t: dataSet.timestamp_ms, seq, q, v });
  return TEXT.encode(JSON.stringify({ t: new Date(dataSet.timestamp_ms).toISOString(), seq, q, v }));
}

const TEXT = new TextEncoder();

/** OPC UA Part 4, 7.39: the two upper bits are the severity, and 10 is Bad. */
const BAD = 0x8000_0000;

/** OPC UA Part 14, 7.2.5.3 and 7.2.5.4. The id is unique as long as a publisher does not begin anew with one writer. */
function networkMessage({ publisher, name, id }: DataSetWriter, dataSet: DataSet, seq: number): unknown {
  const status = Math.max(...dataSet.fields.map((field) => field.status));
  const message = {
    DataSetWriterId: id,
    DataSetWriterName: name,
    SequenceNumber: seq,
    Timestamp: new Date(dataSet.timestamp_ms).toISOString(),
    ...(status === 0 ? {} : { Status: { Code: status } }),
    MessageType: dataSet.kind === "event" ? "ua-event" : "ua-keyframe",
    Payload: Object.fromEntries(
      dataSet.fields.map((field) => [field.id, field.status >= BAD ? null : field.value]),
    ),
  };
  const MessageId = `${publisher}/${name}/${dataSet.timestamp_ms}/${seq}`;
  return { MessageId, MessageType: "ua-data", PublisherId: publisher, Messages: [message] };
}
