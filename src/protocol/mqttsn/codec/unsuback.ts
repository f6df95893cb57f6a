import type { Packet } from "./octets.ts";

/** 5.4.18: the answer to UNSUBSCRIBE. */
export interface UnsubAck {
  readonly type: "UNSUBACK";
  readonly msgId: number;
}

export const unsubAck: Packet<UnsubAck> = {
  code: 0x15,
  write: ({ msgId }, out) => void out.uint16(msgId),
  read: (body) => ({ type: "UNSUBACK", msgId: body.uint16() }),
};
