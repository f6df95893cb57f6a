import type { Packet } from "./octets.ts";

/** 5.4.21: the end of a connection, in either direction; a gateway confirms it with the same message. */
export interface Disconnect {
  readonly type: "DISCONNECT";
  /** Only of a client that goes to sleep (6.14), 0 to 65535 */
  readonly duration_s?: number;
}

export const disconnect: Packet<Disconnect> = {
  code: 0x18,
  write({ duration_s }, out) {
    if (duration_s !== undefined) out.uint16(duration_s);
  },
  read: (body) =>
    body.remaining === 0 ? { type: "DISCONNECT" } : { type: "DISCONNECT", duration_s: body.uint16() },
};
