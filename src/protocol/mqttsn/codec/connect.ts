import { readClientId, writeClientId } from "./client-id.ts";
import { flagsOctet, readFlags } from "./flags.ts";
import type { Packet } from "./octets.ts";

/** 5.3.8: the only version that 1.2 knows. */
const PROTOCOL_ID = 0x01;

/** 5.4.4: a client sets up its connection. */
export interface Connect {
  readonly type: "CONNECT";
  /** The client asks to be prompted for its will (6.2) */
  readonly will: boolean;
  /** Forget subscriptions and will of sessions before (6.3) */
  readonly cleanSession: boolean;
  /** Keep-alive, 0 to 65535; 0 is commonly taken for "none" */
  readonly duration_s: number;
  /** 1 to 23 characters */
  readonly clientId: string;
}

export const connect: Packet<Connect> = {
  code: 0x04,
  write({ will, cleanSession, duration_s, clientId }, out) {
    out.uint8(flagsOctet({ will, cleanSession })).uint8(PROTOCOL_ID).uint16(duration_s);
    writeClientId(clientId, out);
  },
  read(body) {
    const { will, cleanSession } = readFlags(body);
    if (body.uint8() !== PROTOCOL_ID) body.object("protocol-id");
    return { type: "CONNECT", will, cleanSession, duration_s: body.uint16(), clientId: readClientId(body) };
  },
};
