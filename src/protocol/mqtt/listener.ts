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

/** A message behind the system under test. */
export interface Arrival {
  readonly topic: string;
  readonly data: Uint8Array;
  /** It came on an earlier connection of ours, whose acknowledgement the broker did not get */
  readonly isRedelivered: boolean;
}

/** Milliseconds since 1970; Infinity as long as it lasts. */
export interface Absence {
  readonly from_ms: number;
  to_ms: number;
}

/** Between two attempts to reach the broker; the first one comes at once. */
const RETRY_MS = 250;
/** Of one attempt, and of an UNSUBSCRIBE at the end. */
const ANSWER_DEADLINE_MS = 5_000;
const END_DEADLINE_MS = 500;
/** Messages whose packet ids are remembered, so that those that the broker delivers again are known. */
const REMEMBERED_MAX = 4_096;
/** MQTT 5: messages at a time that are handed over and not yet acknowledged; each is acknowledged at once. */
const RECEIVE_MAX = 1_000;

/**
 * Hears what arrives at a broker. While its connection is away the broker keeps its messages, so a connection that
 * breaks loses none. A message that cannot be handled costs itself, a broker that sends no MQTT costs the connection.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #clientId = `taktwerk-north-${randomUUID().slice(0, 8)}`;
  readonly #onArrival: (arrival: Arrival) => void;
  readonly #containment: Containment;
  #client: MqttClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;
  #connects = 0;
  /** Times without a connection; the last one may have no end */
  readonly #absences: Absence[] = [];
  /** Octets by packet id, of this connection and those before */
  readonly #heard = new Map<number, Buffer>();
  #isSubscribed = false;
  #cause: Error | undefined;
  /** The start that waits, if one does */
  #starting: { resolve(): void; reject(error: CodedError): void } | undefined;

  /** @param onArrival  of every message that is not retained from before */
  constructor(options: ListenerOptions, onArrival: (arrival: Arrival) => void) {
    this.#options = options;
    this.#onArrival = onArrival;
    this.#containment = new Containment({ name: "north listener", log: options.log });
  }

  /** Times that the connection broke and came back. */
  get reconnects(): number {
    return Math.max(0, this.#connects - 1);
  }

  /** When it had no connection after its start. */
  get absences(): readonly Absence[] {
    return this.#absences;
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
          arrived: ({ topic, data, retain, dup, id, taken }) => {
            // Acknowledged also when it cannot be handled: another time would not help.
            taken();
            if (retain) return;
            const isRedelivered = this.#isRedelivered(id, dup, data);
            this.#containment.run("a message", undefined, () =>
              this.#onArrival({ topic, data, isRedelivered }),
            );
          },
        },
      );
    } catch (error) {
      this.#cause = error as Error;
      this.#refuse("cannot be named so");
    }
  }

  /** MQTT 3.1.1, 4.4: what was not acknowledged comes again after a reconnect, with DUP and the same packet id. */
  #isRedelivered(id: number, dup: boolean, data: Uint8Array): boolean {
    if (id === 0) return false;
    const octets = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const isKnown = dup && this.#heard.get(id)?.equals(octets) === true;
    this.#heard.delete(id);
    this.#heard.set(id, octets);
    if (this.#heard.size > REMEMBERED_MAX) this.#heard.delete(this.#heard.keys().next().value!);
    return isKnown;
  }

  #onOpened(sessionPresent: boolean): void {
    this.#connects += 1;
    const absence = this.#absences.at(-1);
    if (absence?.to_ms === Infinity) absence.to_ms = Date.now();
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
    const wasOpen = this.#connects > 0 && this.#absences.at(-1)?.to_ms !== Infinity;
    if (wasOpen) this.#absences.push({ from_ms: Date.now(), to_ms: Infinity });
    this.#retry = setTimeout(() => this.#open(), wasOpen ? 0 : RETRY_MS);
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
