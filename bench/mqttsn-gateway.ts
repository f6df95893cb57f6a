/*
 * The far side of `npm run bench -- mqttsn`, a process: the embedded broker behind the embedded gateway, or a sink
 * that takes every datagram and answers only what a session needs to begin.
 */
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { Broker } from "../src/protocol/mqtt/broker.ts";
import { decode, encode, type Message } from "../src/protocol/mqttsn/codec/codec.ts";
import { Gateway } from "../src/protocol/mqttsn/gateway.ts";

export interface GatewayReady {
  readonly port: number;
  readonly brokerUrl: string;
}

/** What the gateway has seen so far. */
export interface GatewayReport {
  readonly clients: number;
  readonly registered: number;
  readonly published: number;
  /** Datagrams that the kernel threw away because the socket's buffer was full */
  readonly kernelDrops: number;
  readonly cpu_ms: number;
  readonly lostClients: number;
  readonly duplicates: number;
  /** After a garbage collection */
  readonly heap_mb: number;
  readonly resident_mb: number;
}

/** https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html: the last column of /proc/net/udp is drops. */
function kernelDrops(port: number): number {
  const key = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/udp", "utf8").split("\n");
  const line = lines.map((it) => it.trim().split(/\s+/)).find((cells) => cells[1]?.endsWith(key));
  return Number(line?.at(-1) ?? 0);
}

async function startGateway(): Promise<void> {
  const broker = new Broker({ port: 0 });
  await broker.start();
  const link = { name: broker.url, connect: () => broker.connect() };
  const gateway = new Gateway({ port: 0, broker: link });
  await gateway.start();
  process.on("message", () => {
    const { clients, registered, publishedQos0, publishedQos1, lostClients, duplicates } = gateway.counters();
    for (let i = 0; i < 3; i++) globalThis.gc!();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send!({
      clients,
      registered,
      published: publishedQos0 + publishedQos1,
      kernelDrops: kernelDrops(gateway.port),
      cpu_ms: (user + system) / 1000,
      lostClients,
      duplicates,
      heap_mb: heapUsed / 2 ** 20,
      resident_mb: rss / 2 ** 20,
    } satisfies GatewayReport);
  });
  process.send!({ port: gateway.port, brokerUrl: broker.url } satisfies GatewayReady);
}

function startSink(): void {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4_194_304 });
  const answer = (message: Message): Message | undefined => {
    if (message.type === "CONNECT") return { type: "CONNACK", returnCode: 0 };
    if (message.type !== "REGISTER") return undefined;
    return { type: "REGACK", topicId: 1, msgId: message.msgId, returnCode: 0 };
  };
  socket.on("message", (datagram, from) => {
    // Most of them are PUBLISH, and nobody waits for an answer to these.
    if (datagram[1] === 0x0c) return;
    const decoded = decode(datagram);
    const reply = decoded.ok ? answer(decoded.message) : undefined;
    if (reply) socket.send(encode(reply), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1", () => {
    process.send!({ port: socket.address().port, brokerUrl: "" } satisfies GatewayReady);
  });
}

process.on("disconnect", () => process.exit());
if (process.argv[2] === "sink") startSink();
else await startGateway();
