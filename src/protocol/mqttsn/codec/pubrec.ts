import type { Packet } from "./octets.ts";

/** 5.4.14: the three further messages of QoS 2, in the order PUBREC, PUBREL, PUBCOMP. */
export interface PubRec {
  readonly type: "PUBREC";
  readonly msgId: number;
}

export interface PubRel {
  readonly type: "PUBREL";
  readonly msgId: number;
}

export interface PubComp {
  readonly type: "PUBCOMP";
  readonly msgId: number;
}

/** The codes do not follow the order of the exchange. */
export const pubComp: Packet<PubComp> = {
  code: 0x0e,
  write: ({ msgId }, out) => void out.uint16(msgId),
  read: (body) => ({ type: "PUBCOMP", msgId: body.uint16() }),
};

export const pubRec: Packet<PubRec> = {
  code: 0x0f,
  write: ({ msgId }, out) => void out.uint16(msgId),
  read: (body) => ({ type: "PUBREC", msgId: body.uint16() }),
};

export const pubRel: Packet<PubRel> = {
  code: 0x10,
  write: ({ msgId }, out) => void out.uint16(msgId),
  read: (body) => ({ type: "PUBREL", msgId: body.uint16() }),
};
