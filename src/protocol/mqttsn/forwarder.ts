import { type Codec, MQTT_SN_1_2 } from "./codec/codec.ts";
import { noTransportCounters, type Transport, type TransportCounters, UdpTransport } from "./transport.ts";

/**
 * 5.5: many devices behind one socket. What a device sends is wrapped with its node id, and what comes back is for
 * the node that its wrapping names.
 */
export class Forwarder {
  readonly #wire: Transport;
  readonly #codec: Codec = MQTT_SN_1_2;
  readonly #nodes = new Map<string, (datagram: Uint8Array) => void>();
  #opening: Promise<void> | undefined;
  #unknown = 0;

  constructor(host: string, port: number) {
    this.#wire = new UdpTransport(host, port);
  }

  /** Datagrams that are for no device of ours, or wrapped in nothing. */
  get unknown(): number {
    return this.#unknown;
  }

  /** A device's way through this forwarder. @param node  1 to 252 octets, unlike those of the others */
  transport(node: string): Transport {
    return new ForwardedTransport(this, this.#wire.name, Buffer.from(node));
  }

  /** The socket opens with the first device. */
  async join(node: Uint8Array, receive: (datagram: Uint8Array) => void): Promise<void> {
    this.#nodes.set(keyOf(node), receive);
    this.#opening ??= this.#wire.open((datagram) => this.#receive(datagram));
    await this.#opening;
  }

  /** The socket closes with the last device. */
  async leave(node: Uint8Array): Promise<void> {
    if (!this.#nodes.delete(keyOf(node)) || this.#nodes.size > 0) return;
    this.#opening = undefined;
    await this.#wire.close();
  }

  send(wirelessNodeId: Uint8Array, datagram: Uint8Array): void {
    this.#wire.send(this.#codec.encode({ type: "ENCAPSULATED", radius: 0, wirelessNodeId, datagram }));
  }

  #receive(datagram: Uint8Array): void {
    const decoded = this.#codec.decode(datagram);
    const wrapped = decoded.ok && decoded.message.type === "ENCAPSULATED" ? decoded.message : undefined;
    const receive = wrapped && this.#nodes.get(keyOf(wrapped.wirelessNodeId));
    if (receive) receive(wrapped.datagram);
    else this.#unknown += 1;
  }
}

const keyOf = (node: Uint8Array): string => Buffer.from(node).toString("latin1");

class ForwardedTransport implements Transport {
  readonly name: string;
  readonly counters: TransportCounters = noTransportCounters();
  readonly #forwarder: Forwarder;
  readonly #node: Uint8Array;
  #isOpen = false;

  constructor(forwarder: Forwarder, name: string, node: Uint8Array) {
    this.name = name;
    this.#forwarder = forwarder;
    this.#node = node;
  }

  async open(receive: (datagram: Uint8Array) => void): Promise<void> {
    await this.#forwarder.join(this.#node, (datagram) => {
      this.counters.datagramsReceived += 1;
      receive(datagram);
    });
    this.#isOpen = true;
  }

  send(datagram: Uint8Array): void {
    if (!this.#isOpen) return;
    this.counters.datagramsSent += 1;
    this.#forwarder.send(this.#node, datagram);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#forwarder.leave(this.#node);
  }
}
