import { noTransportCounters, type Transport } from "../../src/protocol/mqttsn/transport.ts";

/** A wire without sockets: what is sent stands in `sent`, and the test is the gateway. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly counters = noTransportCounters();
  readonly sent: Uint8Array[] = [];
  opened = 0;
  #receive: ((datagram: Uint8Array) => void) | undefined;

  async open(receive: (datagram: Uint8Array) => void): Promise<void> {
    this.opened += 1;
    this.#receive = receive;
  }

  send(datagram: Uint8Array): void {
    this.counters.datagramsSent += 1;
    this.sent.push(datagram);
  }

  /** A datagram from the gateway. */
  hear(datagram: Uint8Array): void {
    this.counters.datagramsReceived += 1;
    this.#receive?.(datagram);
  }

  async close(): Promise<void> {
    this.#receive = undefined;
  }
}
