/*
 * The device side of `npm run bench -- mqttsn`, a process: devices as a fleet has them, each with a socket and a unit
 * whose ticks come at the rate that is asked for; or one session and one bare socket that send as fast as they can.
 */
import { createSocket } from "node:dgram";
import { RandomKey } from "../src/engine/random.ts";
import { Device } from "../src/protocol/mqttsn/device.ts";
import type { DeviceOptions } from "../src/protocol/mqttsn/device-options.ts";
import { FaultyTransport } from "../src/protocol/mqttsn/faulty-transport.ts";
import { UdpTransport } from "../src/protocol/mqttsn/transport.ts";
import { LatencyRecorder } from "../src/runtime/latency.ts";
import type { GroupSample } from "../src/protocol/port.ts";
import { FakePlant, fakeUnit } from "../test/support/fake-plant.ts";

export type DevicesTask =
  | {
      readonly kind: "connect";
      readonly port: number;
      readonly devices: number;
      readonly perSecond: number;
      readonly qos: 0 | 1;
      /** Share of datagrams that are lost in each direction */
      readonly loss: number;
    }
  | { readonly kind: "publish"; readonly perSecond: number; readonly duration_s: number }
  /** After `connect`: as many as there can be, and then by bare sockets */
  | { readonly kind: "flood"; readonly port: number; readonly duration_s: number };

export interface Connected {
  readonly ready: number;
  readonly took_s: number;
  readonly memory_kb: number;
}

export interface Published {
  readonly offered: number;
  readonly published: number;
  readonly acknowledged: number;
  readonly retransmitted: number;
  readonly took_s: number;
  /** CPU of this process for each message */
  readonly cpu_us: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly roundTripP50_ms: number;
  readonly roundTripP99_ms: number;
  readonly delayP99_ms: number;
  /** Times that a device lost its gateway, so far */
  readonly lost: number;
  readonly suppressed: number;
  /** Of this process, after a garbage collection */
  readonly heap_mb: number;
  readonly resident_mb: number;
}

export interface Flooded {
  /** Messages a second: sessions, codec and transport; sockets alone */
  readonly devices: number;
  readonly raw: number;
}

const GROUP = { id: "m", period_s: 1, signals: fakeUnit("x").groups[0]!.signals.slice(0, 1) };
/** Waits for what is still on its way when the last message was offered. */
const SETTLE_MS = 5_000;

/** A plant of units that have one signal, whose tick is whenever the bench says. */
class BenchPlant extends FakePlant {
  readonly #listeners: ((sample: GroupSample) => void)[] = [];

  constructor(count: number) {
    const unit = fakeUnit("x");
    super(Array.from({ length: count }, (_, i) => ({ ...unit, name: `d${i}`, index: i, groups: [GROUP] })));
  }

  tick(index: number, intended_ms: number): void {
    const timestamp_ms = performance.timeOrigin + intended_ms;
    this.#listeners[index]!({ group: "m", tick: 0, time_s: 0, timestamp_ms, values: [1], statuses: [0] });
  }

  /** Found by its number: a fake plant searches, which is nothing to measure. */
  override watch(unit: string, _group: string, listener: (sample: GroupSample) => void): () => void {
    this.#listeners[Number(unit.slice(1))] = listener;
    return () => undefined;
  }
}

let plant: BenchPlant;
const devices: Device[] = [];
let latency = new LatencyRecorder();

function residentKb(): number {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  return process.memoryUsage().rss / 1024;
}

/** Calls `act` for 0 to count - 1 at a rate, each as soon as it is due. */
function paced(count: number, perSecond: number, act: (i: number, due_ms: number) => void): Promise<void> {
  const begin_ms = performance.now();
  let i = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now_ms = performance.now();
      for (; i < count; i++) {
        const due_ms = begin_ms + (i * 1000) / perSecond;
        if (due_ms > now_ms) return;
        act(i, due_ms);
      }
      clearInterval(timer);
      resolve();
    }, 1);
  });
}

/** A link that loses datagrams, each device its own. */
const lossy =
  (drop: number, index: number): DeviceOptions["transport"] =>
  ({ host, port }) =>
    new FaultyTransport(new UdpTransport(host, port), { drop }, RandomKey.root(index).stream());

async function connect(task: Extract<DevicesTask, { kind: "connect" }>): Promise<Connected> {
  plant = new BenchPlant(task.devices);
  const begin_ms = performance.now();
  let ready = 0;
  const started: Promise<void>[] = [];
  const start = (i: number): void => {
    const device = new Device(plant, plant.units[i]!, {
      gateways: [{ host: "127.0.0.1", port: task.port }],
      streams: ["telemetry"],
      plant: "b",
      topics: "{plant}/{unit}",
      qos: task.qos,
      isWallTime: true,
      ...(task.loss > 0 ? { transport: lossy(task.loss, i) } : {}),
      startDeadline_ms: 30_000,
      session: { keepAlive_s: 300, backlog: { max: 10_000, drop: "oldest" } },
      onEvent: (event) => {
        if (event.kind === "published") latency.published(event.delay_ms);
        if (event.kind === "acknowledged") latency.acknowledged(event.latency_ms, event.roundTrip_ms);
      },
    });
    devices.push(device);
    started.push(device.start().then(() => void (ready += 1)));
  };
  // The first ones pay for code and for the heap's young generation, which does not grow with the fleet.
  const first = task.devices / 10;
  await paced(first, task.perSecond, start);
  const before_kb = residentKb();
  await paced(task.devices - first, task.perSecond, (i) => start(first + i));
  await Promise.allSettled(started);
  const took_s = (performance.now() - begin_ms) / 1000;
  return { ready, took_s, memory_kb: (residentKb() - before_kb) / (task.devices - first) };
}

const total = (each: (counters: ReturnType<Device["counters"]>) => number): number =>
  devices.reduce((sum, device) => sum + each(device.counters()), 0);

async function publish(task: Extract<DevicesTask, { kind: "publish" }>): Promise<Published> {
  latency = new LatencyRecorder();
  const before = { published: total((it) => it.published), acknowledged: total((it) => it.acknowledged) };
  const retransmitted = total((it) => it.retransmitted);
  const cpu = process.cpuUsage();
  const begin_ms = performance.now();
  const offered = task.perSecond * task.duration_s;
  await paced(offered, task.perSecond, (i, due_ms) => plant.tick(i % devices.length, due_ms));
  const took_s = (performance.now() - begin_ms) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const { acknowledged, roundTrip, delay } = latency.summary();
  return {
    offered,
    published: total((it) => it.published) - before.published,
    acknowledged: total((it) => it.acknowledged) - before.acknowledged,
    retransmitted: total((it) => it.retransmitted) - retransmitted,
    took_s,
    cpu_us: (user + system) / offered,
    p50_ms: acknowledged.p50_ms,
    p99_ms: acknowledged.p99_ms,
    roundTripP50_ms: roundTrip.p50_ms,
    roundTripP99_ms: roundTrip.p99_ms,
    delayP99_ms: delay.p99_ms,
    lost: total((it) => it.lost),
    suppressed: total((it) => it.suppressed),
    resident_mb: residentKb() / 1024,
    heap_mb: process.memoryUsage().heapUsed / 2 ** 20,
  };
}

const sent = (): number => total((it) => it.datagramsSent);

/** Does something again and again for a while, in batches between which the sockets have their turn. */
async function sustained(duration_s: number, act: (i: number) => void): Promise<number> {
  const begin_ms = performance.now();
  const end_ms = begin_ms + duration_s * 1000;
  let i = 0;
  while (performance.now() < end_ms) {
    for (const stop = i + BATCH; i < stop; i++) act(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (i * 1000) / (performance.now() - begin_ms);
}

async function flood({ port, duration_s }: Extract<DevicesTask, { kind: "flood" }>): Promise<Flooded> {
  const sockets = await Promise.all(
    devices.map(async () => {
      const socket = createSocket("udp4");
      await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
      return socket;
    }),
  );
  const datagram = Buffer.alloc(DATAGRAM);
  datagram.set([DATAGRAM, 0x0c]);
  const rates = { devices: 0, raw: 0 };
  // In turn, so that a machine that gets slower meanwhile slows both; the first round warms up.
  for (let round = 0; round < ROUNDS; round++) {
    const raw = await sustained(duration_s, (i) => sockets[i % sockets.length]!.send(datagram));
    const before = sent();
    const ours = await sustained(duration_s, (i) => plant.tick(i % devices.length, performance.now()));
    if (sent() - before < ours) throw new Error("not everything was sent");
    if (round > 0) rates.raw = Math.max(rates.raw, raw);
    if (round > 0) rates.devices = Math.max(rates.devices, ours);
  }
  for (const socket of sockets) socket.close();
  return rates;
}

const BATCH = 256;
const ROUNDS = 4;
const DATAGRAM = 60;

const doTask = (task: DevicesTask): Promise<Connected | Published | Flooded> => {
  if (task.kind === "connect") return connect(task);
  return task.kind === "publish" ? publish(task) : flood(task);
};

process.on("disconnect", () => process.exit());
process.on("message", (task: DevicesTask) => void doTask(task).then((result) => process.send!(result)));
process.send!("ready");
