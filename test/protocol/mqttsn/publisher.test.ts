/** What a device makes of its unit: streams, topics, numbers, splitting. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RandomKey } from "../../../src/engine/random.ts";
import { STREAMS } from "../../../src/protocol/dataset.ts";
import type { UnitDescription, UnitEvent } from "../../../src/protocol/port.ts";
import { DEVICE_DEFAULTS } from "../../../src/protocol/mqttsn/device-options.ts";
import { type Emission, Publisher, type PublisherOptions } from "../../../src/protocol/mqttsn/publisher.ts";
import { streamsOf, topicOf } from "../../../src/protocol/mqttsn/streams.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";

let plant: FakePlant;
let emissions: Emission[];
let lines: string[];

const unit = (): UnitDescription => plant.units[0]!;

function start(options: Partial<PublisherOptions> = {}): Publisher {
  const all = { ...DEVICE_DEFAULTS, log: (line: string) => lines.push(line), ...options };
  const publisher = new Publisher(plant, unit(), streamsOf(unit(), STREAMS), all, String, (emission) =>
    emissions.push(emission),
  );
  publisher.start();
  return publisher;
}

interface Payload {
  readonly seq: number;
  readonly v: Readonly<Record<string, unknown>>;
}

/** What was emitted since the last look. */
const taken = (): { stream: string; payload: Payload; intended_ms: number | undefined }[] =>
  emissions.splice(0).map(({ stream, data, intended_ms }) => ({
    stream: stream.name,
    payload: JSON.parse(new TextDecoder().decode(data)) as Payload,
    intended_ms,
  }));

const event = (kind: UnitEvent["kind"], number: number): UnitEvent => ({
  unit: "cnc-01",
  number,
  kind,
  source: "it",
  message: "something",
  severity: 100,
  time_s: 0,
  timestamp_ms: Date.UTC(2026, 0, 1),
  fields: { from: "Idle" },
});

beforeEach(() => {
  plant = new FakePlant([fakeUnit("cnc-01")]);
  emissions = [];
  lines = [];
});

afterEach(() => {
  vi.useRealTimers();
});

test("topics follow the template", () => {
  expect(topicOf("{plant}/{group}/{unit}/{stream}", "works", unit(), "motion")).toBe(
    "works/machining/cnc-01/motion",
  );
  expect(topicOf("x/{unit}/{stream}/{unknown}", "works", unit(), "state")).toBe("x/cnc-01/state/{unknown}");
});

test("every stream has its own messages with its own numbers", () => {
  start();
  plant.emit("cnc-01", "motion", [1, 1]);
  plant.emit("cnc-01", "thermal", [1]);
  plant.emit("cnc-01", "motion", [2, 2]);
  const kinds = ["state", "condition", "production", "tool-change", "job"] as const;
  kinds.forEach((kind, i) => plant.happen(event(kind, i)));
  expect(taken().map(({ stream, payload }) => [stream, payload.seq])).toEqual([
    ["motion", 0],
    ["thermal", 0],
    ["motion", 1],
    ["state", 0],
    ["alarms", 0],
    ["production", 0],
    ["production", 1],
    ["production", 2],
  ]);
});

test("on change: a tick that says nothing new is left out", () => {
  start({ publish: "change" });
  for (const speed of [1, 1, 2, 2, 1]) plant.emit("cnc-01", "motion", [speed, 0]);
  expect(taken().map(({ payload }) => payload.v["spindle-speed"])).toEqual([1, 2, 1]);
});

test("at an interval: the last tick, at a phase that the seed chooses, however late the timer is", () => {
  vi.useFakeTimers();
  const random = RandomKey.root(7);
  const phase_ms = random.child("motion").uniform(0) * 1000;
  const begin_ms = performance.now();
  const publisher = start({ publish: { interval_ms: 1000 }, random });
  plant.emit("cnc-01", "motion", [5, 5]);
  vi.advanceTimersByTime(3000);
  const motion = taken().filter(({ stream }) => stream === "motion");
  expect(motion.map(({ intended_ms }) => intended_ms! - begin_ms)).toEqual(
    [0, 1, 2].map((n) => expect.closeTo(phase_ms + n * 1000, 6) as number),
  );
  publisher.stop();
  vi.advanceTimersByTime(3000);
  expect(taken()).toEqual([]);
});

test("a group that is too long for a message is split, which is said once", () => {
  start({ payloadLimit: 80 });
  plant.emit("cnc-01", "motion", [8000, 31]);
  plant.emit("cnc-01", "motion", [8001, 32]);
  expect(taken().map(({ payload }) => [payload.seq, payload.v])).toEqual([
    [0, { "spindle-speed": 8000 }],
    [1, { "spindle-load": 31 }],
    [2, { "spindle-speed": 8001 }],
    [3, { "spindle-load": 32 }],
  ]);
  expect(lines).toEqual(["MQTT-SN cnc-01: motion is split over 2 messages, none above 80 octets"]);
});

test("a value that is too long by itself is left out and counted, the others are not", () => {
  const publisher = start({ payloadLimit: 90 });
  plant.emit("cnc-01", "status", ["O".repeat(100), 7, true]);
  const { payload } = taken()[0]!;
  expect(payload.v).toMatchObject({ "parts-produced": 7 });
  expect(publisher.oversized).toBe(1);
});

test("a source timestamp of this machine's clock is when a message should have gone out", () => {
  start({ isWallTime: true });
  const { timestamp_ms } = plant.emit("cnc-01", "thermal", [1]);
  expect(taken()[0]!.intended_ms).toBe(timestamp_ms - performance.timeOrigin);
});
