import type { Packet } from "./octets.ts";
import type { ReturnCode } from "./return-code.ts";

/** 5.4.5: the gateway accepts or rejects a connection. */
export interface ConnAck {
  readonly type: "CONNACK";
  readonly returnCode: ReturnCode;
}

export const connAck: Packet<ConnAck> = {
  code: 0x05,
  write: ({ returnCode }, out) => void out.uint8(returnCode),
  read: (body) => ({ type: "CONNACK", returnCode: body.uint8() }),
};
