import { readClientId, writeClientId } from "./client-id.ts";
import type { Packet } from "./octets.ts";

/** 5.4.19: "are you alive", in either direction. */
export interface PingReq {
  readonly type: "PINGREQ";
  /** Only of a sleeping client that wakes up and asks for its messages (6.14) */
  readonly clientId?: string;
}

export const pingReq: Packet<PingReq> = {
  code: 0x16,
  write({ clientId }, out) {
    if (clientId !== undefined) writeClientId(clientId, out);
  },
  read: (body) =>
    body.remaining === 0 ? { type: "PINGREQ" } : { type: "PINGREQ", clientId: readClientId(body) },
};
