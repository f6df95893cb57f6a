import type { Duplex } from "node:stream";
import mqtt, { type IClientOptions, MqttClient } from "mqtt";
import type { SessionQos } from "./codec/flags.ts";

/** A broker in this process, which needs no sockets. */
export interface BrokerLink {
  /** For people */
  readonly name: string;
  /** The client's end of a new connection */
  connect(): Duplex;
}

/** "mqtt://user:password@127.0.0.1:1883", or a link */
export type BrokerAddress = string | BrokerLink;

/** A will as MQTT wants it with CONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: SessionQos;
  readonly retain: boolean;
}

export interface UpstreamOptions {
  readonly broker: BrokerAddress;
  readonly mqttVersion: 4 | 5;
  readonly clientId: string;
  readonly clean: boolean;
  /** How long the broker may take to accept the connection */
  readonly deadline_ms: number;
  readonly will?: Will | undefined;
}

/** A message of the broker. */
export interface Arrival {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly qos: SessionQos;
  readonly retain: boolean;
}

/** Of a publication: the broker will not have it another time either, or it was not to be had now. */
export type Outcome = "taken" | "refused" | "failed";

export interface UpstreamEvents {
  /** The broker accepted the connection */
  opened(): void;
  /** It never will, or it ended the connection; not told after `end` or `drop` */
  closed(cause: Error | undefined): void;
  /** Of a topic that was subscribed to; the broker has its acknowledgement already */
  arrived(arrival: Arrival): void;
}

/** A broker that does not finish a connection in this time will not. */
const END_DEADLINE_MS = 500;

/** MQTT 5, 3.1.2.11.2: a session that is not clean does not end by itself, as in MQTT 3.1.1 */
const NEVER_EXPIRES = 0xffff_ffff;

/** MQTT 5, 3.4.2.1: not authorized, topic name invalid, payload format invalid */
const REFUSALS: ReadonlySet<unknown> = new Set([0x87, 0x90, 0x99]);

function outcomeOf(error: Error | undefined | null): Outcome {
  if (!error) return "taken";
  return "code" in error && REFUSALS.has(error.code) ? "refused" : "failed";
}

const buffer = (octets: Uint8Array): Buffer =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);

/** One MQTT 3.1.1 or 5 connection to the broker. It never reconnects by itself: its client must connect anew. */
export class Upstream {
  readonly #client: MqttClient;
  #events: UpstreamEvents | undefined;
  #cause: Error | undefined;

  constructor(
    { broker, mqttVersion, clientId, clean, deadline_ms, will }: UpstreamOptions,
    events: UpstreamEvents,
  ) {
    this.#events = events;
    const options: IClientOptions = {
      clientId,
      clean,
      protocolVersion: mqttVersion,
      reconnectPeriod: 0,
      connectTimeout: deadline_ms,
      queueQoSZero: false,
      ...(mqttVersion === 5 && !clean ? { properties: { sessionExpiryInterval: NEVER_EXPIRES } } : {}),
      ...(will ? { will: { ...will, payload: buffer(will.payload) } } : {}),
    };
    this.#client = typeof broker === "string" ? mqtt.connect(broker, options) : connectTo(broker, options);
    this.#client.on("connect", () => this.#events?.opened());
    this.#client.on("message", (topic, data, { qos, retain }) => {
      this.#events?.arrived({ topic, data, qos, retain });
    });
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

  /** `done` hears whether the broker has it: at QoS 1 and 2 acknowledged, at QoS 0 handed to the connection. */
  publish(
    topic: string,
    data: Uint8Array,
    options: { qos: SessionQos; retain: boolean },
    done: (outcome: Outcome) => void,
  ): void {
    this.#client.publish(topic, buffer(data), options, (error) => done(outcomeOf(error)));
  }

  /** `done` hears the QoS that the broker grants, or undefined when it refuses. */
  subscribe(filter: string, qos: SessionQos, done: (granted: SessionQos | undefined) => void): void {
    this.#client.subscribe(filter, { qos }, (error, granted) => {
      const level = granted?.[0]?.qos;
      done(error || level === undefined || level > 2 ? undefined : (level as SessionQos));
    });
  }

  unsubscribe(filter: string, done: () => void): void {
    this.#client.unsubscribe(filter, () => done());
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

function connectTo(link: BrokerLink, options: IClientOptions): MqttClient {
  const client = new MqttClient(() => link.connect(), { ...options, manualConnect: true });
  client.connect();
  return client;
}
