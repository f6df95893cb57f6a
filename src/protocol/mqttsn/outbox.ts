import { Backlog, settle, type Item } from "./backlog.ts";
import type { Message } from "./codec/codec.ts";
import type { PubAck } from "./codec/puback.ts";
import type { RegAck } from "./codec/regack.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import type { SubAck } from "./codec/suback.ts";
import type { FilterTopic, PublishTopic } from "./codec/topic.ts";
import { type Exchange, type Line, publishMessage, unansweredSince_ms } from "./exchange.ts";
import type { Subscription } from "./session-options.ts";
import { isTopicId, type TopicRegistry } from "./topic-registry.ts";

/** How often a message may meet "invalid topic id" although its topic was just registered. */
const MAX_INVALID_TOPIC_IDS = 3;

/** So many refusals one after the other, at least, are needed for a gateway to count as lost. */
const REFUSALS_MIN = 3;

/** What is done once and goes before messages. */
export type Chore =
  | { readonly kind: "subscribe"; readonly subscription: Subscription }
  | { readonly kind: "unsubscribe"; readonly filter: string }
  | { readonly kind: "will"; readonly message: Message };

/**
 * What a connected client asks of its gateway, one exchange at a time (6.5, 6.6): first the topics of the options,
 * then chores, then messages in their order.
 */
export class Outbox {
  readonly #line: Line;
  readonly #topics: TopicRegistry;
  readonly #backlog: Backlog;
  #chores: Chore[] = [];
  #exchange: Exchange | undefined;
  #ready = false;
  #pausedUntil_ms = 0;
  #refusals: { readonly since_ms: number; count: number } | undefined;

  constructor(line: Line, topics: TopicRegistry) {
    this.#line = line;
    this.#topics = topics;
    this.#backlog = new Backlog(line.options.backlog, line.counters);
  }

  /** Messages whose fate is open. */
  get pending(): number {
    return this.#backlog.length + (this.#exchange?.item ? 1 : 0);
  }

  /** Nothing waits, neither for the wire nor for an answer. */
  get isIdle(): boolean {
    return this.#ready && !this.#exchange && this.#backlog.length === 0 && this.#chores.length === 0;
  }

  get isWaiting(): boolean {
    return this.#exchange !== undefined;
  }

  get deadline_ms(): number {
    if (this.#exchange) return this.#exchange.due_ms;
    return this.isIdle ? Infinity : this.#pausedUntil_ms;
  }

  /** When the exchange that is repeated for want of an answer began. */
  get unansweredSince_ms(): number | undefined {
    return unansweredSince_ms(this.#exchange);
  }

  /** Since when the gateway has refused each message, if it has done so for as long as it may be silent. */
  refusedSince_ms(now_ms: number): number | undefined {
    const { retry_ms, retries } = this.#line.options;
    if (!this.#refusals || this.#refusals.count < REFUSALS_MIN) return undefined;
    const { since_ms } = this.#refusals;
    return now_ms - since_ms >= retry_ms * (retries + 1) ? since_ms : undefined;
  }

  isPaused(now_ms: number): boolean {
    return now_ms < this.#pausedUntil_ms;
  }

  /** A new connection: the gateway knows nothing of the old one. */
  reset(now_ms: number, subscriptions: readonly Subscription[]): void {
    this.suspend();
    this.#ready = false;
    this.#refusals = undefined;
    this.#pausedUntil_ms = now_ms;
    this.#topics.reset(this.#line.options.topics);
    this.#chores = subscriptions.map((subscription) => ({ kind: "subscribe", subscription }));
  }

  /** @param isAsleep  whether the device sleeps */
  offer(item: Item, isAsleep: boolean): void {
    this.#backlog.add(item, isAsleep);
  }

  /** Counts what never had a chance. */
  refuse(item: Item): void {
    this.#backlog.drop(item);
  }

  add(...chores: readonly Chore[]): void {
    this.#chores.push(...chores);
  }

  /** The connection is gone; its message goes back to where it came from. */
  suspend(): void {
    if (this.#exchange?.item) this.#backlog.putBack(this.#exchange.item);
    this.#exchange = undefined;
  }

  /** Gives up whatever waits. */
  clear(): void {
    if (this.#exchange?.item) this.#backlog.drop(this.#exchange.item, "unfinished");
    this.#exchange = undefined;
    this.#chores = [];
    this.#backlog.clear();
  }

  /** Repeats what is due. @returns false when that was done often enough: the gateway is lost */
  wake(now_ms: number): boolean {
    if (!this.#exchange || now_ms < this.#exchange.due_ms) return true;
    return this.#line.repeat(now_ms, this.#exchange);
  }

  /** Puts on the wire what may go now. @param closing  only messages, whose topics are known or registered for them */
  pump(now_ms: number, closing: boolean): void {
    while (!this.#exchange && !this.isPaused(now_ms)) {
      if (!closing && !this.#ready) {
        const missing = this.#topics.missing;
        if (missing !== undefined) return this.#register(now_ms, missing);
      }
      const chore = closing ? undefined : this.#chores.shift();
      if (chore) return this.#do(now_ms, chore);
      if (!this.#ready && !closing) {
        this.#ready = true;
        this.#line.tell({ kind: "ready" });
      }
      const item = this.#backlog.first;
      if (!item) return;
      const topic = this.#topics.find(item.topic);
      if (!topic && !this.#topics.isRefused(item.topic)) return this.#register(now_ms, item.topic);
      this.#backlog.take();
      if (topic) this.#transmit(now_ms, item, topic);
      else this.#backlog.drop(item);
    }
  }

  /** At QoS 0 and -1, which wait for nothing. */
  transmitNow(now_ms: number, item: Item, topic: PublishTopic): void {
    this.#count(now_ms, item);
    this.#line.send(now_ms, publishMessage(item, topic, 0), item.sending);
  }

  onRegAck(now_ms: number, { msgId, topicId, returnCode }: RegAck): void {
    const name = this.#answered("REGISTER", msgId)?.name;
    if (name === undefined) return;
    if (returnCode === RETURN_CODE.congestion) this.#pause(now_ms);
    else if (returnCode === RETURN_CODE.accepted && isTopicId(topicId)) this.#topics.assign(name, topicId);
    else {
      this.#topics.refuse(name);
      this.#line.tell({ kind: "topic-refused", topic: name, returnCode });
    }
  }

  onSubAck(now_ms: number, { msgId, topicId, qos, returnCode }: SubAck): void {
    const exchange = this.#answered("SUBSCRIBE", msgId);
    if (exchange?.name === undefined || exchange.message.type !== "SUBSCRIBE") return;
    const { name: filter, message } = exchange;
    if (returnCode === RETURN_CODE.congestion) {
      this.#pause(now_ms);
      this.#chores.unshift({ kind: "subscribe", subscription: { filter, qos: message.qos } });
    } else if (returnCode === RETURN_CODE.accepted) {
      // 6.9: wildcards, short and pre-defined topics have no id here, whatever stands in its place.
      if (message.topic.kind === "name" && isTopicId(topicId)) this.#topics.assign(filter, topicId);
      this.#line.tell({ kind: "subscribed", filter, qos });
    } else {
      this.#line.tell({ kind: "subscription-refused", filter, returnCode });
    }
  }

  onUnsubAck(msgId: number): void {
    const filter = this.#answered("UNSUBSCRIBE", msgId)?.name;
    if (filter !== undefined) this.#line.tell({ kind: "unsubscribed", filter });
  }

  /** Its answer has no message id. */
  onWillResp(type: "WILLTOPICUPD" | "WILLMSGUPD", returnCode: number): void {
    if (this.#exchange?.message.type !== type) {
      this.#line.counters.unexpected += 1;
      return;
    }
    this.#exchange = undefined;
    this.#line.tell({ kind: "will-updated", returnCode });
  }

  onPubAck(now_ms: number, { msgId, topicId, returnCode }: PubAck): void {
    if (msgId === 0) return this.#onRefused(now_ms, topicId, returnCode);
    const exchange = this.#answered("PUBLISH", msgId);
    if (!exchange?.item) return;
    const { item } = exchange;
    if (returnCode === RETURN_CODE.accepted) return this.#acknowledged(now_ms, exchange);
    if (returnCode === RETURN_CODE.congestion) {
      this.#pause(now_ms);
      this.#backlog.putBack(item);
      return;
    }
    const curable = returnCode === RETURN_CODE.invalidTopicId && this.#topics.forget(item.topic);
    if (curable && item.invalidTopicIds < MAX_INVALID_TOPIC_IDS) {
      item.invalidTopicIds += 1;
      this.#backlog.putBack(item);
      return;
    }
    settle(item, "rejected");
    this.#refused(now_ms, item.topic, returnCode);
  }

  #refused(now_ms: number, topic: string, returnCode: number): void {
    this.#line.counters.rejected += 1;
    this.#refusals ??= { since_ms: now_ms, count: 0 };
    this.#refusals.count += 1;
    this.#line.tell({ kind: "failed", topic, returnCode });
  }

  /** QoS 2, second step: from now on the gateway has the message, and only PUBREL is repeated. */
  onPubRec(now_ms: number, msgId: number): void {
    const exchange = this.#answered("PUBLISH", msgId);
    if (!exchange?.item) return;
    exchange.item.received = msgId;
    this.#release(now_ms, exchange.item, exchange.began_ms);
  }

  onPubComp(now_ms: number, msgId: number): void {
    const exchange = this.#answered("PUBREL", msgId);
    if (exchange) this.#acknowledged(now_ms, exchange);
  }

  #release(now_ms: number, item: Item, began_ms: number): void {
    const message: Message = { type: "PUBREL", msgId: item.received };
    this.#exchange = { ...this.#line.request(now_ms, message, { item }), began_ms };
  }

  #acknowledged(now_ms: number, { item, began_ms }: Exchange): void {
    if (!item) return;
    const { topic, intended_ms } = item;
    this.#line.counters.acknowledged += 1;
    this.#refusals = undefined;
    settle(item, "acknowledged");
    const roundTrip_ms = now_ms - began_ms;
    this.#line.tell({ kind: "acknowledged", topic, latency_ms: now_ms - intended_ms, roundTrip_ms });
  }

  /** 6.6: a refusal comes at any QoS; at QoS 0 its message is gone, but its topic may be mended. */
  #onRefused(now_ms: number, topicId: number, returnCode: number): void {
    const topic = this.#topics.name({ kind: "normal", id: topicId });
    if (topic === undefined || returnCode === RETURN_CODE.accepted) {
      this.#line.counters.unexpected += 1;
      return;
    }
    this.#refused(now_ms, topic, returnCode);
    if (returnCode === RETURN_CODE.congestion) this.#pause(now_ms);
    if (returnCode === RETURN_CODE.invalidTopicId) this.#topics.forget(topic);
  }

  /** The outstanding exchange, ended, if this answers it. */
  #answered(type: "REGISTER" | "SUBSCRIBE" | "UNSUBSCRIBE" | "PUBLISH" | "PUBREL", msgId: number) {
    const exchange = this.#exchange;
    if (exchange?.message.type === type && exchange.message.msgId === msgId) {
      this.#exchange = undefined;
      return exchange;
    }
    this.#line.counters.unexpected += 1;
    return undefined;
  }

  #register(now_ms: number, name: string): void {
    const msgId = this.#line.nextMsgId();
    const message: Message = { type: "REGISTER", topicId: 0, msgId, topicName: name };
    this.#exchange = this.#line.request(now_ms, message, { name });
  }

  #do(now_ms: number, chore: Chore): void {
    if (chore.kind === "will") {
      this.#exchange = this.#line.request(now_ms, chore.message);
      return;
    }
    const msgId = this.#line.nextMsgId();
    const name = chore.kind === "subscribe" ? chore.subscription.filter : chore.filter;
    const topic: FilterTopic = this.#topics.filter(name);
    const message: Message =
      chore.kind === "subscribe"
        ? { type: "SUBSCRIBE", dup: false, qos: chore.subscription.qos, msgId, topic }
        : { type: "UNSUBSCRIBE", msgId, topic };
    this.#exchange = this.#line.request(now_ms, message, { name });
  }

  #transmit(now_ms: number, item: Item, topic: PublishTopic): void {
    if (item.received > 0) this.#release(now_ms, item, now_ms);
    else if (item.qos < 1) this.transmitNow(now_ms, item, topic);
    else {
      this.#count(now_ms, item);
      const message = publishMessage(item, topic, this.#line.nextMsgId());
      this.#exchange = this.#line.request(now_ms, message, { item });
    }
  }

  #count(now_ms: number, item: Item): void {
    if (item.sending) item.sending.transmissions += 1;
    if (item.sent) {
      this.#line.counters.republished += 1;
      return;
    }
    item.sent = true;
    if (item.qos < 1) settle(item, "sent");
    else if (item.sending) item.sending.state = "sent";
    this.#line.counters.published += 1;
    this.#line.tell({ kind: "published", topic: item.topic, delay_ms: now_ms - item.intended_ms });
  }

  #pause(now_ms: number): void {
    const { congestionWait_ms: wait_ms } = this.#line.options;
    this.#line.counters.congested += 1;
    this.#pausedUntil_ms = now_ms + wait_ms;
    this.#line.tell({ kind: "congested", wait_ms });
  }
}
