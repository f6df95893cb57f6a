/*
 * `npm run bench -- mqttsn [--json FILE]`: what 10,000 MQTT-SN devices cost and bear. Devices, gateway with broker, and
 * the subscriber behind it are a process each; every row that changes the quality of service has processes of its own.
 */
import mqtt from "mqtt";
import { decode, encode } from "../src/protocol/mqttsn/codec/codec.ts";
import { type Figure, FigureTable } from "./figure-table.ts";
import { best, timed } from "./measure.ts";
import { end, next, startChild } from "./mqttsn-children.ts";
import type { Connected, DevicesTask, Flooded, Published } from "./mqttsn-devices.ts";
import type { GatewayReady, GatewayReport } from "./mqttsn-gateway.ts";

const DEVICES = 10_000;
const CONNECTS_A_SECOND = 500;
const QOS0 = { perSecond: 10_000, duration_s: 60 };
const QOS1 = { perSecond: 5_000, duration_s: 30 };
const FLOODING_DEVICES = 100;
const FLOOD_S = 3;
const CODEC_ROUNDS = 500_000;

/** A PUBLISH of 60 octets, header included. */
const PUBLISH = {
  type: "PUBLISH",
  dup: false,
  qos: 1,
  retain: false,
  topic: { kind: "normal", id: 7 },
  msgId: 9,
  data: new Uint8Array(53),
} as const;

/** Counts what arrives behind the broker. */
async function subscribe(url: string): Promise<{ count(): number; end(): Promise<void> }> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, keepalive: 600 });
  let count = 0;
  client.on("message", () => void (count += 1));
  await client.subscribeAsync("b/#", { qos: 0 });
  return { count: () => count, end: () => client.endAsync(true) };
}

function codecRows(): Figure[] {
  const datagram = encode(PUBLISH);
  let octets = 0;
  const repeat = (act: () => void) => (): number =>
    timed(CODEC_ROUNDS, () => {
      for (let i = 0; i < CODEC_ROUNDS; i++) act();
    });
  const encoding = best(repeat(() => void (octets += encode(PUBLISH).length)));
  const decoding = best(repeat(() => void (octets += decode(datagram).ok ? 1 : 0)));
  if (octets === 0) throw new Error("nothing was encoded");
  const gate = { atMost: 300 };
  return [
    { what: "encode a PUBLISH of 60 octets", figure: encoding.candidate_ns, unit: "ns", gate },
    { what: "decode it", figure: decoding.candidate_ns, unit: "ns", gate },
  ];
}

/** Devices connect, then publish; the rest is what both sides say about it. */
async function fleet(qos: 0 | 1, load: { perSecond: number; duration_s: number }) {
  const gateway = startChild("mqttsn-gateway.ts", "gateway");
  const { port, brokerUrl } = await next<GatewayReady>(gateway);
  const north = await subscribe(brokerUrl);
  const devices = startChild("mqttsn-devices.ts");
  await next(devices);
  const connect: DevicesTask = {
    kind: "connect",
    port,
    devices: DEVICES,
    perSecond: CONNECTS_A_SECOND,
    qos,
    loss: 0,
  };
  const connected = await next<Connected>(devices, connect);
  const before = await next<GatewayReport>(gateway, "report");
  const published = await next<Published>(devices, { kind: "publish", ...load });
  const after = await next<GatewayReport>(gateway, "report");
  await north.end();
  await end(devices, gateway);
  const drops = after.kernelDrops - before.kernelDrops;
  const gatewayCpu_us = ((after.cpu_ms - before.cpu_ms) * 1000) / published.offered;
  return {
    connected,
    published,
    arrived: north.count(),
    drops,
    registered: before.registered,
    gatewayCpu_us,
  };
}

async function qos0Rows(): Promise<Figure[]> {
  const { connected, published, arrived, drops, registered, gatewayCpu_us } = await fleet(0, QOS0);
  const who = `${DEVICES} devices`;
  const what = `QoS 0, ${QOS0.perSecond}/s for ${QOS0.duration_s} s`;
  const all = { atLeast: DEVICES };
  return [
    { what: `${who} at ${CONNECTS_A_SECOND}/s: ready`, figure: connected.ready, unit: "", gate: all },
    { what: `${who}: topics registered at the gateway`, figure: registered, unit: "", gate: all },
    { what: `${who}: took`, figure: connected.took_s, unit: "s", gate: { atMost: 25 } },
    { what: `${who}: memory each`, figure: connected.memory_kb, unit: "KB", gate: { atMost: 12 } },
    { what: `${what}: offered`, figure: published.offered, unit: "" },
    { what: `${what}: took`, figure: published.took_s, unit: "s", gate: { atMost: QOS0.duration_s + 1 } },
    { what: `${what}: dropped by the kernel`, figure: drops, unit: "" },
    {
      what: `${what}: lost else`,
      figure: published.offered - arrived - drops,
      unit: "",
      gate: { atMost: 0 },
    },
    { what: `${what}: CPU a message, devices`, figure: published.cpu_us, unit: "us" },
    { what: `${what}: CPU a message, gateway and broker`, figure: gatewayCpu_us, unit: "us" },
    { what: `${what}: sent after the intended time, p99`, figure: published.delayP99_ms, unit: "ms" },
  ];
}

async function qos1Rows(): Promise<Figure[]> {
  const { published } = await fleet(1, QOS1);
  const { offered, acknowledged } = published;
  const what = `QoS 1, ${QOS1.perSecond}/s for ${QOS1.duration_s} s`;
  return [
    { what: `${what}: without PUBACK`, figure: offered - acknowledged, unit: "", gate: { atMost: 0 } },
    { what: `${what}: sent again`, figure: published.retransmitted, unit: "" },
    { what: `${what}: round trip p50`, figure: published.roundTripP50_ms, unit: "ms" },
    { what: `${what}: round trip p99`, figure: published.roundTripP99_ms, unit: "ms" },
    { what: `${what}: from the intended time p50`, figure: published.p50_ms, unit: "ms" },
    { what: `${what}: from the intended time p99`, figure: published.p99_ms, unit: "ms" },
  ];
}

async function floodRows(): Promise<Figure[]> {
  const sink = startChild("mqttsn-gateway.ts", "sink");
  const { port } = await next<GatewayReady>(sink);
  const devices = startChild("mqttsn-devices.ts");
  await next(devices);
  await next(devices, {
    kind: "connect",
    port,
    devices: FLOODING_DEVICES,
    perSecond: CONNECTS_A_SECOND,
    qos: 0,
    loss: 0,
  });
  const rates = await next<Flooded>(devices, { kind: "flood", port, duration_s: FLOOD_S });
  await end(devices, sink);
  const share = (100 * rates.devices) / rates.raw;
  return [
    { what: "raw node:dgram, 60 octets into a sink", figure: rates.raw, unit: "/s" },
    { what: "devices, tick to socket, into a sink", figure: rates.devices, unit: "/s" },
    { what: "devices / raw", figure: share, unit: "%", gate: { atLeast: 60 } },
  ];
}

/** Prints the table. @returns whether all gates held */
export async function benchMqttSn(jsonFile: string | undefined): Promise<boolean> {
  const table = new FigureTable();
  table.add(...codecRows());
  for (const rows of [floodRows, qos0Rows, qos1Rows]) table.add(...(await rows()));
  return table.close(jsonFile);
}
