import { connect, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";

/** A socket that says whatever octets a test wants, and hears packets. */
export class RawMqtt {
  readonly socket: Socket;
  /** Resolves when the broker has ended the connection */
  readonly closed: Promise<void>;
  readonly #version: 4 | 5;
  readonly #heard: Packet[] = [];
  #isClosed = false;
  #awake: () => void = () => undefined;

  constructor(port: number, version: 4 | 5 = 4) {
    this.#version = version;
    this.socket = connect(port, "127.0.0.1").on("error", () => undefined);
    const reader = parser({ protocolVersion: version }).on("packet", (packet) => {
      this.#heard.push(packet);
      this.#awake();
    });
    this.socket.on("data", (octets) => reader.parse(octets));
    this.closed = new Promise((resolve) => {
      this.socket.once("close", () => {
        this.#isClosed = true;
        this.#awake();
        resolve();
      });
    });
  }

  send(...packets: (Packet | Uint8Array)[]): this {
    for (const packet of packets) {
      const isOctets = packet instanceof Uint8Array;
      this.socket.write(isOctets ? packet : generate(packet, { protocolVersion: this.#version }));
    }
    return this;
  }

  /** The next packet; undefined when the connection ended before. */
  async next(): Promise<Packet | undefined> {
    while (this.#heard.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#awake = resolve));
    }
    return this.#heard.shift();
  }

  ask(packet: Packet | Uint8Array): Promise<Packet | undefined> {
    return this.send(packet).next();
  }

  async connected(clientId: string, more: object = {}): Promise<this> {
    const connack = await this.ask({
      ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: this.#version, clientId, clean: true },
      ...{ keepalive: 0, ...more },
    });
    if (connack?.cmd !== "connack") throw new Error(`${connack?.cmd ?? "an end"} instead of CONNACK`);
    return this;
  }

  end(): void {
    this.socket.destroy();
  }
}
