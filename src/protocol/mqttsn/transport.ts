import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { CodedError } from "../../errors.ts";
import type { Sending } from "../port.ts";

/** What went over a device's wire. */
export interface TransportCounters {
  datagramsSent: number;
  datagramsReceived: number;
  /** "Nobody listens there", told by the other host after a datagram of ours */
  portUnreachable: number;
  /** Any other error of the socket */
  socketErrors: number;
}

/** From a device to its gateway: datagrams, unreliable, in any order. */
export interface Transport {
  /** For people: "udp://127.0.0.1:21884" */
  readonly name: string;
  readonly counters: Readonly<TransportCounters>;
  /**
   * Ready to send; `receive` gets every datagram from the gateway until `close`.
   *
   * @throws CodedError `address-unresolved`, `file-descriptors` or `bind-failed`
   */
  open(receive: (datagram: Uint8Array) => void): Promise<void>;
  /**
   * Errors are counted, not thrown: a lost datagram is the protocol's business. No-op when not open.
   *
   * @param sending  of the message that the datagram carries; a faulty transport tells it what it does
   */
  send(datagram: Uint8Array, sending?: Sending): void;
  /** Safe when not open. */
  close(): Promise<void>;
}

export const noTransportCounters = (): TransportCounters => ({
  datagramsSent: 0,
  datagramsReceived: 0,
  portUnreachable: 0,
  socketErrors: 0,
});

/** One UDP socket, connected, so that only the gateway is heard and a closed port is told. */
export class UdpTransport implements Transport {
  readonly name: string;
  readonly counters = noTransportCounters();
  readonly #host: string;
  readonly #port: number;
  readonly #source: string | undefined;
  #socket: Socket | undefined;

  /**
   * @param host    name or address, IPv4 or IPv6
   * @param source  address of this machine to send from; each has ports of its own. By default the system chooses
   */
  constructor(host: string, port: number, source?: string) {
    this.name = `udp://${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#host = host;
    this.#port = port;
    this.#source = source;
  }

  async open(receive: (datagram: Uint8Array) => void): Promise<void> {
    const { address, family } = await this.#resolve();
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.on("message", (datagram) => {
      this.counters.datagramsReceived += 1;
      receive(datagram);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        const connect = (): void =>
          socket.connect(this.#port, address, () => {
            socket.off("error", reject);
            resolve();
          });
        if (this.#source === undefined) connect();
        else socket.bind({ address: this.#source, port: 0, exclusive: true }, connect);
      });
    } catch (cause) {
      socket.close();
      throw this.#openError(cause as NodeJS.ErrnoException);
    }
    socket.on("error", (error) => this.#count(error));
    this.#socket = socket;
  }

  send(datagram: Uint8Array): void {
    if (!this.#socket) return;
    this.counters.datagramsSent += 1;
    // A callback would cost a tick of the loop for each datagram; a closed port is told by the next receive as well.
    this.#socket.send(datagram);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(resolve));
  }

  async #resolve(): Promise<{ address: string; family: number }> {
    const family = isIP(this.#host);
    if (family > 0) return { address: this.#host, family };
    try {
      return await lookup(this.#host);
    } catch (cause) {
      const fix = "check the gateway's host name, or give its address";
      throw new CodedError("address-unresolved", `"${this.#host}" has no address`, fix, undefined, cause);
    }
  }

  #openError(cause: NodeJS.ErrnoException): CodedError {
    if (cause.code === "EMFILE" || cause.code === "ENFILE") {
      const fix = "raise the limit of open files (ulimit -n), or run fewer units in a process";
      return new CodedError("file-descriptors", `no socket is left for ${this.name}`, fix, undefined, cause);
    }
    const what = `no UDP socket for ${this.name}: ${cause.message}`;
    return new CodedError("bind-failed", what, "check the gateway's address and port", undefined, cause);
  }

  #count(error: NodeJS.ErrnoException): void {
    if (error.code === "ECONNREFUSED") this.counters.portUnreachable += 1;
    else this.counters.socketErrors += 1;
  }
}
