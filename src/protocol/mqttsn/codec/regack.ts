import type { Packet } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** 5.4.11: the answer to REGISTER. */
export interface RegAck {
  readonly type: "REGACK";
  /** The id to publish with, when accepted */
  readonly topicId: number;
  readonly msgId: number;
  readonly returnCode: ReturnCode;
}

export const regAck: Packet<RegAck> = {
  code: 0x0b,
  write: ({ topicId, msgId, returnCode }, out) => void out.uint16(topicId).uint16(msgId).uint8(returnCode),
  read: (body) => ({
    type: "REGACK",
    topicId: body.uint16(),
    msgId: body.uint16(),
    returnCode: body.uint8(),
  }),
};
