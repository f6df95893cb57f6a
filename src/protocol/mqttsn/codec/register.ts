import type { Packet } from "./octets.ts";

/** 5.4.10: a client asks for the id of a topic, or a gateway tells one. */
export interface Register {
  readonly type: "REGISTER";
  /** 0 when a client asks */
  readonly topicId: number;
  /** 1 to 65535 */
  readonly msgId: number;
  readonly topicName: string;
}

export const register: Packet<Register> = {
  code: 0x0a,
  write: ({ topicId, msgId, topicName }, out) => void out.uint16(topicId).uint16(msgId).text(topicName),
  read: (body) => ({
    type: "REGISTER",
    topicId: body.uint16(),
    msgId: body.uint16(),
    topicName: body.text(),
  }),
};
