import type { Message } from "./codec/codec.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import type { PublishTopic } from "./codec/topic.ts";
import type { GatewayCounters, GatewayOptions } from "./gateway-options.ts";
import type { GatewayTopics } from "./gateway-topics.ts";
import type { Arrival } from "./upstream.ts";

/** How often a message may meet "invalid topic id" although its topic was just told. */
const MAX_INVALID_TOPIC_IDS = 3;

export interface GatewayOutboxEvents {
  send(message: Message): void;
  /** Nothing waits any more; told after each `flow` at least once */
  drained(): void;
  /** The client does not answer */
  lost(): void;
}

interface Waiting extends Arrival {
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
 * repeated until answered (6.13), kept while it sleeps (6.14).
 */
export class GatewayOutbox {
  readonly #topics: GatewayTopics;
  readonly #options: GatewayOptions;
  readonly #counters: GatewayCounters;
  readonly #events: GatewayOutboxEvents;
  readonly #queue: Waiting[] = [];
  #flowing = false;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #msgId = 0;

  constructor(
    topics: GatewayTopics,
    options: GatewayOptions,
    counters: GatewayCounters,
    events: GatewayOutboxEvents,
  ) {
    this.#topics = topics;
    this.#options = options;
    this.#counters = counters;
    this.#events = events;
  }

  offer(arrival: Arrival): void {
    const { maxMessage, maxQueued } = this.#options;
    this.#counters.arrived += 1;
    if (Buffer.byteLength(arrival.topic) + arrival.data.length > maxMessage) {
      this.#counters.dropped += 1;
      return;
    }
    this.#queue.push({ ...arrival, invalidTopicIds: 0 });
    if (this.#queue.length > maxQueued) {
      this.#queue.shift();
      this.#counters.dropped += 1;
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

  /** The client is gone. */
  close(): void {
    this.#counters.dropped += this.#queue.length + (this.#exchange ? 1 : 0);
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
      this.#begin({ type: "PUBREL", msgId: message.msgId }, exchange.waiting);
    } else if (message.type === "PUBCOMP" && type === "PUBREL") {
      this.#finish();
      this.#counters.delivered += 1;
    } else return false;
    this.#pump();
    return true;
  }

  #onRegAck({ waiting }: Exchange, returnCode: number): void {
    if (returnCode === RETURN_CODE.congestion) return this.#pause();
    this.#finish();
    if (returnCode === RETURN_CODE.accepted) this.#topics.tell(waiting.topic);
    else this.#topics.refuse(waiting.topic);
    this.#queue.unshift(waiting);
  }

  #onPubAck({ waiting }: Exchange, returnCode: number): void {
    if (returnCode === RETURN_CODE.congestion) return this.#pause();
    this.#finish();
    const again =
      returnCode === RETURN_CODE.invalidTopicId && waiting.invalidTopicIds < MAX_INVALID_TOPIC_IDS;
    if (returnCode === RETURN_CODE.accepted) this.#counters.delivered += 1;
    else if (again) {
      waiting.invalidTopicIds += 1;
      this.#topics.untell(waiting.topic);
      this.#queue.unshift(waiting);
    } else this.#counters.dropped += 1;
  }

  #pump(): void {
    while (this.#flowing && !this.#exchange) {
      const waiting = this.#queue.shift();
      if (!waiting) return this.#events.drained();
      const topic = this.#topics.find(waiting.topic);
      if (topic) this.#publish(waiting, topic);
      else this.#register(waiting);
    }
  }

  #register(waiting: Waiting): void {
    const topicId = this.#topics.offer(waiting.topic);
    if (topicId === undefined) {
      this.#counters.dropped += 1;
      return;
    }
    this.#begin({ type: "REGISTER", topicId, msgId: this.#nextMsgId(), topicName: waiting.topic }, waiting);
  }

  #publish(waiting: Waiting, topic: PublishTopic): void {
    const { qos, retain, data } = waiting;
    const message = { type: "PUBLISH", dup: false, qos, retain, topic, data } as const;
    if (qos > 0) return this.#begin({ ...message, msgId: this.#nextMsgId() }, waiting);
    this.#counters.delivered += 1;
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
    this.#timer = setTimeout(() => this.#repeat(), wait_ms);
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
