import { randomUUID } from "node:crypto";
import mqtt, { type MqttClient } from "mqtt";
import { CodedError, type SourcePlace } from "../../errors.ts";

export interface ListenerOptions {
  /** "mqtt://user:password@127.0.0.1:1883" */
  readonly broker: string;
  /** 4 is MQTT 3.1.1 */
  readonly version: 4 | 5;
  readonly filters: readonly string[];
  /** How long the broker may take to be there */
  readonly deadline_ms: number;
  /** Where the scenario names the broker */
  readonly place?: SourcePlace;
}

/** Between two attempts to reach the broker. */
const RETRY_MS = 250;
/** MQTT 5, 3.1.2.11.2: as long as MQTT 3.1.1 keeps a session that is not clean */
const NEVER_EXPIRES = 0xffff_ffff;

/**
 * Hears what arrives at a broker. While its connection is away the broker keeps its messages, so a connection that
 * breaks loses none.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #onArrival: (topic: string, data: Uint8Array) => void;
  #client: MqttClient | undefined;
  #reconnects = 0;

  /** @param onArrival  of every message that is not retained from before */
  constructor(options: ListenerOptions, onArrival: (topic: string, data: Uint8Array) => void) {
    this.#options = options;
    this.#onArrival = onArrival;
  }

  /** Times that the connection broke and came back. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** @throws CodedError `broker-unreachable` */
  async start(): Promise<void> {
    const { broker, version, filters, deadline_ms } = this.#options;
    const client = mqtt.connect(broker, {
      protocolVersion: version,
      clientId: `taktwerk-north-${randomUUID().slice(0, 8)}`,
      clean: false,
      reconnectPeriod: RETRY_MS,
      resubscribe: false,
      ...(version === 5 ? { properties: { sessionExpiryInterval: NEVER_EXPIRES } } : {}),
    });
    this.#client = client;
    let cause: Error | undefined;
    client.on("error", (error) => (cause = error));
    client.on("message", (topic, data, { retain }) => {
      if (!retain) this.#onArrival(topic, data);
    });
    await this.#connected(client, deadline_ms, () => cause);
    client.on("connect", ({ sessionPresent }) => {
      this.#reconnects += 1;
      // A broker that was restarted may know nothing of us; what came meanwhile is gone then.
      if (!sessionPresent) client.subscribe([...filters], { qos: 1 });
    });
    const granted = await client.subscribeAsync([...filters], { qos: 1 });
    const refused = granted.find(({ qos }) => qos > 2);
    if (refused) throw this.#unreachable(`refuses to subscribe to ${refused.topic}`, undefined);
  }

  /** Ends the session, so that the broker keeps nothing for it. Safe before `start`. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    const expiry = { properties: { sessionExpiryInterval: 0 } };
    if (client.connected) await client.unsubscribeAsync([...this.#options.filters]).catch(() => undefined);
    await client.endAsync(!client.connected, this.#options.version === 5 ? expiry : {});
  }

  async #connected(client: MqttClient, deadline_ms: number, cause: () => Error | undefined): Promise<void> {
    if (client.connected) return;
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => reject(this.#unreachable("does not answer", cause()));
      const timer = setTimeout(giveUp, deadline_ms);
      client.once("connect", () => {
        clearTimeout(timer);
        resolve();
      });
      // `stop` while it still waits
      client.once("end", () => {
        clearTimeout(timer);
        giveUp();
      });
    });
  }

  #unreachable(what: string, cause: Error | undefined): CodedError {
    const { broker, place } = this.#options;
    const shown = broker.replace(/\/\/[^@/]*@/, "//");
    const why = cause?.message ? `: ${cause.message}` : "";
    const fix = "Start the broker behind the system under test, or mend its address under `north`.";
    return new CodedError("broker-unreachable", `the broker ${shown} ${what}${why}`, fix, place, cause);
  }
}
