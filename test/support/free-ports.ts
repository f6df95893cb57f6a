import { createSocket } from "node:dgram";
import { createServer, type AddressInfo } from "node:net";

/** Below the ports that the system gives to outgoing connections, and below those that a plant has by default. */
const FIRST = 10_000;
const PORTS = 11_000;
/** More workers than a run ever has; each gives out ports of a range that no other worker looks at. */
const WORKERS = 16;
const RANGE = Math.floor(PORTS / WORKERS);
const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % WORKERS;
/** Files of one worker come one after the other, and each begins where the last one is unlikely to have been. */
let next = (process.pid * 97) % RANGE;

/** So many ports in a row that this file has not given out yet. */
function take(count: number): number[] {
  if (next + count > RANGE) next = 0;
  const first = FIRST + worker * RANGE + next;
  next += count;
  return Array.from({ length: count }, (_, i) => first + i);
}

/** A TCP port of 127.0.0.1 that was free a moment ago; `count` gives the first of so many in a row. */
export async function freeTcpPort(count = 1): Promise<number> {
  for (;;) {
    const wanted = take(count);
    const bound = await Promise.all(wanted.map((port) => bindTcp(port).catch(() => 0)));
    if (bound.every((port) => port > 0)) return wanted[0]!;
  }
}

export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const [port] = take(1);
    if (await bindUdp(port!)) return port!;
  }
}

function bindUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}

function bindTcp(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}
