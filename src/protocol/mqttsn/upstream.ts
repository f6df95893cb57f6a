import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { SessionQos } from "./codec/flags.ts";

/** A will as MQTT wants it with CONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: SessionQos;
  readonly retain: boolean;
}

export interface UpstreamOptions {
  readonly url: string;
  readonly clientId: string;
  readonly clean: boolean;
  /** How long the broker may take to accept the connection */
  readonly deadline_ms: number;
  readonly will?: Will;
}

export interface UpstreamEvents {
  /** The broker accepted the connection */
  opened(): void;
  /** It never will, or it ended the connection; not told after `end` or `drop` */
  closed(cause: Error | undefined): void;
}

/** A broker that does not finish a connection in this time will not. */
const END_DEADLINE_MS = 500;

const buffer = (octets: Uint8Array): Buffer =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);

/** One MQTT 3.1.1 connection to the broker. It never reconnects by itself: its client must connect anew. */
export class Upstream {
  readonly #client: MqttClient;
  #events: UpstreamEvents | undefined;
  #cause: Error | undefined;

  constructor({ url, clientId, clean, deadline_ms, will }: UpstreamOptions, events: UpstreamEvents) {
    this.#events = events;
    const options: IClientOptions = {
      clientId,
      clean,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: deadline_ms,
      queueQoSZero: false,
      ...(will ? { will: { ...will, payload: buffer(will.payload) } } : {}),
    };
    this.#client = mqtt.connect(url, options);
    this.#client.on("connect", () => this.#events?.opened());
    this.#client.on("error", (error) => {
      this.#cause = error;
    });
    this.#client.on("close", () => {
      const told = this.#events;
      this.#events = undefined;
      this.#client.end(true);
      told?.closed(this.#cause);
    });
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** Octets that the connection has not taken yet. */
  get buffered(): number {
    return this.#client.stream.writableLength;
  }

  /** `done` hears whether the broker has it: at QoS 1 acknowledged, at QoS 0 handed to the connection. */
  publish(
    topic: string,
    data: Uint8Array,
    options: { qos: 0 | 1; retain: boolean },
    done: (ok: boolean) => void,
  ): void {
    this.#client.publish(topic, buffer(data), options, (error) => done(!error));
  }

  /** Ends the connection as MQTT's DISCONNECT does: the broker forgets the will. */
  async end(): Promise<void> {
    this.#events = undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#client.stream.destroy();
        resolve();
      }, END_DEADLINE_MS);
      this.#client.end(false, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Cuts the connection: the broker publishes the will. */
  drop(): void {
    this.#events = undefined;
    this.#client.end(true);
  }
}
