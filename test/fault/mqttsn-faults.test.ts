/** Each fault of an MQTT-SN link, in the datagrams that pass. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RandomKey } from "../../src/engine/random.ts";
import { MQTTSN_FAULTS } from "../../src/fault/catalogue.ts";
import type { WireEffect, WireFaultParameters } from "../../src/fault/wire-fault-kind.ts";
import { FaultyLink } from "../../src/protocol/mqttsn/faulty-link.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

const COUNT = 1000;
const datagram = (n: number): Uint8Array => Uint8Array.of(6, 0x0c, 7, 7, n >> 8, n & 0xff);
const ALL = Array.from({ length: COUNT }, (_, n) => n);
/** The number at the end of each that is not damaged, -1 for one that is. */
const numbers = (datagrams: readonly Uint8Array[]): number[] =>
  datagrams.map((it) => {
    const n = it[4]! * 256 + it[5]!;
    return n < COUNT && datagram(n).every((octet, i) => it[i] === octet) ? n : -1;
  });

const tested = new Set<string>();

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A link with a device at one end and a gateway at the other. */
async function link() {
  const wire = new MemoryTransport();
  const faulty = new FaultyLink(RandomKey.root("link").stream());
  const transport = faulty.wrap(wire);
  const heard: Uint8Array[] = [];
  await transport.open((it) => heard.push(it));
  /** What arrives of so many in each direction; with `wait_ms`, after that time. */
  const pass = async (wait_ms = 0) => {
    wire.sent.length = 0;
    heard.length = 0;
    for (const n of ALL) {
      transport.send(datagram(n));
      wire.hear(datagram(n));
    }
    await vi.advanceTimersByTimeAsync(wait_ms);
    return { toGateway: numbers(wire.sent), fromGateway: numbers(heard) };
  };
  const begin = (id: string, given: WireFaultParameters = {}): Promise<WireEffect> => {
    tested.add(id);
    const kind = MQTTSN_FAULTS.find((it) => it.id === id)!;
    return kind.begin(faulty, kind.parameters.parse(given));
  };
  return { faulty, transport, heard, wire, pass, begin };
}

/** Within a quarter of what is to be expected. */
const isAbout = (count: number, expected: number): boolean => Math.abs(count - expected) < expected / 4;

describe("each kind has its effect, and none of it is left afterwards", () => {
  test("datagram-loss", async () => {
    const { pass, begin } = await link();
    const effect = await begin("datagram-loss", { ratio: 0.3 });
    const { toGateway, fromGateway } = await pass();
    expect([isAbout(COUNT - toGateway.length, 300), isAbout(COUNT - fromGateway.length, 300)]).toEqual([
      true,
      true,
    ]);
    await effect.clear();
    expect(await pass()).toEqual({ toGateway: ALL, fromGateway: ALL });
  });

  test("datagram-duplicate", async () => {
    const { pass, begin } = await link();
    const effect = await begin("datagram-duplicate", { ratio: 0.2, direction: "to-gateway" });
    const { toGateway, fromGateway } = await pass();
    expect(isAbout(toGateway.length - COUNT, 200)).toBe(true);
    expect([...new Set(toGateway)]).toEqual(ALL);
    expect(fromGateway).toEqual(ALL);
    await effect.clear();
    expect((await pass()).toGateway).toEqual(ALL);
  });

  test("datagram-reorder", async () => {
    const { pass, begin } = await link();
    const effect = await begin("datagram-reorder", { ratio: 0.5, direction: "from-gateway" });
    const { toGateway, fromGateway } = await pass(100);
    expect(toGateway).toEqual(ALL);
    expect(fromGateway).not.toEqual(ALL);
    expect([...fromGateway].sort((a, b) => a - b)).toEqual(ALL);
    await effect.clear();
    expect((await pass()).fromGateway).toEqual(ALL);
  });

  test("datagram-corrupt", async () => {
    const { pass, begin } = await link();
    const effect = await begin("datagram-corrupt", { ratio: 0.2 });
    const { toGateway } = await pass();
    expect(toGateway).toHaveLength(COUNT);
    expect(isAbout(toGateway.filter((n, i) => n !== i).length, 200)).toBe(true);
    await effect.clear();
    expect((await pass()).toGateway).toEqual(ALL);
  });

  test("datagram-delay", async () => {
    const { pass, begin } = await link();
    const effect = await begin("datagram-delay", { delay_ms: 100, jitter_ms: 50 });
    expect((await pass(99)).toGateway).toEqual([]);
    const { toGateway } = await pass(150);
    expect(toGateway.length).toBeGreaterThanOrEqual(COUNT);
    expect(toGateway.slice(-COUNT)).not.toEqual(ALL);
    await effect.clear();
    expect((await pass()).toGateway).toEqual(ALL);
  });

  test("partition, of one way or of both", async () => {
    const { pass, begin } = await link();
    const deaf = await begin("partition", { direction: "from-gateway" });
    expect(await pass()).toEqual({ toGateway: ALL, fromGateway: [] });
    const both = await begin("partition");
    expect(await pass()).toEqual({ toGateway: [], fromGateway: [] });
    await deaf.clear();
    expect(await pass()).toEqual({ toGateway: [], fromGateway: [] });
    await both.clear();
    expect(await pass()).toEqual({ toGateway: ALL, fromGateway: ALL });
  });
});

test("what overlaps adds: two losses leave what passes both", async () => {
  const { pass, begin } = await link();
  await begin("datagram-loss", { ratio: 0.5 });
  const second = await begin("datagram-loss", { ratio: 0.5 });
  expect(isAbout((await pass()).toGateway.length, 250)).toBe(true);
  await second.clear();
  expect(isAbout((await pass()).toGateway.length, 500)).toBe(true);
});

test("what is there goes with the device to another gateway", async () => {
  const { faulty, begin } = await link();
  const effect = await begin("partition");
  const other = new MemoryTransport();
  const transport = faulty.wrap(other);
  await transport.open(() => undefined);
  transport.send(datagram(1));
  expect(other.sent).toEqual([]);
  await effect.clear();
  transport.send(datagram(2));
  expect(numbers(other.sent)).toEqual([2]);
});

test("no kind goes without a test", () => {
  expect(MQTTSN_FAULTS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
});
