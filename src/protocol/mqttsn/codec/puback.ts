import type { Packet } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** 5.4.13: the answer to PUBLISH at QoS 1, and its rejection at any QoS (6.6). */
export interface PubAck {
  readonly type: "PUBACK";
  readonly topicId: number;
  readonly msgId: number;
  readonly returnCode: ReturnCode;
}

export const pubAck: Packet<PubAck> = {
  code: 0x0d,
  write: ({ topicId, msgId, returnCode }, out) => void out.uint16(topicId).uint16(msgId).uint8(returnCode),
  read: (body) => ({
    type: "PUBACK",
    topicId: body.uint16(),
    msgId: body.uint16(),
    returnCode: body.uint8(),
  }),
};
