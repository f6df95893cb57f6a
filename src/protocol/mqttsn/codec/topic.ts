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

/** Whether a name can stand in the id's place. */
export function isShortName(name: string): boolean {
  // Each of its at most two characters takes one to four octets.
  return name.length <= 2 && Buffer.byteLength(name) === 2 && name.isWellFormed();
}

/** What stands in the TopicId field (5.3.11): an id, or the two octets of a short name in its place. */
export function topicIdField(topic: PublishTopic): number {
  if (topic.kind !== "short") return topic.id;
  if (!isShortName(topic.name)) throw new RangeError(`"${topic.name}" has not two octets`);
  return Buffer.from(topic.name).readUInt16BE();
}

export function readPublishTopic(flags: Flags, body: Reader): PublishTopic {
  if (flags.topicIdType === TOPIC_ID_TYPE.normal) return { kind: "normal", id: body.uint16() };
  if (flags.topicIdType === TOPIC_ID_TYPE.predefined) return { kind: "predefined", id: body.uint16() };
  if (flags.topicIdType !== TOPIC_ID_TYPE.short) body.fail("topic-id-type");
  return { kind: "short", name: body.shortName() };
}

export function writeFilterTopic(topic: FilterTopic, out: Writer): void {
  if (topic.kind === "name") out.text(topic.name);
  else out.uint16(topicIdField(topic));
}

export function readFilterTopic(flags: Flags, body: Reader): FilterTopic {
  if (flags.topicIdType === TOPIC_ID_TYPE.normal) return { kind: "name", name: body.text() };
  if (flags.topicIdType === TOPIC_ID_TYPE.predefined) return { kind: "predefined", id: body.uint16() };
  if (flags.topicIdType !== TOPIC_ID_TYPE.short) body.fail("topic-id-type");
  return { kind: "short", name: body.shortName() };
}
