import type { Packet } from "./octets.ts";

/** 5.4.1: a gateway announces itself by broadcast. */
export interface Advertise {
  readonly type: "ADVERTISE";
  /** 0 to 255 */
  readonly gwId: number;
  /** Until the next one, 0 to 65535 */
  readonly duration_s: number;
}

export const advertise: Packet<Advertise> = {
  code: 0x00,
  write: ({ gwId, duration_s }, out) => void out.uint8(gwId).uint16(duration_s),
  read: (body) => ({ type: "ADVERTISE", gwId: body.uint8(), duration_s: body.uint16() }),
};
