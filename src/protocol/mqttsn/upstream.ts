import {
  type Answer,
  type Arrival,
  MqttClient,
  type MqttClientEvents,
  type Will,
} from "../mqtt-wire/mqtt-client.ts";
import type { BrokerAddress } from "../mqtt-wire/dial.ts";
import { REASON } from "../mqtt-wire/violation.ts";
import type { SessionQos } from "./codec/flags.ts";

export type { Arrival, BrokerAddress, Will };

export interface UpstreamOptions {
  readonly broker: BrokerAddress;
  readonly mqttVersion: 4 | 5;
  readonly clientId: string;
  readonly clean: boolean;
  /** How long the broker may take to accept the connection */
  readonly deadline_ms: number;
  /** Messages that the client may owe an acknowledgement at a time */
  readonly receiveMax: number;
  readonly will?: Will | undefined;
}

/** Of a publication: the broker will not have it another time either, or it was not to be had now. */
export type Outcome = "taken" | "refused" | "failed";

export type UpstreamEvents = Omit<MqttClientEvents, "opened"> & {
  /** The broker accepted the connection */
  opened(): void;
};

const REFUSALS: ReadonlySet<number | undefined> = new Set([
  REASON.notAuthorized,
  REASON.topicNameInvalid,
  REASON.packetTooLarge,
  REASON.payloadFormatInvalid,
]);

function outcomeOf({ code }: Answer): Outcome {
  if (code !== undefined && code < REASON.unspecified) return "taken";
  return REFUSALS.has(code) ? "refused" : "failed";
}

/** One client's connection to the broker. It never reconnects by itself: its client must connect anew. */
export class Upstream {
  readonly #client: MqttClient;

  /** @throws Error for a broker's URL that is none */
  constructor({ mqttVersion, ...options }: UpstreamOptions, events: UpstreamEvents) {
    this.#client = new MqttClient({ ...options, version: mqttVersion }, events);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** Octets that the connection has not taken yet. */
  get buffered(): number {
    return this.#client.backlog_octets;
  }

  /** `done` hears whether the broker has it: at QoS 1 and 2 acknowledged, at QoS 0 handed to the connection. */
  publish(
    topic: string,
    data: Uint8Array,
    options: { qos: SessionQos; retain: boolean },
    done: (outcome: Outcome) => void,
  ): void {
    this.#client.publish(topic, data, options, (answer) => done(outcomeOf(answer)));
  }

  /** `done` hears the QoS that the broker grants, or undefined when it refuses. */
  subscribe(filter: string, qos: SessionQos, done: (granted: SessionQos | undefined) => void): void {
    this.#client.subscribe([filter], qos, ({ code }) => {
      done(code === undefined || code > 2 ? undefined : (code as SessionQos));
    });
  }

  unsubscribe(filter: string, done: () => void): void {
    this.#client.unsubscribe([filter], done);
  }

  /** Ends the connection as MQTT's DISCONNECT does: the broker forgets the will. */
  end(): Promise<void> {
    return this.#client.end();
  }

  /** Cuts the connection: the broker publishes the will. */
  drop(): void {
    this.#client.drop();
  }
}
