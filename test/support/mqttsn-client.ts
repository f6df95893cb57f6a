import { createSocket, type Socket } from "node:dgram";
import { expect } from "vitest";
import { decode, encode, type Message } from "../../src/protocol/mqttsn/codec/codec.ts";

export const CONNECT = {
  type: "CONNECT",
  will: false,
  cleanSession: true,
  duration_s: 60,
  clientId: "c1",
} as const;

/** A bare MQTT-SN client: a socket, and what the gateway said to it. */
export class MqttSnClient {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #heard: Message[] = [];
  #awake: () => void = () => undefined;

  constructor(port: number) {
    this.#port = port;
    this.#socket = createSocket("udp4");
    this.#socket.on("message", (datagram) => {
      const decoded = decode(datagram);
      if (!decoded.ok) throw new Error(decoded.fault);
      this.#heard.push(decoded.message);
      this.#awake();
    });
  }

  send(...messages: (Message | Uint8Array)[]): this {
    for (const message of messages) {
      const datagram = message instanceof Uint8Array ? message : encode(message);
      this.#socket.send(datagram, this.#port, "127.0.0.1");
    }
    return this;
  }

  /** The next message from the gateway. */
  async next(): Promise<Message | undefined> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#awake = resolve;
      });
    }
    return this.#heard.shift();
  }

  /** Sends, and gives the answer. */
  ask(message: Message | Uint8Array): Promise<Message | undefined> {
    return this.send(message).next();
  }

  async connected(connect: Message = CONNECT): Promise<this> {
    expect(await this.ask(connect)).toEqual({ type: "CONNACK", returnCode: 0 });
    return this;
  }

  /** Sends no more and hears no more, as a client that is switched off. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
