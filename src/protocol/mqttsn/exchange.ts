import type { Sending } from "../port.ts";
import type { Item } from "./backlog.ts";
import type { Message } from "./codec/codec.ts";
import type { PublishTopic } from "./codec/topic.ts";
import { type Effect, noSessionCounters, type SessionEvent, type SessionOptions } from "./session-options.ts";

export type LossReason = Extract<SessionEvent, { kind: "lost" }>["reason"];

/** A request that waits for its answer. */
export interface Exchange {
  readonly message: Message;
  readonly began_ms: number;
  due_ms: number;
  repeats: number;
  /** REGISTER: the name; SUBSCRIBE and UNSUBSCRIBE: the filter */
  readonly name?: string;
  /** PUBLISH and PUBREL */
  readonly item?: Item;
}

/** When an exchange that is repeated for want of an answer began. */
export const unansweredSince_ms = (exchange: Exchange | undefined): number | undefined =>
  exchange && exchange.repeats > 0 ? exchange.began_ms : undefined;

/** @param msgId  0 at QoS 0 and -1 */
export function publishMessage({ qos, retain, data }: Item, topic: PublishTopic, msgId: number): Message {
  return { type: "PUBLISH", dup: false, qos, retain: retain ?? false, topic, msgId, data };
}

const sendingOf = ({ type }: Message, item: Item | undefined): Sending | undefined =>
  type === "PUBLISH" ? item?.sending : undefined;

/** What the parts of a session share: options, counters, and the way out. */
export class Line {
  readonly options: SessionOptions;
  readonly counters = noSessionCounters();
  lastSent_ms = 0;
  lastHeard_ms = 0;
  /** The same before the message that was received last */
  heardBefore_ms = 0;
  #effects: Effect[] = [];
  #msgId = 0;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /** @param sending  of the message that a PUBLISH carries */
  send(now_ms: number, message: Message, sending?: Sending): void {
    this.lastSent_ms = now_ms;
    this.#effects.push(sending ? { kind: "send", message, sending } : { kind: "send", message });
  }

  heard(now_ms: number): void {
    this.heardBefore_ms = this.lastHeard_ms;
    this.lastHeard_ms = now_ms;
  }

  /** @param since_ms  from when on the gateway has not done its part; undefined if it has */
  tellLoss(reason: LossReason, since_ms: number | undefined): void {
    if (since_ms === undefined) return;
    const heard_ms = reason === "no-answer" ? this.lastHeard_ms : this.heardBefore_ms;
    this.tell({ kind: "lost", reason, heard_ms: Math.min(heard_ms, since_ms), since_ms });
  }

  tell(event: SessionEvent): void {
    this.#effects.push(event);
  }

  /** Sends what wants an answer. */
  request(now_ms: number, message: Message, about: Pick<Exchange, "name" | "item"> = {}): Exchange {
    const { name, item } = about;
    this.send(now_ms, message, sendingOf(message, item));
    const exchange = { message, began_ms: now_ms, due_ms: now_ms + this.options.retry_ms, repeats: 0 };
    return item ? { ...exchange, item } : name === undefined ? exchange : { ...exchange, name };
  }

  /** 6.13: the same message again, with DUP where the type has it. @returns false when it was sent often enough */
  repeat(now_ms: number, exchange: Exchange): boolean {
    if (exchange.repeats >= this.options.retries) return false;
    const { message } = exchange;
    exchange.repeats += 1;
    exchange.due_ms = now_ms + this.options.retry_ms;
    this.counters.retransmitted += 1;
    const sending = sendingOf(message, exchange.item);
    if (sending) sending.transmissions += 1;
    const dup = message.type === "PUBLISH" || message.type === "SUBSCRIBE";
    this.send(now_ms, dup ? { ...message, dup } : message, sending);
    return true;
  }

  /** 1 to 65535, round and round. */
  nextMsgId(): number {
    this.#msgId = (this.#msgId % 0xffff) + 1;
    return this.#msgId;
  }

  /** What is to be done since the last call. */
  take(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
