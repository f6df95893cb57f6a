import { createSocket } from "node:dgram";
import { createServer, type AddressInfo } from "node:net";

/** A TCP port of 127.0.0.1 that was free a moment ago; `count` gives the first of so many in a row. */
export async function freeTcpPort(count = 1): Promise<number> {
  for (;;) {
    const first = await bindTcp(0);
    const rest = Array.from({ length: count - 1 }, (_, i) => bindTcp(first + 1 + i));
    const all = await Promise.all(rest.map((port) => port.catch(() => 0)));
    if (all.every((port) => port > 0)) return first;
  }
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
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
