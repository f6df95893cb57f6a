import type { Message } from "./codec/codec.ts";
import type { Publish } from "./codec/publish.ts";
import type { PubRel } from "./codec/pubrec.ts";
import type { Register } from "./codec/register.ts";
import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import { topicIdField } from "./codec/topic.ts";
import { type GatewayCounters, type GatewayOptions, countRefusal } from "./gateway-options.ts";
import type { GatewayTopics } from "./gateway-topics.ts";
import type { Outcome, Upstream } from "./upstream.ts";

interface Books {
  readonly options: GatewayOptions;
  readonly counters: GatewayCounters;
}

/** What it needs of the connection to the broker. */
export type BrokerWay = Pick<Upstream, "publish" | "buffered" | "connected">;

/** What a client publishes: each message of QoS 1 and 2 goes to the broker once, and is answered when that has it. */
export class GatewayInbox {
  readonly #topics: GatewayTopics;
  readonly #books: Books;
  readonly #send: (message: Message) => void;
  /** Ids of messages that the broker has not acknowledged */
  #inflight: Set<number> | undefined;
  /** QoS 2: ids that the broker has and the client has not released */
  #held: Set<number> | undefined;
  /** QoS 1: the last id; 0 for none */
  #acknowledged = 0;

  constructor(topics: GatewayTopics, books: Books, send: (message: Message) => void) {
    this.#topics = topics;
    this.#books = books;
    this.#send = send;
  }

  register({ msgId, topicName }: Register): void {
    const id = this.#topics.register(topicName);
    const returnCode =
      id === "full"
        ? RETURN_CODE.congestion
        : id === "invalid"
          ? RETURN_CODE.notSupported
          : RETURN_CODE.accepted;
    const topicId = typeof id === "number" ? id : 0;
    if (typeof id === "number") this.#books.counters.registered += 1;
    countRefusal(this.#books.counters, returnCode);
    this.#send({ type: "REGACK", topicId, msgId, returnCode });
  }

  publish(message: Publish, upstream: BrokerWay): void {
    const { qos, retain, data } = message;
    const name = this.#topics.resolve(message.topic);
    if (name === undefined) return this.#answer(message, RETURN_CODE.invalidTopicId);
    if (qos < 1) return this.#forward(name, message, upstream);
    if (this.#isDuplicate(message)) return;
    if (this.#isCongested(upstream)) return this.#answer(message, RETURN_CODE.congestion);
    const level = qos === 2 ? 2 : 1;
    const { counters } = this.#books;
    if (level === 1) counters.publishedQos1 += 1;
    else counters.publishedQos2 += 1;
    this.#inflight ??= new Set();
    this.#inflight.add(message.msgId);
    upstream.publish(name, data, { qos: level, retain }, (outcome) =>
      this.#onDone(message, upstream, outcome),
    );
  }

  /** Answered also when nothing is held, since the PUBCOMP before may have been lost. */
  release({ msgId }: PubRel): void {
    this.#held?.delete(msgId);
    this.#send({ type: "PUBCOMP", msgId });
  }

  #forward(name: string, message: Publish, upstream: BrokerWay): void {
    const { counters } = this.#books;
    if (this.#isCongested(upstream)) return this.#answer(message, RETURN_CODE.congestion);
    counters.publishedQos0 += 1;
    upstream.publish(name, message.data, { qos: 0, retain: message.retain }, (outcome) => {
      if (outcome !== "taken") counters.undelivered += 1;
    });
  }

  #onDone(message: Publish, upstream: BrokerWay, outcome: Outcome): void {
    const { msgId } = message;
    this.#inflight?.delete(msgId);
    if (outcome !== "taken") this.#books.counters.undelivered += 1;
    // A connection that ended told the client so.
    if (!upstream.connected) return;
    // "Congestion" would have the client repeat for ever what the broker never takes.
    if (outcome === "refused") return this.#answer(message, RETURN_CODE.notSupported);
    if (outcome === "failed") return this.#answer(message, RETURN_CODE.congestion);
    if (message.qos === 2) {
      this.#held ??= new Set();
      this.#held.add(msgId);
      this.#send({ type: "PUBREC", msgId });
    } else {
      this.#acknowledged = msgId;
      this.#answer(message, RETURN_CODE.accepted);
    }
  }

  /** One exchange is outstanding at a time (6.6), so a repeat is of the one in flight or of the last one. */
  #isDuplicate(message: Publish): boolean {
    const { qos, msgId, dup } = message;
    const isInflight = this.#inflight?.has(msgId) ?? false;
    const isHeld = qos === 2 && (this.#held?.has(msgId) ?? false);
    const isAcknowledged = qos === 1 && dup && msgId === this.#acknowledged;
    if (!isInflight && !isHeld && !isAcknowledged) return false;
    this.#books.counters.duplicates += 1;
    if (isHeld) this.#send({ type: "PUBREC", msgId });
    else if (isAcknowledged) this.#answer(message, RETURN_CODE.accepted);
    return true;
  }

  #isCongested(upstream: BrokerWay): boolean {
    const { maxInflight, maxBuffered } = this.#books.options;
    const open = (this.#inflight?.size ?? 0) + (this.#held?.size ?? 0);
    return open >= maxInflight || upstream.buffered > maxBuffered;
  }

  #answer({ topic, msgId }: Publish, returnCode: ReturnCode): void {
    countRefusal(this.#books.counters, returnCode);
    this.#send({ type: "PUBACK", topicId: topicIdField(topic), msgId, returnCode });
  }
}
