import { flagsOctet, readFlags, type SessionQos, sessionQos } from "./flags.ts";
import type { Packet } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** 5.4.16: the answer to SUBSCRIBE. */
export interface SubAck {
  readonly type: "SUBACK";
  /** Granted */
  readonly qos: SessionQos;
  /** The id of a full topic name without wildcards, else 0 */
  readonly topicId: number;
  readonly msgId: number;
  readonly returnCode: ReturnCode;
}

export const subAck: Packet<SubAck> = {
  code: 0x13,
  write({ qos, topicId, msgId, returnCode }, out) {
    out.uint8(flagsOctet({ qos })).uint16(topicId).uint16(msgId).uint8(returnCode);
  },
  read(body) {
    const qos = sessionQos(readFlags(body), body);
    return {
      type: "SUBACK",
      qos,
      topicId: body.uint16(),
      msgId: body.uint16(),
      returnCode: body.uint8(),
    };
  },
};
