import type { Packet } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** 5.4.8: the gateway asks for the message of the will. */
export interface WillMsgReq {
  readonly type: "WILLMSGREQ";
}

/** 5.4.9: the client hands it over; it may be empty. */
export interface WillMsg {
  readonly type: "WILLMSG";
  readonly willMsg: Uint8Array;
}

/** 5.4.23: a connected client changes it. */
export interface WillMsgUpd {
  readonly type: "WILLMSGUPD";
  readonly willMsg: Uint8Array;
}

/** 5.4.25: the answer to WILLMSGUPD. */
export interface WillMsgResp {
  readonly type: "WILLMSGRESP";
  readonly returnCode: ReturnCode;
}

export const willMsgReq: Packet<WillMsgReq> = {
  code: 0x08,
  write: () => undefined,
  read: () => ({ type: "WILLMSGREQ" }),
};

export const willMsg: Packet<WillMsg> = {
  code: 0x09,
  write: (message, out) => void out.octets(message.willMsg),
  read: (body) => ({ type: "WILLMSG", willMsg: body.octets() }),
};

export const willMsgUpd: Packet<WillMsgUpd> = {
  code: 0x1c,
  write: (message, out) => void out.octets(message.willMsg),
  read: (body) => ({ type: "WILLMSGUPD", willMsg: body.octets() }),
};

export const willMsgResp: Packet<WillMsgResp> = {
  code: 0x1d,
  write: ({ returnCode }, out) => void out.uint8(returnCode),
  read: (body) => ({ type: "WILLMSGRESP", returnCode: body.uint8() }),
};
