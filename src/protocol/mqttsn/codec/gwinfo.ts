import type { Packet } from "./octets.ts";

/** 5.4.3: the answer to SEARCHGW, from a gateway or from a client that knows one. */
export interface GwInfo {
  readonly type: "GWINFO";
  /** 0 to 255 */
  readonly gwId: number;
  /** The gateway's network address; only a client that answers adds it. Not empty */
  readonly gwAdd?: Uint8Array;
}

export const gwInfo: Packet<GwInfo> = {
  code: 0x02,
  write: ({ gwId, gwAdd }, out) => void out.uint8(gwId).octets(gwAdd ?? new Uint8Array()),
  read(body) {
    const gwId = body.uint8();
    return body.remaining === 0 ? { type: "GWINFO", gwId } : { type: "GWINFO", gwId, gwAdd: body.octets() };
  },
};
