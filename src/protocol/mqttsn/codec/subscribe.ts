import { flagsOctet, readFlags, type SessionQos, sessionQos } from "./flags.ts";
import type { Packet } from "./octets.ts";
import { type FilterTopic, readFilterTopic, topicIdType, writeFilterTopic } from "./topic.ts";

/** 5.4.15: a client asks for a topic's messages. */
export interface Subscribe {
  readonly type: "SUBSCRIBE";
  /** Sent again */
  readonly dup: boolean;
  /** Highest QoS wanted */
  readonly qos: SessionQos;
  /** 1 to 65535 */
  readonly msgId: number;
  readonly topic: FilterTopic;
}

export const subscribe: Packet<Subscribe> = {
  code: 0x12,
  write({ dup, qos, msgId, topic }, out) {
    out.uint8(flagsOctet({ dup, qos, topicIdType: topicIdType(topic) })).uint16(msgId);
    writeFilterTopic(topic, out);
  },
  read(body) {
    const flags = readFlags(body);
    const qos = sessionQos(flags, body);
    const msgId = body.uint16();
    return { type: "SUBSCRIBE", dup: flags.dup, qos, msgId, topic: readFilterTopic(flags, body) };
  },
};
