import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { CodedError } from "../../errors.ts";
import { encodeJson } from "../dataset.ts";
import type { GroupDescription, PlantPort, UnitDescription, Unwatch } from "../port.ts";
import { decode, encode } from "./codec/codec.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { Session } from "./session.ts";
import type { Effect, SessionCounters, SessionEvent, SessionOptions } from "./session-options.ts";
import { type Transport, type TransportCounters, UdpTransport } from "./transport.ts";

export interface DeviceOptions {
  readonly gateway: { readonly host: string; readonly port: number };
  readonly qos: 0 | 1;
  /** First level of every topic */
  readonly topicPrefix: string;
  /** How long `start` waits for the gateway */
  readonly startDeadline_ms: number;
  /** How long `stop` waits for the gateway */
  readonly stopDeadline_ms: number;
  /** Whatever is not given comes from SESSION_DEFAULTS */
  readonly session: Partial<Omit<SessionOptions, "clientId" | "topics">>;
  /** Hears what happens, with latencies; must not throw */
  readonly onEvent: (event: SessionEvent) => void;
}

export const DEVICE_DEFAULTS: DeviceOptions = {
  gateway: { host: "127.0.0.1", port: 21_884 },
  qos: 1,
  topicPrefix: "taktwerk",
  startDeadline_ms: 5_000,
  stopDeadline_ms: 500,
  session: {},
  onEvent: () => undefined,
};

export interface DeviceCounters extends SessionCounters, TransportCounters {
  /** Datagrams that are no MQTT-SN 1.2 message */
  malformed: number;
  /** Messages whose fate is open */
  pending: number;
}

/** 5.3.1: characters; octets are the stricter reading, which MQTT 3.1 brokers apply. */
const MAX_CLIENT_ID = 23;
const HASH_DIGITS = 8;

/**
 * The unit's name when it has at most 23 octets. Else as much of its beginning as leaves room for "-" and the first
 * 8 hex digits of its SHA-256: the same in every run, and apart from other names with the same beginning.
 */
export function clientIdOf(unitName: string): string {
  if (Buffer.byteLength(unitName) <= MAX_CLIENT_ID) return unitName;
  let start = "";
  for (const character of unitName) {
    if (Buffer.byteLength(start + character) > MAX_CLIENT_ID - HASH_DIGITS - 1) break;
    start += character;
  }
  return `${start}-${createHash("sha256").update(unitName).digest("hex").slice(0, HASH_DIGITS)}`;
}

/** "taktwerk/machining/cnc-01/motion" */
export function topicOf(prefix: string, unit: UnitDescription, group: GroupDescription): string {
  return [prefix, unit.group, unit.name, group.id].join("/");
}

interface Starting {
  resolve(): void;
  reject(error: CodedError): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One unit as an MQTT-SN publisher: every tick of each of its poll groups is one message on the group's topic.
 * A gateway that goes away later is survived; what that costs stands in the counters.
 */
export class Device {
  readonly clientId: string;
  readonly #port: PlantPort;
  readonly #unit: UnitDescription;
  readonly #options: DeviceOptions;
  readonly #session: Session;
  readonly #transport: Transport;
  #unwatch: Unwatch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDue_ms = Infinity;
  #open = false;
  #starting: Starting | undefined;
  #stopping: Promise<void> | undefined;
  #onDisconnected: (() => void) | undefined;
  #malformed = 0;

  /**
   * @param unit       one of the port's units
   * @param options    what is not given comes from DEVICE_DEFAULTS
   * @param transport  a UDP socket of its own, if not given
   */
  constructor(
    port: PlantPort,
    unit: UnitDescription,
    options: Partial<DeviceOptions> = {},
    transport?: Transport,
  ) {
    this.#port = port;
    this.#unit = unit;
    this.#options = { ...DEVICE_DEFAULTS, ...options };
    const { session, gateway, topicPrefix } = this.#options;
    this.clientId = clientIdOf(unit.name);
    const topics = unit.groups.map((group) => topicOf(topicPrefix, unit, group));
    this.#session = new Session({ ...session, clientId: this.clientId, topics });
    this.#transport = transport ?? new UdpTransport(gateway.host, gateway.port);
  }

  /**
   * Connects and registers every topic, then publishes until `stop`. A device starts once.
   *
   * @throws CodedError `gateway-unreachable` after the deadline, `gateway-refused` when the gateway says no for
   *   another reason than congestion, or what the transport throws; everything is closed then
   */
  async start(): Promise<void> {
    if (this.#open || this.#stopping) throw new Error(`device ${this.clientId} starts once`);
    this.#open = true;
    await this.#transport.open((datagram) => this.#receive(datagram));
    if (!this.#open) {
      await this.#transport.close();
      throw this.#unreachable();
    }
    const started = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(this.#overdue()), this.#options.startDeadline_ms);
      this.#starting = { resolve, reject, timer };
    });
    this.#apply(this.#session.connect(performance.now()));
    await started;
  }

  /**
   * Hands over what still waits, says DISCONNECT and closes the socket, within the stop deadline; what is open then
   * is given up and counted. Safe when never started, and when called again.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  counters(): DeviceCounters {
    return {
      ...this.#session.counters,
      ...this.#transport.counters,
      malformed: this.#malformed,
      pending: this.#session.pending,
    };
  }

  async #stop(): Promise<void> {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#settle()?.reject(this.#unreachable());
    if (this.#session.state !== "idle") {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#options.stopDeadline_ms);
        this.#onDisconnected = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#apply(this.#session.disconnect(performance.now()));
      });
    }
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#apply(this.#session.abandon());
    await this.#transport.close();
  }

  #receive(datagram: Uint8Array): void {
    const decoded = decode(datagram);
    if (decoded.ok) this.#apply(this.#session.receive(performance.now(), decoded.message));
    else this.#malformed += 1;
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#transport.send(encode(effect.message));
      else this.#on(effect);
    }
    this.#arm();
  }

  #on(event: SessionEvent): void {
    if (event.kind === "ready") {
      const starting = this.#settle();
      if (starting) {
        this.#watch();
        starting.resolve();
      }
    } else if (event.kind === "refused" && event.returnCode !== RETURN_CODE.congestion) {
      this.#fail(this.#refused(`the connection of "${this.clientId}"`, event.returnCode));
    } else if (event.kind === "topic-refused") {
      this.#fail(this.#refused(`the topic ${event.topic}`, event.returnCode));
    } else if (event.kind === "disconnected") {
      this.#onDisconnected?.();
    }
    this.#options.onEvent(event);
  }

  #watch(): void {
    const { name, groups } = this.#unit;
    this.#unwatch = groups.map((group) => {
      const topic = topicOf(this.#options.topicPrefix, this.#unit, group);
      let seq = 0;
      return this.#port.watch(name, group.id, (sample) => {
        const payload = encodeJson(group, sample, seq++);
        this.#apply(
          this.#session.publish(performance.now(), { topic, data: payload, qos: this.#options.qos }),
        );
      });
    });
  }

  /** Keeps one timer; one that comes too early wakes a session that has nothing to do. */
  #arm(): void {
    const due_ms = this.#session.deadline_ms;
    if (!this.#open || due_ms >= this.#timerDue_ms) return;
    clearTimeout(this.#timer);
    this.#timerDue_ms = due_ms;
    const delay_ms = Math.max(0, Math.ceil(due_ms - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timerDue_ms = Infinity;
      this.#apply(this.#session.wake(performance.now()));
    }, delay_ms);
  }

  /** The start that waits, if one does; whoever takes it ends it. */
  #settle(): Starting | undefined {
    const starting = this.#starting;
    this.#starting = undefined;
    clearTimeout(starting?.timer);
    return starting;
  }

  #fail(error: CodedError): void {
    const starting = this.#settle();
    if (!starting) return;
    this.#stopping = this.#close();
    void this.#stopping.then(() => starting.reject(error));
  }

  /** A gateway that asks for patience longer than we have is not silent. */
  #overdue(): CodedError {
    if (this.#session.counters.congested === 0) return this.#unreachable();
    return this.#refused(`"${this.clientId}" for congestion,`, RETURN_CODE.congestion);
  }

  #unreachable(): CodedError {
    const { name, counters } = this.#transport;
    const heard = counters.portUnreachable > 0 ? "nothing listens there" : "no answer";
    return new CodedError(
      "gateway-unreachable",
      `MQTT-SN gateway ${name} is unreachable for ${this.clientId}: ${heard}`,
      "start the gateway, correct its address, or use the embedded one",
    );
  }

  #refused(what: string, returnCode: number): CodedError {
    return new CodedError(
      "gateway-refused",
      `MQTT-SN gateway ${this.#transport.name} refuses ${what} with return code ${returnCode}`,
      "see the gateway's log and its lists of clients and topics",
    );
  }
}
