import type { Packet } from "./octets.ts";

/** 5.4.2: a client looks for a gateway by broadcast. */
export interface SearchGw {
  readonly type: "SEARCHGW";
  /** Broadcast radius in hops, 0 to 255; 0 is the whole network */
  readonly radius: number;
}

export const searchGw: Packet<SearchGw> = {
  code: 0x01,
  write: ({ radius }, out) => void out.uint8(radius),
  read: (body) => ({ type: "SEARCHGW", radius: body.uint8() }),
};
