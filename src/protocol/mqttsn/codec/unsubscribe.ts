import { flagsOctet, readFlags } from "./flags.ts";
import type { Packet } from "./octets.ts";
import { type FilterTopic, readFilterTopic, topicIdType, writeFilterTopic } from "./topic.ts";

/** 5.4.17: a client no longer wants a topic's messages. */
export interface Unsubscribe {
  readonly type: "UNSUBSCRIBE";
  /** 1 to 65535 */
  readonly msgId: number;
  readonly topic: FilterTopic;
}

export const unsubscribe: Packet<Unsubscribe> = {
  code: 0x14,
  write({ msgId, topic }, out) {
    out.uint8(flagsOctet({ topicIdType: topicIdType(topic) })).uint16(msgId);
    writeFilterTopic(topic, out);
  },
  read(body) {
    const flags = readFlags(body);
    return { type: "UNSUBSCRIBE", msgId: body.uint16(), topic: readFilterTopic(flags, body) };
  },
};
