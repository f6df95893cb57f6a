/**
 * Payloads: what a message carries of one poll group's tick, whatever the protocol around it.
 *
 * JSON, one object a message:
 *
 *     {"t":"2026-01-01T00:00:00.350Z","seq":17,"q":0,"v":{"spindle-speed":8000,"spindle-load":31}}
 *
 * - `t`: the tick's source timestamp, ISO 8601, UTC, milliseconds
 * - `seq`: a counter per topic without gaps, from 0; a gap behind a gateway is a lost message
 * - `q`: 0 when every signal is Good, else the OPC UA status code of each that is not: {"spindle-load":2147483648}
 * - `v`: every signal's value by its id; null for a number that JSON cannot write (NaN, infinite)
 */
import type { GroupDescription, GroupSample, StatusCode } from "./port.ts";

const TEXT = new TextEncoder();

/**
 * One tick as UTF-8 JSON.
 *
 * @param group   the group that the sample is a tick of; gives the ids in the sample's order
 * @param sample  values and statuses as the port delivers them
 * @param seq     the message's number on its topic
 */
export function encodeJson(group: GroupDescription, sample: GroupSample, seq: number): Uint8Array {
  const ids = group.signals.map((signal) => signal.id);
  const bad = ids.flatMap((id, i): [string, StatusCode][] => {
    const status = sample.statuses[i] ?? 0;
    return status === 0 ? [] : [[id, status]];
  });
  return TEXT.encode(
    JSON.stringify({
      t: new Date(sample.timestamp_ms).toISOString(),
      seq,
      q: bad.length === 0 ? 0 : Object.fromEntries(bad),
      v: Object.fromEntries(ids.map((id, i) => [id, sample.values[i]])),
    }),
  );
}
