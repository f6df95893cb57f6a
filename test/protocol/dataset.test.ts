import { decode } from "cborg";
import { expect, test } from "vitest";
import { dataSetOfEvent, dataSetOfSample, encodeDataSet, type Encoding } from "../../src/protocol/dataset.ts";
import type { GroupDescription, UnitEvent, Value } from "../../src/protocol/port.ts";
import { fakeUnit } from "../support/fake-plant.ts";

const motion = fakeUnit("cnc-01").groups[0] as GroupDescription;
const sample = { group: "motion", tick: 1, time_s: 0.35, timestamp_ms: Date.UTC(2026, 0, 1) + 350 };
const writer = { publisher: "cnc-01", name: "motion", id: 1 };
const EVENT: UnitEvent = {
  unit: "cnc-01",
  number: 4,
  kind: "state",
  source: "machine-state",
  message: "Cutting after Idle",
  severity: 100,
  time_s: 1,
  timestamp_ms: Date.UTC(2026, 0, 1) + 1000,
  fields: { from: "Idle", to: "Cutting", cause: "start" },
};

const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);
const encode = (encoding: Encoding, values: readonly Value[], statuses: readonly number[], seq = 0) =>
  encodeDataSet(encoding, writer, dataSetOfSample(motion, { ...sample, values, statuses }), seq);

test("a good sample has its timestamp, its number, quality 0 and every value by name", () => {
  expect(text(encode("json", [8000, 31], [0, 0], 17))).toBe(
    '{"t":"2026-01-01T00:00:00.350Z","seq":17,"q":0,"v":{"spindle-speed":8000,"spindle-load":31}}',
  );
});

test("the quality names the signals that are not Good, with their status codes", () => {
  const payload = encode("json", [8000, 0], [0, 0x80000000]);
  expect(JSON.parse(text(payload))).toMatchObject({ q: { "spindle-load": 2147483648 } });
});

test("a number that JSON cannot write is null", () => {
  const payload = encode("json", [NaN, Infinity], [0, 0]);
  expect(JSON.parse(text(payload))).toMatchObject({ v: { "spindle-speed": null, "spindle-load": null } });
});

test("CBOR is the same object with a number for the time, shorter than JSON", () => {
  const payload = encode("cbor", [8000, 31.5], [0, 0x40000000], 17);
  expect(decode(payload)).toEqual({
    t: sample.timestamp_ms,
    seq: 17,
    q: { "spindle-load": 0x40000000 },
    v: { "spindle-speed": 8000, "spindle-load": 31.5 },
  });
  expect(payload.length).toBeLessThan(encode("json", [8000, 31.5], [0, 0x40000000], 17).length);
});

test("OPC UA JSON: a network message with one key frame", () => {
  expect(JSON.parse(text(encode("ua-json", [8000, 31], [0, 0], 17)))).toEqual({
    MessageId: `cnc-01/motion/${sample.timestamp_ms}/17`,
    MessageType: "ua-data",
    PublisherId: "cnc-01",
    Messages: [
      {
        DataSetWriterId: 1,
        DataSetWriterName: "motion",
        SequenceNumber: 17,
        Timestamp: "2026-01-01T00:00:00.350Z",
        MessageType: "ua-keyframe",
        Payload: { "spindle-speed": 8000, "spindle-load": 31 },
      },
    ],
  });
});

test("OPC UA JSON: the worst status is the message's, and a Bad field is null", () => {
  const payload = encode("ua-json", [8000, 31], [0x40000000, 0x80000000]);
  expect(JSON.parse(text(payload))).toMatchObject({
    Messages: [{ Status: { Code: 0x80000000 }, Payload: { "spindle-speed": 8000, "spindle-load": null } }],
  });
});

test("an event has its number, its kind and what its kind adds", () => {
  const payload = encodeDataSet("json", { ...writer, name: "state" }, dataSetOfEvent(EVENT), 2);
  expect(JSON.parse(text(payload))).toEqual({
    t: "2026-01-01T00:00:01.000Z",
    seq: 2,
    q: 0,
    v: {
      ...{ event: 4, kind: "state", source: "machine-state", message: "Cutting after Idle", severity: 100 },
      ...{ from: "Idle", to: "Cutting", cause: "start" },
    },
  });
  const ua = encodeDataSet("ua-json", { ...writer, name: "state" }, dataSetOfEvent(EVENT), 2);
  expect(JSON.parse(text(ua))).toMatchObject({ Messages: [{ MessageType: "ua-event" }] });
});
