import { Allowance } from "../mqtt-wire/allowance.ts";
import type { Message } from "./codec/codec.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import type { PublishTopic } from "./codec/topic.ts";
import type { GatewayCounters, GatewayOptions } from "./gateway-options.ts";
import type { GatewayTopics } from "./gateway-topics.ts";
import type { Arrival } from "./upstream.ts";

/** Objects around a message that waits. */
const OVERHEAD_OCTETS = 200;
/** How often a message may meet "invalid topic id" although its topic was just told. */
const MAX_INVALID_TOPIC_IDS = 3;

export interface GatewayOutboxEvents {
  send(message: Message): void;
  /** Does what a timer is for, and contains what that throws */
  guard(work: () => void): void;
  /** Nothing waits any more; told after each `flow` at least once */
  drained(): void;
  /** The client does not answer */
  lost(): void;
}

interface Waiting {
  arrival: Arrival;
  /** What it costs to keep, about */
  readonly octets: number;
  invalidTopicIds: number;
}

/** A request to the client that waits for its answer. */
interface Exchange {
  readonly message: Message & { readonly msgId: number };
  readonly waiting: Waiting;
  repeats: number;
}

/**
 * Messages on their way to a client, oldest first: told a topic id when it needs one (6.10), one exchange at a time,
 * repeated until answered (6.13), kept while it sleeps (6.14). The broker hears that a message was taken once the client
 * has acknowledged it, and so keeps it for a client that does not come back before its connection counts as lost.
 */
export class GatewayOutbox {
  readonly #topics: GatewayTopics;
  readonly #options: GatewayOptions;
  readonly #counters: GatewayCounters;
  readonly #events: GatewayOutboxEvents;
  readonly #room: Allowance;
  readonly #queue: Waiting[] = [];
  #flowing = false;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #msgId = 0;

  /** @param kept  what messages of all clients may cost together */
  constructor(
    topics: GatewayTopics,
    options: GatewayOptions,
    counters: GatewayCounters,
    kept: Allowance,
    events: GatewayOutboxEvents,
  ) {
    this.#room = new Allowance(options.maxQueued_octets, kept);
    this.#topics = topics;
    this.#options = options;
    this.#counters = counters;
    this.#events = events;
  }

  offer(arrival: Arrival): void {
    const { maxMessage, maxQueued } = this.#options;
    if (this.#isKnown(arrival)) return;
    this.#counters.arrived += 1;
    const size = Buffer.byteLength(arrival.topic) + arrival.data.length;
    const octets = size + OVERHEAD_OCTETS;
    if (size > maxMessage || !this.#room.take(octets)) return this.#give(arrival);
    this.#queue.push({ arrival, octets, invalidTopicIds: 0 });
    if (this.#queue.length > maxQueued) {
      // What the broker would send again is the last to go.
      const at = this.#queue.findIndex(({ arrival: { qos } }) => qos === 0);
      for (const surplus of this.#queue.splice(Math.max(0, at), 1)) this.#drop(surplus);
    }
    if (this.#flowing) this.#pump();
  }

  /** The client listens; what it has not acknowledged goes first. */
  flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    if (this.#exchange) this.#repeat();
    else this.#pump();
  }

  /** The client does not listen. */
  hold(): void {
    this.#flowing = false;
    if (this.#exchange) this.#exchange.repeats = 0;
    clearTimeout(this.#timer);
  }

  /** The client is gone. @param isKept  the broker keeps what was not acknowledged for when it comes back (4.4) */
  close(isKept: boolean): void {
    const lost = this.#all().filter(({ arrival: { qos } }) => qos === 0 || !isKept);
    this.#counters.dropped += lost.length;
    for (const { octets } of this.#all()) this.#room.give(octets);
    this.#queue.length = 0;
    this.#flowing = false;
    this.#finish();
  }

  /** @returns whether the message was an answer that is waited for */
  receive(message: Message): boolean {
    const exchange = this.#exchange;
    if (!exchange || !("msgId" in message) || message.msgId !== exchange.message.msgId) return false;
    const { type } = exchange.message;
    if (message.type === "REGACK" && type === "REGISTER") {
      this.#onRegAck(exchange, message.returnCode);
    } else if (message.type === "PUBACK" && type === "PUBLISH") {
      this.#onPubAck(exchange, message.returnCode);
    } else if (message.type === "PUBREC" && type === "PUBLISH") {
      this.#finish();
      exchange.waiting.arrival.taken();
      this.#begin({ type: "PUBREL", msgId: message.msgId }, exchange.waiting);
    } else if (message.type === "PUBCOMP" && type === "PUBREL") {
      this.#finish();
      this.#delivered(exchange.waiting);
    } else return false;
    this.#pump();
    return true;
  }

  #all(): Waiting[] {
    return this.#exchange ? [this.#exchange.waiting, ...this.#queue] : this.#queue;
  }

  /** Over a new connection the broker sends again, with the id of the first time, what still waits here (4.4). */
  #isKnown(arrival: Arrival): boolean {
    if (!arrival.dup) return false;
    const waiting = this.#all().find(({ arrival: it }) => it.qos === arrival.qos && it.id === arrival.id);
    if (waiting) waiting.arrival = arrival;
    return waiting !== undefined;
  }

  #drop({ arrival, octets }: Waiting): void {
    this.#room.give(octets);
    this.#give(arrival);
  }

  /** Gives a message up; the broker need not send it again. */
  #give(arrival: Arrival): void {
    this.#counters.dropped += 1;
    arrival.taken();
  }

  #delivered({ octets }: Waiting): void {
    this.#room.give(octets);
    this.#counters.delivered += 1;
  }

  #onRegAck({ waiting }: Exchange, returnCode: number): void {
    if (returnCode === RETURN_CODE.congestion) return this.#pause();
    this.#finish();
    if (returnCode === RETURN_CODE.accepted) this.#topics.tell(waiting.arrival.topic);
    else this.#topics.refuse(waiting.arrival.topic);
    this.#queue.unshift(waiting);
  }

  #onPubAck({ waiting }: Exchange, returnCode: number): void {
    if (returnCode === RETURN_CODE.congestion) return this.#pause();
    this.#finish();
    const again =
      returnCode === RETURN_CODE.invalidTopicId && waiting.invalidTopicIds < MAX_INVALID_TOPIC_IDS;
    if (returnCode === RETURN_CODE.accepted) {
      waiting.arrival.taken();
      this.#delivered(waiting);
    } else if (again) {
      waiting.invalidTopicIds += 1;
      this.#topics.untell(waiting.arrival.topic);
      this.#queue.unshift(waiting);
    } else this.#drop(waiting);
  }

  #pump(): void {
    while (this.#flowing && !this.#exchange) {
      const waiting = this.#queue.shift();
      if (!waiting) return this.#events.drained();
      const topic = this.#topics.find(waiting.arrival.topic);
      if (topic) this.#publish(waiting, topic);
      else this.#register(waiting);
    }
  }

  #register(waiting: Waiting): void {
    const topicName = waiting.arrival.topic;
    const topicId = this.#topics.offer(topicName);
    if (topicId === undefined) return this.#drop(waiting);
    this.#begin({ type: "REGISTER", topicId, msgId: this.#nextMsgId(), topicName }, waiting);
  }

  #publish(waiting: Waiting, topic: PublishTopic): void {
    const { qos, retain, data } = waiting.arrival;
    const message = { type: "PUBLISH", dup: false, qos, retain, topic, data } as const;
    if (qos > 0) return this.#begin({ ...message, msgId: this.#nextMsgId() }, waiting);
    this.#delivered(waiting);
    this.#events.send({ ...message, msgId: 0 });
  }

  #begin(message: Exchange["message"], waiting: Waiting): void {
    this.#exchange = { message, waiting, repeats: 0 };
    this.#events.send(message);
    this.#arm(this.#options.retry_ms);
  }

  #repeat(): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    if (exchange.repeats >= this.#options.retries) return this.#events.lost();
    exchange.repeats += 1;
    this.#counters.retransmitted += 1;
    const { message } = exchange;
    this.#events.send(message.type === "PUBLISH" ? { ...message, dup: true } : message);
    this.#arm(this.#options.retry_ms);
  }

  /** The client asks for patience: the same request again, later. */
  #pause(): void {
    this.#arm(this.#options.congestionWait_ms);
  }

  #arm(wait_ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#events.guard(() => this.#repeat()), wait_ms);
  }

  /** The outstanding exchange, ended. */
  #finish(): Exchange | undefined {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    clearTimeout(this.#timer);
    return exchange;
  }

  #nextMsgId(): number {
    this.#msgId = (this.#msgId % 0xffff) + 1;
    return this.#msgId;
  }
}
