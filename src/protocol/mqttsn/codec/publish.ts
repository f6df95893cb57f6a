import { flagsOctet, type Qos, readFlags } from "./flags.ts";
import type { Packet } from "./octets.ts";
import { type PublishTopic, readPublishTopic, topicIdField, topicIdType } from "./topic.ts";

/** 5.4.12: a message for a topic, in either direction. */
export interface Publish {
  readonly type: "PUBLISH";
  /** Sent again */
  readonly dup: boolean;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly topic: PublishTopic;
  /** 0 at QoS 0 and -1, else 1 to 65535 */
  readonly msgId: number;
  readonly data: Uint8Array;
}

export const publish: Packet<Publish> = {
  code: 0x0c,
  write({ dup, qos, retain, topic, msgId, data }, out) {
    out.uint8(flagsOctet({ dup, qos, retain, topicIdType: topicIdType(topic) }));
    out.uint16(topicIdField(topic)).uint16(msgId).octets(data);
  },
  read(body) {
    const flags = readFlags(body);
    const { dup, qos, retain } = flags;
    const topic = readPublishTopic(flags, body);
    return { type: "PUBLISH", dup, qos, retain, topic, msgId: body.uint16(), data: body.octets() };
  },
};
