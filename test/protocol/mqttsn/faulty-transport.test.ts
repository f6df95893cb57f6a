import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RandomKey } from "../../../src/engine/random.ts";
import { Broker } from "../../../src/protocol/mqtt/broker.ts";
import { Device } from "../../../src/protocol/mqttsn/device.ts";
import { FaultyTransport, type LinkFaults } from "../../../src/protocol/mqttsn/faulty-transport.ts";
import { Gateway } from "../../../src/protocol/mqttsn/gateway.ts";
import { UdpTransport } from "../../../src/protocol/mqttsn/transport.ts";
import { FakePlant, fakeUnit } from "../../support/fake-plant.ts";
import { MemoryTransport } from "../../support/memory-transport.ts";
import { North } from "../../support/north.ts";

const COUNT = 400;
/** Datagram n begins with its length and ends with its number. */
const datagram = (n: number): Uint8Array => Uint8Array.of(6, 0x0c, 7, 7, n >> 8, n & 0xff);
const numbers = (datagrams: readonly Uint8Array[]): number[] =>
  datagrams.map((it) => (it.at(-2) ?? 0) * 256 + (it.at(-1) ?? 0));

async function link(faults: LinkFaults, seed: number | string = 1) {
  const wire = new MemoryTransport();
  const heard: Uint8Array[] = [];
  const transport = new FaultyTransport(wire, faults, RandomKey.root(seed).stream());
  await transport.open((it) => heard.push(it));
  return { wire, transport, heard };
}

/** What comes out of sending so many. */
async function sendMany(faults: LinkFaults, seed?: number) {
  const { wire, transport } = await link(faults, seed);
  for (let n = 0; n < COUNT; n++) transport.send(datagram(n));
  return { sent: wire.sent, counters: transport.faultCounters, transport };
}

const ALL = Array.from({ length: COUNT }, (_, n) => n);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("each fault", () => {
  test("without any, every datagram passes as it is", async () => {
    const { sent } = await sendMany({});
    expect(numbers(sent)).toEqual(ALL);
  });

  test("drop, by its share", async () => {
    const { sent, counters } = await sendMany({ drop: 0.25 });
    expect(sent.length + counters.dropped).toBe(COUNT);
    expect(counters.dropped).toBeGreaterThan(COUNT * 0.15);
    expect(counters.dropped).toBeLessThan(COUNT * 0.35);
  });

  test("duplicate, side by side", async () => {
    const { sent, counters } = await sendMany({ duplicate: 0.2 });
    expect(sent).toHaveLength(COUNT + counters.duplicated);
    expect([...new Set(numbers(sent))]).toEqual(ALL);
  });

  test("reorder: all arrive, some after the next one, the last one after a while", async () => {
    const { sent, counters } = await sendMany({ reorder: 0.2 });
    vi.runAllTimers();
    expect(counters.reordered).toBeGreaterThan(0);
    expect(numbers(sent)).not.toEqual(ALL);
    expect(numbers(sent).toSorted((a, b) => a - b)).toEqual(ALL);
  });

  test("corrupt: as long as before, one octet differs, and the sender's own octets do not", async () => {
    const original = datagram(5);
    const { wire, transport } = await link({ corrupt: 1 });
    transport.send(original);
    expect(original).toEqual(datagram(5));
    const differing = [...wire.sent[0]!].filter((octet, i) => octet !== original[i]);
    expect(differing).toHaveLength(1);
  });

  test("truncate and wrong length", async () => {
    const { sent } = await sendMany({ truncate: 1 });
    expect(sent.every(({ length }) => length < 6)).toBe(true);
    const wrong = await sendMany({ wrongLength: 1 });
    expect(wrong.sent.every(([length]) => length !== 6)).toBe(true);
  });

  test("delay with jitter: nothing at once, everything in the end, later ones may overtake", async () => {
    const { sent } = await sendMany({ delay: { fixed_ms: 100, jitter_ms: 50 } });
    vi.advanceTimersByTime(99);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(52);
    expect(numbers(sent)).not.toEqual(ALL);
    expect(numbers(sent).toSorted((a, b) => a - b)).toEqual(ALL);
  });

  test("silence in both directions, until it is over", async () => {
    const { wire, transport, heard } = await link({ silence: true });
    transport.send(datagram(1));
    wire.hear(datagram(2));
    transport.outgoing = {};
    transport.incoming = {};
    transport.send(datagram(3));
    wire.hear(datagram(4));
    expect([numbers(wire.sent), numbers(heard)]).toEqual([[3], [4]]);
    expect(transport.faultCounters.silenced).toBe(2);
  });

  test("flood: noise before each datagram", async () => {
    const { sent, counters } = await sendMany({ flood: 3 });
    expect(sent).toHaveLength(COUNT * 4);
    expect(counters.flooded).toBe(COUNT * 3);
  });

  test("what comes in has faults as well", async () => {
    const { wire, transport, heard } = await link({ drop: 1 });
    wire.hear(datagram(1));
    expect(heard).toEqual([]);
    expect(transport.faultCounters.dropped).toBe(1);
  });

  test("address change: the wire is opened anew, and what comes then is heard", async () => {
    const { wire, transport, heard } = await link({});
    await transport.changeAddress();
    expect(wire.opened).toBe(2);
    wire.hear(datagram(9));
    expect(numbers(heard)).toEqual([9]);
    await transport.close();
    await transport.changeAddress();
    expect(wire.opened).toBe(2);
  });
});

test("the same seed has the same faults, another one has others", async () => {
  const faults = { drop: 0.1, duplicate: 0.1, corrupt: 0.1, truncate: 0.1, reorder: 0.1 };
  const [one, again, other] = [
    await sendMany(faults, 7),
    await sendMany(faults, 7),
    await sendMany(faults, 8),
  ];
  expect(one.sent).toEqual(again.sent);
  expect(one.sent).not.toEqual(other.sent);
});

test("what waited is gone with the transport", async () => {
  const { sent, transport } = await sendMany({ delay: { fixed_ms: 10, jitter_ms: 0 } });
  await transport.close();
  vi.runAllTimers();
  expect(sent).toEqual([]);
});

test("a device over a bad link: every message arrives, first arrivals in order, and garbage hurts nobody", async () => {
  vi.useRealTimers();
  const broker = new Broker({ port: 0 });
  await broker.start();
  const north = await North.subscribe(broker.url, "taktwerk/#");
  const gateway = new Gateway({ port: 0, broker: broker.url });
  await gateway.start();
  const plant = new FakePlant([fakeUnit("cnc-01")]);
  const faults = { drop: 0.05, duplicate: 0.05, truncate: 0.05, wrongLength: 0.05, flood: 1 };
  const device = new Device(plant, plant.units[0]!, {
    gateways: [{ host: "127.0.0.1", port: gateway.port }],
    streams: ["telemetry"],
    session: { retry_ms: 20, retries: 20 },
    stopDeadline_ms: 5_000,
    transport: ({ host, port }) =>
      new FaultyTransport(new UdpTransport(host, port), faults, RandomKey.root(3).stream()),
  });
  await device.start();
  for (let i = 0; i < 60; i++) plant.emit("cnc-01", "motion", [i, i]);
  // QoS 1 is "at least once": what the link doubles may arrive twice.
  const seqs = new Set<number>();
  while (seqs.size < 60) {
    const [arrival] = await north.take(1);
    seqs.add((JSON.parse(arrival!.payload) as { seq: number }).seq);
  }
  expect([...seqs]).toEqual(Array.from({ length: 60 }, (_, i) => i));
  await device.stop();
  expect(device.counters()).toMatchObject({ suppressed: 0, unconfirmed: 0 });
  expect(device.counters().retransmitted).toBeGreaterThan(0);
  expect(gateway.counters().malformed).toBeGreaterThan(0);
  await gateway.stop();
  await north.end();
  await broker.stop();
});
