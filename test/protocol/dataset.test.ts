import { expect, test } from "vitest";
import { encodeJson } from "../../src/protocol/dataset.ts";
import type { GroupDescription } from "../../src/protocol/port.ts";
import { fakeUnit } from "../support/fake-plant.ts";

const motion = fakeUnit("cnc-01").groups[0] as GroupDescription;
const sample = { group: "motion", tick: 1, time_s: 0.35, timestamp_ms: Date.UTC(2026, 0, 1) + 350 };
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

test("a good sample has its timestamp, its number, quality 0 and every value by name", () => {
  const payload = encodeJson(motion, { ...sample, values: [8000, 31], statuses: [0, 0] }, 17);
  expect(text(payload)).toBe(
    '{"t":"2026-01-01T00:00:00.350Z","seq":17,"q":0,"v":{"spindle-speed":8000,"spindle-load":31}}',
  );
});

test("the quality names the signals that are not Good, with their status codes", () => {
  const payload = encodeJson(motion, { ...sample, values: [8000, 0], statuses: [0, 0x80000000] }, 0);
  expect(JSON.parse(text(payload))).toMatchObject({ q: { "spindle-load": 2147483648 } });
});

test("a number that JSON cannot write is null", () => {
  const payload = encodeJson(motion, { ...sample, values: [NaN, Infinity], statuses: [0, 0] }, 0);
  expect(JSON.parse(text(payload))).toMatchObject({ v: { "spindle-speed": null, "spindle-load": null } });
});
