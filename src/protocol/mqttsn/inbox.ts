import type { Publish } from "./codec/publish.ts";
import type { PubRel } from "./codec/pubrec.ts";
import type { Register } from "./codec/register.ts";
import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import { topicIdField } from "./codec/topic.ts";
import type { Line } from "./exchange.ts";
import { isTopicId, type TopicRegistry } from "./topic-registry.ts";

/** A gateway has one exchange outstanding; more ids than that wait only for a PUBREL that never came. */
const HELD_MAX = 16;

/** What a gateway sends unasked: ids of topics, and messages of subscriptions, each of which is told once. */
export class Inbox {
  readonly #line: Line;
  readonly #topics: TopicRegistry;
  /** QoS 1: the last message id; 0 for none */
  #acknowledged = 0;
  /** QoS 2: told and not released */
  #held: Set<number> | undefined;

  constructor(line: Line, topics: TopicRegistry) {
    this.#line = line;
    this.#topics = topics;
  }

  /** A new connection, whose message ids mean others. */
  reset(): void {
    this.#acknowledged = 0;
    this.#held = undefined;
  }

  /** 6.10; 0000 and FFFF are no ids. */
  register(now_ms: number, { topicId, msgId, topicName }: Register): void {
    if (isTopicId(topicId)) this.#topics.assign(topicName, topicId);
    const returnCode = isTopicId(topicId) ? RETURN_CODE.accepted : RETURN_CODE.invalidTopicId;
    this.#line.send(now_ms, { type: "REGACK", topicId, msgId, returnCode });
  }

  publish(now_ms: number, message: Publish): void {
    const { counters } = this.#line;
    const { qos, msgId } = message;
    const topic = this.#topics.name(message.topic);
    if (qos === -1) {
      counters.unexpected += 1;
    } else if (topic === undefined) {
      counters.unexpected += 1;
      this.#acknowledge(now_ms, message, RETURN_CODE.invalidTopicId);
    } else {
      if (this.#isRepeat(message)) counters.duplicates += 1;
      else this.#tell(topic, message, qos);
      if (qos === 1) {
        this.#acknowledged = msgId;
        this.#acknowledge(now_ms, message, RETURN_CODE.accepted);
      } else if (qos === 2) {
        this.#hold(msgId);
        this.#line.send(now_ms, { type: "PUBREC", msgId });
      }
    }
  }

  /** Answered also when nothing is held, since the PUBCOMP before may have been lost. */
  release(now_ms: number, { msgId }: PubRel): void {
    this.#held?.delete(msgId);
    this.#line.send(now_ms, { type: "PUBCOMP", msgId });
  }

  #isRepeat({ qos, dup, msgId }: Publish): boolean {
    if (qos === 1) return dup && msgId === this.#acknowledged;
    return qos === 2 && (this.#held?.has(msgId) ?? false);
  }

  #hold(msgId: number): void {
    this.#held ??= new Set();
    this.#held.add(msgId);
    const [oldest] = this.#held;
    if (this.#held.size > HELD_MAX && oldest !== undefined) this.#held.delete(oldest);
  }

  #tell(topic: string, { data, retain }: Publish, qos: 0 | 1 | 2): void {
    this.#line.counters.received += 1;
    this.#line.tell({ kind: "message", topic, data, qos, retain });
  }

  #acknowledge(now_ms: number, { topic, msgId }: Publish, returnCode: ReturnCode): void {
    this.#line.send(now_ms, { type: "PUBACK", topicId: topicIdField(topic), msgId, returnCode });
  }
}
