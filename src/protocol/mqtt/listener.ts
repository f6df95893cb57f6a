import { randomUUID } from "node:crypto";
import { CodedError, type SourcePlace } from "../../errors.ts";
import { Containment } from "../containment.ts";
import { brokerName } from "../mqtt-wire/dial.ts";
import { MqttClient } from "../mqtt-wire/mqtt-client.ts";
import { MqttViolation, REASON } from "../mqtt-wire/violation.ts";

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
  readonly log: (line: string) => void;
}

/** Between two attempts to reach the broker. */
const RETRY_MS = 250;
/** Of one attempt, and of an UNSUBSCRIBE at the end. */
const ANSWER_DEADLINE_MS = 5_000;
const END_DEADLINE_MS = 500;
/** MQTT 5: messages at a time that are handed over and not yet acknowledged; each is acknowledged at once. */
const RECEIVE_MAX = 1_000;

/**
 * Hears what arrives at a broker. While its connection is away the broker keeps its messages, so a connection that
 * breaks loses none. A message that cannot be handled costs itself, a broker that sends no MQTT costs the connection.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #clientId = `taktwerk-north-${randomUUID().slice(0, 8)}`;
  readonly #onArrival: (topic: string, data: Uint8Array) => void;
  readonly #containment: Containment;
  #client: MqttClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;
  #connects = 0;
  #isSubscribed = false;
  #cause: Error | undefined;
  /** The start that waits, if one does */
  #starting: { resolve(): void; reject(error: CodedError): void } | undefined;

  /** @param onArrival  of every message that is not retained from before */
  constructor(options: ListenerOptions, onArrival: (topic: string, data: Uint8Array) => void) {
    this.#options = options;
    this.#onArrival = onArrival;
    this.#containment = new Containment({ name: "north listener", log: options.log });
  }

  /** Times that the connection broke and came back. */
  get reconnects(): number {
    return Math.max(0, this.#connects - 1);
  }

  /** Exceptions that cost their message or connection and nothing else. */
  get faults(): number {
    return this.#containment.faults;
  }

  /** @throws CodedError `broker-unreachable` */
  async start(): Promise<void> {
    const { deadline_ms } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#refuse("does not answer"), deadline_ms);
      this.#starting = {
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#open();
    });
  }

  /** Ends the session, so that the broker keeps nothing for it. Safe before `start`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#refuse("was not waited for");
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    if (client.connected) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, END_DEADLINE_MS);
        client.unsubscribe(this.#options.filters, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    await client.end(true);
  }

  #open(): void {
    const { broker, version } = this.#options;
    try {
      this.#client = new MqttClient(
        {
          ...{ broker, version, clientId: this.#clientId, clean: false },
          ...{ deadline_ms: ANSWER_DEADLINE_MS, receiveMax: RECEIVE_MAX },
        },
        {
          opened: (sessionPresent) => this.#onOpened(sessionPresent),
          closed: (cause) => this.#onClosed(cause),
          failed: (error) => this.#onFault(error),
          arrived: ({ topic, data, retain, taken }) => {
            // Acknowledged also when it cannot be handled: another time would not help.
            taken();
            if (retain) return;
            this.#containment.run("a message", undefined, () => this.#onArrival(topic, data));
          },
        },
      );
    } catch (error) {
      this.#cause = error as Error;
      this.#refuse("cannot be named so");
    }
  }

  #onOpened(sessionPresent: boolean): void {
    this.#connects += 1;
    // A broker that was restarted may know nothing of us; what came meanwhile is gone then.
    if (sessionPresent && this.#isSubscribed) return;
    const { filters } = this.#options;
    this.#client?.subscribe(filters, 1, ({ code }) => {
      if (code === undefined) return;
      if (code >= REASON.unspecified) return this.#refuse(`refuses to subscribe to ${filters.join(", ")}`);
      this.#isSubscribed = true;
      this.#starting?.resolve();
      this.#starting = undefined;
    });
  }

  #onClosed(cause: Error | undefined): void {
    this.#cause = cause;
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => this.#open(), RETRY_MS);
  }

  /** What a broker must not send is its own affair; the connection to it ends, and another one begins. */
  #onFault(error: unknown): void {
    if (!(error instanceof MqttViolation))
      this.#containment.caught(error, "a packet of the broker", undefined);
  }

  /** The start that waits fails, if one does. */
  #refuse(what: string): void {
    const starting = this.#starting;
    this.#starting = undefined;
    if (!starting) return;
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#client?.drop();
    this.#client = undefined;
    starting.reject(this.#unreachable(what));
  }

  #unreachable(what: string): CodedError {
    const { broker, place } = this.#options;
    const cause = this.#cause;
    const why = cause?.message ? `: ${cause.message}` : "";
    const fix = "Start the broker behind the system under test, or mend its address under `north`.";
    const message = `the broker ${brokerName(broker)} ${what}${why}`;
    return new CodedError("broker-unreachable", message, fix, place, cause);
  }
}
