import { type Flags, TOPIC_ID_TYPE } from "./flags.ts";
import type { Reader, Writer } from "./octets.ts";

/** A pre-defined id, 1 to 65534, known to client and gateway in advance (3, 6.7). */
export interface PredefinedTopic {
  readonly kind: "predefined";
  readonly id: number;
}

/** A topic name of exactly two octets, which stands in the id's place and is never registered (3, 6.7). */
export interface ShortTopic {
  readonly kind: "short";
  readonly name: string;
}

/** An id that REGISTER or SUBSCRIBE assigned, 1 to 65534, of one client's session (6.5). */
export interface NormalTopic {
  readonly kind: "normal";
  readonly id: number;
}

/** A full name; may hold wildcards when subscribing. */
export interface NamedTopic {
  readonly kind: "name";
  readonly name: string;
}

/** What PUBLISH carries (5.4.12). */
export type PublishTopic = NormalTopic | PredefinedTopic | ShortTopic;

/** What SUBSCRIBE and UNSUBSCRIBE carry (5.4.15, 5.4.17). */
export type FilterTopic = NamedTopic | PredefinedTopic | ShortTopic;

export function topicIdType(topic: PublishTopic | FilterTopic): number {
  return topic.kind === "name" ? TOPIC_ID_TYPE.normal : TOPIC_ID_TYPE[topic.kind];
}

/** The TopicId field, or the two octets of a short name in its place (5.3.11). */
export function writeTopicId(topic: PublishTopic, out: Writer): void {
  if (topic.kind !== "short") {
    out.uint16(topic.id);
    return;
  }
  if (Buffer.byteLength(topic.name) !== 2) throw new RangeError(`"${topic.name}" has not two octets`);
  out.text(topic.name);
}

export function readPublishTopic(flags: Flags, body: Reader): PublishTopic {
  if (flags.topicIdType === TOPIC_ID_TYPE.normal) return { kind: "normal", id: body.uint16() };
  if (flags.topicIdType === TOPIC_ID_TYPE.predefined) return { kind: "predefined", id: body.uint16() };
  if (flags.topicIdType !== TOPIC_ID_TYPE.short) body.fail("topic-id-type");
  return { kind: "short", name: body.text(2) };
}

export function writeFilterTopic(topic: FilterTopic, out: Writer): void {
  if (topic.kind === "name") out.text(topic.name);
  else writeTopicId(topic, out);
}

export function readFilterTopic(flags: Flags, body: Reader): FilterTopic {
  if (flags.topicIdType === TOPIC_ID_TYPE.normal) return { kind: "name", name: body.text() };
  if (flags.topicIdType === TOPIC_ID_TYPE.predefined) return { kind: "predefined", id: body.uint16() };
  if (flags.topicIdType !== TOPIC_ID_TYPE.short) body.fail("topic-id-type");
  return { kind: "short", name: body.text(2) };
}
