import type { Packet } from "./octets.ts";

/** 5.4.20: "yes I am", and to a client that woke up "no more messages". */
export interface PingResp {
  readonly type: "PINGRESP";
}

export const pingResp: Packet<PingResp> = {
  code: 0x17,
  write: () => undefined,
  read: () => ({ type: "PINGRESP" }),
};
