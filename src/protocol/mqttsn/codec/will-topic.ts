import { flagsOctet, readFlags, type SessionQos, sessionQos } from "./flags.ts";
import type { Packet, Reader, Writer } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** Where and how a will is published. */
export interface WillTopicFields {
  readonly qos: SessionQos;
  readonly retain: boolean;
  readonly willTopic: string;
}

/** 5.4.6: the gateway asks for the topic of the will. */
export interface WillTopicReq {
  readonly type: "WILLTOPICREQ";
}

/** 5.4.7: the client names it; without `will` the message has no body and deletes a stored will. */
export interface WillTopic {
  readonly type: "WILLTOPIC";
  readonly will?: WillTopicFields;
}

/** 5.4.22: a connected client changes it; without `will` it deletes topic and message. */
export interface WillTopicUpd {
  readonly type: "WILLTOPICUPD";
  readonly will?: WillTopicFields;
}

/** 5.4.24: the answer to WILLTOPICUPD. */
export interface WillTopicResp {
  readonly type: "WILLTOPICRESP";
  readonly returnCode: ReturnCode;
}

function write({ will }: WillTopic | WillTopicUpd, out: Writer): void {
  if (will) out.uint8(flagsOctet(will)).text(will.willTopic);
}

function read(body: Reader): { readonly will?: WillTopicFields } {
  if (body.remaining === 0) return {};
  const flags = readFlags(body);
  return { will: { qos: sessionQos(flags, body), retain: flags.retain, willTopic: body.text() } };
}

export const willTopicReq: Packet<WillTopicReq> = {
  code: 0x06,
  write: () => undefined,
  read: () => ({ type: "WILLTOPICREQ" }),
};

export const willTopic: Packet<WillTopic> = {
  code: 0x07,
  write,
  read: (body) => ({ type: "WILLTOPIC", ...read(body) }),
};

export const willTopicUpd: Packet<WillTopicUpd> = {
  code: 0x1a,
  write,
  read: (body) => ({ type: "WILLTOPICUPD", ...read(body) }),
};

export const willTopicResp: Packet<WillTopicResp> = {
  code: 0x1b,
  write: ({ returnCode }, out) => void out.uint8(returnCode),
  read: (body) => ({ type: "WILLTOPICRESP", returnCode: body.uint8() }),
};
