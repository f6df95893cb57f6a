/** Gateways that answer late, and gateways that forget, by the tests' own time. */
import { performance } from "node:perf_hooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Device } from "../../../src/protocol/mqttsn/device.ts";
import type { SessionEvent } from "../../../src/protocol/mqttsn/session-options.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";
import { MemoryGateway } from "../../support/memory-gateway.ts";

const RETRY_MS = 1_000;
const RETRIES = 4;
/** Later than T_retry and its first repeat, but before N_retry is exhausted. */
const LATE_MS = 2_500;
const REPEATS = Math.floor(LATE_MS / RETRY_MS);
const COUNT = 5;
const MINUTE_MS = 60_000;

let gateway: MemoryGateway;
let plant: FakePlant;
let events: SessionEvent["kind"][];

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(performance, "now").mockImplementation(() => Date.now());
  gateway = new MemoryGateway();
  plant = new FakePlant([fakeUnit("cnc-01")]);
  events = [];
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function startDevice(qos: 0 | 1 | 2): Promise<Device> {
  const device = new Device(plant, plant.units[0]!, {
    gateways: [{ host: "memory", port: 1 }],
    streams: ["telemetry"],
    qos,
    session: { retry_ms: RETRY_MS, retries: RETRIES, backoff_ms: 500, keepAlive_s: 40 },
    startDeadline_ms: MINUTE_MS,
    stopDeadline_ms: MINUTE_MS,
    transport: () => gateway,
    onEvent: ({ kind }) => events.push(kind),
  });
  const started = device.start();
  await vi.advanceTimersByTimeAsync(MINUTE_MS / 2);
  await started;
  return device;
}

async function stop(device: Device): Promise<void> {
  const stopped = device.stop();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  await stopped;
}

function emit(from: number, to: number): void {
  for (let i = from; i < to; i++) plant.emit("cnc-01", "thermal", [i]);
}

const seqs = (): number[] => gateway.forwarded.map((it) => (JSON.parse(it) as { seq: number }).seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("later than T_retry, before N_retry is exhausted", () => {
  test.each([
    // Each step of an exchange is repeated until its answer is there: PUBLISH, at QoS 2 PUBREL as well.
    { qos: 1, steps: 1 },
    { qos: 2, steps: 2 },
  ] as const)("every answer, QoS $qos: nothing is lost, doubled or disconnected", async ({ qos, steps }) => {
    gateway.late_ms = LATE_MS;
    const device = await startDevice(qos);
    const setup = device.counters();
    // CONNECT and the three REGISTERs are late as well.
    expect(setup).toMatchObject({ connects: 1, lost: 0, retransmitted: 4 * REPEATS });
    emit(0, COUNT);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(seqs()).toEqual(upTo(COUNT));
    const counters = device.counters();
    expect(counters).toMatchObject({ offered: COUNT, published: COUNT, acknowledged: COUNT, pending: 0 });
    expect(counters).toMatchObject({ suppressed: 0, unconfirmed: 0, rejected: 0, republished: 0 });
    expect(counters).toMatchObject({ connects: 1, reconnects: 0, lost: 0, malformed: 0 });
    const repeats = COUNT * steps * REPEATS;
    expect(gateway.books).toMatchObject({ duplicates: COUNT * REPEATS, undelivered: 0 });
    expect(counters.retransmitted - setup.retransmitted).toBeGreaterThanOrEqual(repeats);
    // Every repeat is answered, later still; what nobody waits for any more is counted and does nothing.
    expect(counters.unexpected).toBeGreaterThanOrEqual(repeats);
    await stop(device);
    expect(device.counters()).toMatchObject({ acknowledged: COUNT, unconfirmed: 0, lost: 0 });
    expect(events).not.toContain("lost");
  });

  test.each([1, 2] as const)("the broker behind it, QoS %i: repeats are not published again", async (qos) => {
    const device = await startDevice(qos);
    gateway.brokerLate_ms = LATE_MS;
    emit(0, COUNT);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(seqs()).toEqual(upTo(COUNT));
    // A repeat of what is in flight has no answer of its own, so that nothing is unexpected.
    expect(device.counters()).toMatchObject({
      acknowledged: COUNT,
      retransmitted: COUNT * REPEATS,
      unexpected: 0,
      connects: 1,
      lost: 0,
    });
    expect(gateway.books.duplicates).toBe(COUNT * REPEATS);
    await stop(device);
  });
});

describe("a gateway that forgets its sessions and tells nobody", () => {
  test.each([1, 2] as const)(
    "QoS %i: back within T_retry of the next message, which is not lost",
    async (qos) => {
      const device = await startDevice(qos);
      emit(0, 2);
      await vi.advanceTimersByTimeAsync(RETRY_MS);
      gateway.forget();
      emit(2, COUNT);
      await vi.advanceTimersByTimeAsync(RETRY_MS);
      expect(seqs()).toEqual(upTo(COUNT));
      expect(device.counters()).toMatchObject({
        acknowledged: COUNT,
        published: COUNT,
        republished: 1,
        retransmitted: 0,
        reconnects: 1,
        lost: 1,
        pending: 0,
      });
      await stop(device);
      expect(device.counters()).toMatchObject({ offered: COUNT, suppressed: 0, unconfirmed: 0 });
    },
  );

  test("an idle device learns it by its PINGREQ, before its keep-alive is over", async () => {
    const device = await startDevice(1);
    gateway.forget();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(device.counters()).toMatchObject({ reconnects: 1, lost: 1 });
    emit(0, 1);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(seqs()).toEqual([0]);
    await stop(device);
  });
});
