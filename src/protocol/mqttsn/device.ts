import { performance } from "node:perf_hooks";
import { CodedError } from "../../errors.ts";
import { Containment } from "../containment.ts";
import type { PlantPort, UnitDescription } from "../port.ts";
import { clientIdOf } from "./client-id.ts";
import { type Codec, MQTT_SN_1_2 } from "./codec/codec.ts";
import { noTolerated } from "./codec/octets.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { answerCommand } from "./command-message.ts";
import {
  DEVICE_DEFAULTS,
  type DeviceCounters,
  type DeviceOptions,
  type GatewayAddress,
} from "./device-options.ts";
import { Publisher, type Emission } from "./publisher.ts";
import { Session } from "./session.ts";
import type { Effect, Publication, SessionEvent, SessionOptions } from "./session-options.ts";
import { ANSWER, COMMAND, CONNECTION, streamsOf, topicOf } from "./streams.ts";
import type { Transport, TransportCounters } from "./transport.ts";

interface Starting {
  resolve(): void;
  reject(error: CodedError): void;
  readonly timer: NodeJS.Timeout;
}

/** From a fault to the next look at the session's timers. */
const FAULT_REST_MS = 1_000;

/** States of a session in which a gateway knows it, asleep or not. */
const CONNECTED: ReadonlySet<Session["state"]> = new Set(["active", "dozing", "asleep", "awake"]);

/**
 * One unit as an MQTT-SN client: what it does becomes messages, and messages of its command topic drive it.
 * A gateway that goes away later is survived; what that costs stands in the counters.
 */
export class Device {
  readonly clientId: string;
  readonly #port: PlantPort;
  readonly #unit: UnitDescription;
  readonly #options: DeviceOptions;
  readonly #codec: Codec = MQTT_SN_1_2;
  readonly #session: Session;
  readonly #publisher: Publisher;
  readonly #containment: Containment;
  readonly #tolerated = noTolerated();
  #transport: Transport;
  /** Number of the gateway that it is for */
  #gateway = 0;
  /** Of transports to gateways that were left */
  #former: TransportCounters | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDue_ms = Infinity;
  /** Until when a fault keeps the timer from waking the session */
  #rest_ms = 0;
  #open = false;
  #starting: Starting | undefined;
  #stopping: Promise<void> | undefined;
  #onDisconnected: (() => void) | undefined;
  #malformed = 0;
  #commands = 0;

  /**
   * @param unit     one of the port's units
   * @param options  what is not given comes from DEVICE_DEFAULTS
   */
  constructor(port: PlantPort, unit: UnitDescription, options: Partial<DeviceOptions> = {}) {
    this.#port = port;
    this.#unit = unit;
    this.#options = { ...DEVICE_DEFAULTS, ...options };
    this.clientId = clientIdOf(unit.name);
    const { containment, log } = this.#options;
    this.#containment = containment ?? new Containment({ name: `MQTT-SN ${this.clientId}`, log });
    this.#session = new Session(this.#sessionOptions());
    this.#publisher = new Publisher(
      port,
      unit,
      streamsOf(unit, this.#options.streams),
      this.#options,
      (stream) => this.#topic(stream),
      (emission) => this.#emit(emission),
    );
    this.#transport = this.#options.transport(this.#options.gateways[0]!);
  }

  /**
   * Connects, registers every topic and subscribes, then publishes until `stop`; at QoS -1 it just publishes. A device
   * starts once.
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
    if (this.#options.qos === -1) return this.#publisher.start();
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

  /** The one that it is connected with; undefined while it has none. At QoS -1 nobody knows, so it is the first. */
  get gateway(): GatewayAddress | undefined {
    const { gateways, qos } = this.#options;
    const isWith = this.#open && (qos === -1 || CONNECTED.has(this.#session.state));
    return isWith ? gateways[this.#gateway] : undefined;
  }

  counters(): DeviceCounters {
    return {
      ...this.#session.counters,
      ...add(this.#transport.counters, this.#former),
      malformed: this.#malformed,
      tolerated: Object.values(this.#tolerated).reduce((sum, count) => sum + count, 0),
      pending: this.#session.pending,
      commands: this.#commands,
      oversized: this.#publisher.oversized,
    };
  }

  async #stop(): Promise<void> {
    this.#publisher.stop();
    if (this.#options.will && this.#session.state === "active") this.#tellConnection("ended");
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

  #sessionOptions(): Partial<SessionOptions> & Pick<SessionOptions, "clientId"> {
    const { session, streams, gateways, random, commands, will } = this.#options;
    const { clientId } = this;
    const spread = random.child("backoff").stream();
    const names = streamsOf(this.#unit, streams).map(({ name }) => name);
    if (commands) names.push(ANSWER);
    if (will) names.push(CONNECTION);
    return {
      ...session,
      clientId,
      topics: names.map((name) => this.#topic(name)),
      subscriptions: commands ? [{ filter: this.#topic(COMMAND), qos: 1 }] : [],
      will: will
        ? { topic: this.#topic(CONNECTION), message: connectionMessage("lost"), qos: 1, retain: true }
        : undefined,
      gateways: gateways.length,
      random: () => spread.uniform(),
    };
  }

  #topic(stream: string): string {
    return topicOf(this.#options.topics, this.#options.plant, this.#unit, stream);
  }

  #emit(emission: Emission): void {
    const { topic, data, intended_ms } = emission;
    const sending = this.#options.onEmission?.(emission);
    const more = { ...(intended_ms === undefined ? {} : { intended_ms }), ...(sending ? { sending } : {}) };
    this.#contained("a message", () => this.#publish(topic, data, false, more));
  }

  #publish(
    topic: string,
    data: Uint8Array,
    retain: boolean,
    more: Partial<Pick<Publication, "intended_ms" | "sending">> = {},
  ): void {
    const { qos } = this.#options;
    this.#apply(this.#session.publish(performance.now(), { topic, data, qos, retain, ...more }));
  }

  #tellConnection(state: "connected" | "ended"): void {
    this.#publish(this.#topic(CONNECTION), connectionMessage(state), true);
  }

  #receive(datagram: Uint8Array): void {
    const decoded = this.#codec.decode(datagram, this.#tolerated);
    if (!decoded.ok) this.#malformed += 1;
    else {
      const { message } = decoded;
      this.#contained("a datagram", () => this.#apply(this.#session.receive(performance.now(), message)));
    }
  }

  /** What goes wrong costs the datagram, message or timer that it goes wrong at; the session goes on. */
  #contained(kind: string, work: () => void): void {
    const before = this.#containment.faults;
    this.#containment.run(kind, this.clientId, work);
    if (this.#containment.faults === before) return;
    // An interrupted session may be due for ever, which must not take all of the processor.
    this.#rest_ms = performance.now() + FAULT_REST_MS;
    this.#arm();
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#transport.send(this.#codec.encode(effect.message), effect.sending);
      else this.#on(effect);
    }
    this.#arm();
  }

  #on(event: SessionEvent): void {
    switch (event.kind) {
      case "ready":
        this.#onReady();
        break;
      case "refused":
        if (event.returnCode !== RETURN_CODE.congestion && this.#options.gateways.length === 1) {
          this.#fail(this.#refused(`the connection of "${this.clientId}"`, event.returnCode));
        }
        break;
      case "topic-refused":
        this.#fail(this.#refused(`the topic ${event.topic}`, event.returnCode));
        break;
      case "subscription-refused":
        this.#options.log(`MQTT-SN ${this.clientId}: the gateway refuses to subscribe to ${event.filter}`);
        break;
      case "message":
        this.#onMessage(event.topic, event.data);
        break;
      case "gateway":
        this.#turnTo(event.index).catch((error: unknown) =>
          this.#containment.caught(error, "a turn to another gateway", this.clientId),
        );
        break;
      case "disconnected":
        this.#onDisconnected?.();
    }
    this.#options.onEvent(event);
  }

  #onReady(): void {
    if (this.#options.will) this.#tellConnection("connected");
    const starting = this.#settle();
    if (!starting) return;
    this.#publisher.start();
    starting.resolve();
  }

  #onMessage(topic: string, data: Uint8Array): void {
    if (topic !== this.#topic(COMMAND)) return;
    this.#commands += 1;
    this.#publish(this.#topic(ANSWER), answerCommand(this.#port, this.#unit.name, data), false);
  }

  /** To another gateway; a way that cannot be opened is as a gateway that does not answer. */
  async #turnTo(index: number): Promise<void> {
    const former = this.#transport;
    const transport = this.#options.transport(this.#options.gateways[index]!);
    this.#gateway = index;
    this.#former = add(former.counters, this.#former);
    this.#transport = transport;
    await former.close();
    await transport.open((datagram) => this.#receive(datagram)).catch(() => undefined);
    if (!this.#open || this.#transport !== transport) await transport.close();
  }

  /** Keeps one timer; one that comes too early wakes a session that has nothing to do. */
  #arm(): void {
    const due_ms = Math.max(this.#session.deadline_ms, this.#rest_ms);
    if (!this.#open || due_ms >= this.#timerDue_ms) return;
    clearTimeout(this.#timer);
    this.#timerDue_ms = due_ms;
    const delay_ms = Math.max(0, Math.ceil(due_ms - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timerDue_ms = Infinity;
      this.#contained("a timer", () => this.#apply(this.#session.wake(performance.now())));
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

const connectionMessage = (state: "connected" | "ended" | "lost"): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ state }));

function add(counters: TransportCounters, former: TransportCounters | undefined): TransportCounters {
  if (!former) return { ...counters };
  return {
    datagramsSent: counters.datagramsSent + former.datagramsSent,
    datagramsReceived: counters.datagramsReceived + former.datagramsReceived,
    portUnreachable: counters.portUnreachable + former.portUnreachable,
    socketErrors: counters.socketErrors + former.socketErrors,
  };
}
