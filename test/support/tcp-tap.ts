import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** Of pcap: link type "raw IP", see https://www.tcpdump.org/linktypes.html */
const LINKTYPE_RAW = 101;
const MAX_SEGMENT = 32_768;
const LOOPBACK = 0x7f00_0001;
const PSH_ACK = 0x18;

interface Segment {
  readonly fromClient: boolean;
  readonly clientPort: number;
  readonly bytes: Buffer;
}

/**
 * Stands between clients and a server on loopback and writes down what passes, so that a dissector can judge
 * it without the rights to capture.
 */
export class TcpTap {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #segments: Segment[] = [];

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((client) => this.#join(client));
  }

  /** The port that clients connect to. */
  async open(): Promise<number> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends the connections that there are; others can be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  /** What clients said, in the pieces in which it came. */
  fromClient(): Buffer[] {
    return this.#segments.filter((segment) => segment.fromClient).map(({ bytes }) => bytes);
  }

  /** A pcap file with all that passed, as if `serverPort` had been the server's port. */
  pcap(serverPort: number): Buffer {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2_c3d4);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(0x4_0000, 16);
    header.writeUInt32LE(LINKTYPE_RAW, 20);
    const sent = new Map<string, number>();
    const records = this.#segments.map(({ fromClient, clientPort, bytes }) => {
      const mine = `${clientPort} ${fromClient}`;
      const sequence = sent.get(mine) ?? 1;
      sent.set(mine, sequence + bytes.length);
      const acknowledged = sent.get(`${clientPort} ${!fromClient}`) ?? 1;
      const ports: [number, number] = fromClient ? [clientPort, serverPort] : [serverPort, clientPort];
      return record(packet(ports, sequence, acknowledged, bytes));
    });
    return Buffer.concat([header, ...records]);
  }

  #join(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    const clientPort = client.remotePort!;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (data) => {
        for (let start = 0; start < data.length; start += MAX_SEGMENT) {
          const bytes = data.subarray(start, start + MAX_SEGMENT);
          this.#segments.push({ fromClient: from === client, clientPort, bytes });
        }
        to.write(data);
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => this.#sockets.delete(from));
    }
  }
}

function record(packetBytes: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(packetBytes.length, 8);
  header.writeUInt32LE(packetBytes.length, 12);
  return Buffer.concat([header, packetBytes]);
}

/** IPv4 and TCP without checksums, which dissectors do not verify unless told to. */
function packet(
  [source, destination]: [number, number],
  sequence: number,
  acknowledged: number,
  bytes: Buffer,
): Buffer {
  const headers = Buffer.alloc(40);
  headers.writeUInt8(0x45);
  headers.writeUInt16BE(headers.length + bytes.length, 2);
  headers.writeUInt8(64, 8);
  headers.writeUInt8(6, 9);
  headers.writeUInt32BE(LOOPBACK, 12);
  headers.writeUInt32BE(LOOPBACK, 16);
  headers.writeUInt16BE(source, 20);
  headers.writeUInt16BE(destination, 22);
  headers.writeUInt32BE(sequence, 24);
  headers.writeUInt32BE(acknowledged, 28);
  headers.writeUInt8(0x50, 32);
  headers.writeUInt8(PSH_ACK, 33);
  headers.writeUInt16BE(0xffff, 34);
  return Buffer.concat([headers, bytes]);
}
