/**
 * A client's session (MQTT-SN 1.2 chapter 6) as a state machine: no sockets, no clock. Each input carries the time,
 * gives back what is to be done, and may move `deadline_ms`, at which `wake` is to be called.
 *
 *     idle --connect--> connecting --CONNACK--> active --disconnect--> disconnecting --DISCONNECT--> idle
 *                        ^      |                 |
 *                        +-- waiting <-- lost ----+
 *
 * One exchange is outstanding at a time (6.5, 6.6); PINGREQ goes beside it.
 */
import { Backlog, type Item } from "./backlog.ts";
import type { Message } from "./codec/codec.ts";
import type { ConnAck } from "./codec/connack.ts";
import type { PubAck } from "./codec/puback.ts";
import type { RegAck } from "./codec/regack.ts";
import type { Register } from "./codec/register.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { connectMessage, type Exchange, publishMessage, refusal, repeated } from "./exchange.ts";
import {
  type Effect,
  noSessionCounters,
  SESSION_DEFAULTS,
  type SessionCounters,
  type SessionOptions,
} from "./session-options.ts";
import { isTopicId, TopicRegistry } from "./topic-registry.ts";

type State = "idle" | "connecting" | "active" | "waiting" | "disconnecting";

/** PINGREQ goes out after this share of the keep-alive, so that its repeats still fall into the period (6.11). */
const PING_SHARE = 0.75;

/** How often a message may meet "invalid topic id" although its topic was just registered. */
const MAX_INVALID_TOPIC_IDS = 3;

export class Session {
  readonly #options: SessionOptions;
  readonly #counters = noSessionCounters();
  readonly #backlog: Backlog;
  readonly #topics = new TopicRegistry();
  #effects: Effect[] = [];
  #state: State = "idle";
  #ready = false;
  #closing = false;
  #exchange: Exchange | undefined;
  #ping: Exchange | undefined;
  #msgId = 0;
  #lastSent_ms = 0;
  #lastHeard_ms = 0;
  #pausedUntil_ms = 0;
  #resume_ms = 0;
  #backoff_ms: number;

  /** What is not given comes from SESSION_DEFAULTS. */
  constructor(options: Partial<SessionOptions> & Pick<SessionOptions, "clientId">) {
    this.#options = { ...SESSION_DEFAULTS, ...options };
    this.#backlog = new Backlog(this.#options.backlog, this.#counters);
    this.#backoff_ms = this.#options.backoff_ms;
  }

  get state(): State {
    return this.#state;
  }

  get counters(): Readonly<SessionCounters> {
    return this.#counters;
  }

  /** Messages whose fate is open: waiting, or sent at QoS 1 and not acknowledged. */
  get pending(): number {
    return this.#backlog.length + (this.#exchange?.item ? 1 : 0);
  }

  /** When `wake` has something to do; Infinity when only an input can change anything. */
  get deadline_ms(): number {
    if (this.#state === "idle") return Infinity;
    if (this.#state === "waiting") return this.#resume_ms;
    let deadline_ms = this.#exchange?.due_ms ?? Infinity;
    if (this.#state === "active") {
      deadline_ms = Math.min(deadline_ms, this.#ping?.due_ms ?? this.#pingDue_ms());
      const work = this.#backlog.length > 0 || !this.#ready || this.#closing;
      if (!this.#exchange && work) deadline_ms = Math.min(deadline_ms, this.#pausedUntil_ms);
    }
    return deadline_ms;
  }

  /** Sets up the connection and keeps it up until `disconnect` or `abandon`. */
  connect(now_ms: number): Effect[] {
    if (this.#state !== "idle") throw new Error(`connect while ${this.#state}`);
    this.#closing = false;
    this.#backoff_ms = this.#options.backoff_ms;
    this.#dial(now_ms);
    return this.#take();
  }

  /**
   * Offers a message. At QoS 1 it waits in the backlog while there is no connection; at QoS 0 it is suppressed
   * then, as it is while the gateway asks for silence.
   */
  publish(now_ms: number, topic: string, data: Uint8Array, qos: 0 | 1): Effect[] {
    this.#counters.offered += 1;
    const item: Item = { topic, data, qos, sent: false, invalidTopicIds: 0 };
    const open = this.#state !== "idle" && this.#state !== "disconnecting" && !this.#closing;
    const flowing = this.#state === "active" && now_ms >= this.#pausedUntil_ms;
    if (open && (qos === 1 || flowing)) this.#backlog.add(item);
    else this.#backlog.drop(item);
    this.#pump(now_ms);
    return this.#take();
  }

  /** Sends what still waits, as long as the gateway takes it, then ends the connection; "disconnected" tells the end. */
  disconnect(now_ms: number): Effect[] {
    if (this.#state === "active") {
      this.#closing = true;
      this.#pump(now_ms);
    } else if (this.#state !== "disconnecting") {
      if (this.#state === "connecting") this.#send(now_ms, { type: "DISCONNECT" });
      this.#finish();
    }
    return this.#take();
  }

  /** Ends at once and tells nobody; whatever is open is given up and counted. */
  abandon(): Effect[] {
    this.#finish();
    return this.#take();
  }

  /** A message from the gateway. */
  receive(now_ms: number, message: Message): Effect[] {
    if (this.#state === "idle" || this.#state === "waiting") {
      this.#counters.unexpected += 1;
      return this.#take();
    }
    // Any message is a sign of life (6.11), not only PINGRESP.
    this.#lastHeard_ms = now_ms;
    this.#ping = undefined;
    this.#dispatch(now_ms, message);
    this.#pump(now_ms);
    return this.#take();
  }

  /** Does what is due; harmless when nothing is. */
  wake(now_ms: number): Effect[] {
    if (this.#state === "waiting" && now_ms >= this.#resume_ms) this.#dial(now_ms);
    if (this.#exchange && now_ms >= this.#exchange.due_ms) this.#repeat(now_ms, this.#exchange);
    if (this.#ping && now_ms >= this.#ping.due_ms) this.#repeat(now_ms, this.#ping);
    if (this.#state === "active" && !this.#ping && now_ms >= this.#pingDue_ms()) {
      this.#ping = this.#begin(now_ms, { type: "PINGREQ" });
    }
    this.#pump(now_ms);
    return this.#take();
  }

  #dispatch(now_ms: number, message: Message): void {
    switch (message.type) {
      case "CONNACK":
        return this.#onConnAck(now_ms, message);
      case "REGACK":
        return this.#onRegAck(now_ms, message);
      case "PUBACK":
        return this.#onPubAck(now_ms, message);
      case "REGISTER":
        return this.#onRegister(now_ms, message);
      case "PUBLISH":
        this.#counters.unexpected += 1;
        if (message.qos >= 1) this.#send(now_ms, refusal(message));
        return;
      case "PINGREQ":
        return this.#send(now_ms, { type: "PINGRESP" });
      case "PINGRESP":
        return;
      case "DISCONNECT":
        // Never answered: the gateway would take an answer for a new request and so on for ever.
        if (this.#state === "disconnecting") this.#finish();
        else this.#lose(now_ms, "gateway-disconnected");
        return;
      default:
        this.#counters.unexpected += 1;
    }
  }

  #onConnAck(now_ms: number, { returnCode }: ConnAck): void {
    if (this.#state !== "connecting" || !this.#exchange) {
      this.#counters.unexpected += 1;
      return;
    }
    const { began_ms } = this.#exchange;
    this.#exchange = undefined;
    if (returnCode !== RETURN_CODE.accepted) {
      this.#counters.refused += 1;
      if (returnCode === RETURN_CODE.congestion) this.#counters.congested += 1;
      this.#effects.push({ kind: "refused", returnCode });
      this.#wait(now_ms + this.#options.congestionWait_ms);
      return;
    }
    this.#state = "active";
    this.#backoff_ms = this.#options.backoff_ms;
    if (this.#counters.connects > 0) this.#counters.reconnects += 1;
    this.#counters.connects += 1;
    this.#effects.push({ kind: "connected", latency_ms: now_ms - began_ms });
  }

  #onRegAck(now_ms: number, { msgId, topicId, returnCode }: RegAck): void {
    const topic = this.#answered("REGISTER", msgId)?.topic;
    if (topic === undefined) return;
    if (returnCode === RETURN_CODE.congestion) {
      this.#pause(now_ms);
      return;
    }
    if (returnCode === RETURN_CODE.accepted && isTopicId(topicId)) {
      this.#topics.assign(topic, topicId);
      return;
    }
    this.#topics.refuse(topic);
    this.#effects.push({ kind: "topic-refused", topic, returnCode });
  }

  #onPubAck(now_ms: number, { msgId, topicId, returnCode }: PubAck): void {
    if (msgId === 0) return this.#onQos0Refused(now_ms, topicId, returnCode);
    const exchange = this.#answered("PUBLISH", msgId);
    if (!exchange?.item) return;
    const { item, began_ms } = exchange;
    if (returnCode === RETURN_CODE.accepted) {
      this.#counters.acknowledged += 1;
      this.#effects.push({ kind: "acknowledged", topic: item.topic, latency_ms: now_ms - began_ms });
      return;
    }
    if (returnCode === RETURN_CODE.congestion) {
      this.#pause(now_ms);
      this.#backlog.putBack(item);
      return;
    }
    if (returnCode === RETURN_CODE.invalidTopicId && item.invalidTopicIds < MAX_INVALID_TOPIC_IDS) {
      item.invalidTopicIds += 1;
      this.#topics.forget(item.topic);
      this.#backlog.putBack(item);
      return;
    }
    this.#counters.rejected += 1;
    this.#effects.push({ kind: "failed", topic: item.topic, returnCode });
  }

  /** 6.6: a refusal comes at any QoS; at QoS 0 its message is gone, but its topic may be mended. */
  #onQos0Refused(now_ms: number, topicId: number, returnCode: number): void {
    const topic = this.#topics.name(topicId);
    if (topic === undefined || returnCode === RETURN_CODE.accepted) {
      this.#counters.unexpected += 1;
      return;
    }
    this.#counters.rejected += 1;
    this.#effects.push({ kind: "failed", topic, returnCode });
    if (returnCode === RETURN_CODE.congestion) this.#pause(now_ms);
    if (returnCode === RETURN_CODE.invalidTopicId) this.#topics.forget(topic);
  }

  #onRegister(now_ms: number, { topicId, msgId, topicName }: Register): void {
    const known = this.#state === "active" && isTopicId(topicId);
    if (known) this.#topics.assign(topicName, topicId);
    const returnCode = known ? RETURN_CODE.accepted : RETURN_CODE.invalidTopicId;
    this.#send(now_ms, { type: "REGACK", topicId, msgId, returnCode });
  }

  /** The outstanding exchange, ended, if this answers it. */
  #answered(type: "REGISTER" | "PUBLISH", msgId: number): Exchange | undefined {
    const exchange = this.#exchange;
    if (exchange?.message.type === type && exchange.message.msgId === msgId) {
      this.#exchange = undefined;
      return exchange;
    }
    this.#counters.unexpected += 1;
    return undefined;
  }

  /** Puts on the wire what may go now. */
  #pump(now_ms: number): void {
    while (this.#state === "active" && !this.#exchange) {
      const paused = now_ms < this.#pausedUntil_ms;
      if (this.#closing && (paused || this.#backlog.length === 0)) {
        this.#backlog.clear();
        this.#state = "disconnecting";
        this.#exchange = this.#begin(now_ms, { type: "DISCONNECT" });
        return;
      }
      if (paused) return;
      if (this.#topics.missing !== undefined) return this.#register(now_ms, this.#topics.missing);
      if (!this.#ready) {
        this.#ready = true;
        this.#effects.push({ kind: "ready" });
      }
      const item = this.#backlog.first;
      if (!item) return;
      const id = this.#topics.id(item.topic);
      if (id === undefined && !this.#topics.isRefused(item.topic)) return this.#register(now_ms, item.topic);
      this.#backlog.take();
      if (id === undefined) this.#backlog.drop(item);
      else this.#transmit(now_ms, item, id);
    }
  }

  #register(now_ms: number, topic: string): void {
    const message: Message = { type: "REGISTER", topicId: 0, msgId: this.#nextMsgId(), topicName: topic };
    this.#exchange = this.#begin(now_ms, message, { topic });
  }

  #transmit(now_ms: number, item: Item, id: number): void {
    if (item.sent) this.#counters.republished += 1;
    else this.#counters.published += 1;
    item.sent = true;
    if (item.qos === 0) this.#send(now_ms, publishMessage(item, id, 0));
    else this.#exchange = this.#begin(now_ms, publishMessage(item, id, this.#nextMsgId()), { item });
  }

  #dial(now_ms: number): void {
    this.#state = "connecting";
    this.#ready = false;
    this.#pausedUntil_ms = now_ms;
    this.#topics.reset(this.#options.topics);
    this.#exchange = this.#begin(now_ms, connectMessage(this.#options));
  }

  #begin(now_ms: number, message: Message, about: Pick<Exchange, "topic" | "item"> = {}): Exchange {
    this.#send(now_ms, message);
    return { message, began_ms: now_ms, due_ms: now_ms + this.#options.retry_ms, repeats: 0, ...about };
  }

  /** 6.13: the same message again, N_retry times; then the gateway is lost. */
  #repeat(now_ms: number, exchange: Exchange): void {
    const { message } = exchange;
    if (exchange.repeats >= this.#options.retries) {
      if (message.type === "DISCONNECT") this.#finish();
      else this.#lose(now_ms, "no-answer");
      return;
    }
    exchange.repeats += 1;
    exchange.due_ms = now_ms + this.#options.retry_ms;
    this.#counters.retransmitted += 1;
    this.#send(now_ms, repeated(message));
  }

  #lose(now_ms: number, reason: "no-answer" | "gateway-disconnected"): void {
    this.#counters.lost += 1;
    this.#effects.push({ kind: "lost", reason });
    if (this.#closing) {
      this.#finish();
      return;
    }
    if (this.#exchange?.item) this.#backlog.putBack(this.#exchange.item);
    this.#wait(now_ms + this.#backoff_ms);
    this.#backoff_ms = Math.min(this.#backoff_ms * 2, this.#options.backoffLimit_ms);
  }

  #wait(resume_ms: number): void {
    this.#state = "waiting";
    this.#exchange = undefined;
    this.#ping = undefined;
    this.#resume_ms = resume_ms;
  }

  #pause(now_ms: number): void {
    this.#counters.congested += 1;
    this.#pausedUntil_ms = now_ms + this.#options.congestionWait_ms;
  }

  #finish(): void {
    if (this.#exchange?.item) this.#backlog.drop(this.#exchange.item);
    this.#backlog.clear();
    this.#exchange = undefined;
    this.#ping = undefined;
    this.#closing = false;
    if (this.#state !== "idle") this.#effects.push({ kind: "disconnected" });
    this.#state = "idle";
  }

  /** Sending alone does not prove a gateway alive, hearing alone does not prove us alive: the older of both counts. */
  #pingDue_ms(): number {
    const { keepAlive_s } = this.#options;
    if (keepAlive_s === 0) return Infinity;
    return Math.min(this.#lastSent_ms, this.#lastHeard_ms) + keepAlive_s * 1000 * PING_SHARE;
  }

  #nextMsgId(): number {
    this.#msgId = (this.#msgId % 0xffff) + 1;
    return this.#msgId;
  }

  #send(now_ms: number, message: Message): void {
    this.#lastSent_ms = now_ms;
    this.#effects.push({ kind: "send", message });
  }

  #take(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
