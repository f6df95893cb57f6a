import type { DecodeFault } from "./octets.ts";

/**
 * 5.5: a forwarder wraps each datagram of a wireless client, so that many clients live behind one address.
 * What it wraps stays octets here: a forwarder does not look inside.
 */
export interface Encapsulated {
  readonly type: "ENCAPSULATED";
  /** Broadcast radius in hops, 0 to 3; only from gateway to forwarder */
  readonly radius: number;
  /** The wireless node, 1 to 252 octets */
  readonly wirelessNodeId: Uint8Array;
  /** The wrapped datagram, 2 to 65535 octets */
  readonly datagram: Uint8Array;
}

export const ENCAPSULATED = 0xfe;

/** Length, MsgType, Ctrl */
const HEADER = 3;
const RADIUS = 0b11;

/** Not a `Packet`: Length counts only as far as the node id and always has one octet. */
export function encodeEncapsulated({ radius, wirelessNodeId, datagram }: Encapsulated): Uint8Array {
  const length = HEADER + wirelessNodeId.length;
  if (length === HEADER || length > 0xff) throw new RangeError("a wireless node id has 1 to 252 octets");
  if (!Number.isInteger(radius) || (radius & RADIUS) !== radius) throw new RangeError("a radius is 0 to 3");
  if (datagram.length < 2 || datagram.length > 0xffff) {
    throw new RangeError("a wrapped datagram has 2 to 65535 octets");
  }
  const bytes = new Uint8Array(length + datagram.length);
  bytes.set([length, ENCAPSULATED, radius]);
  bytes.set(wirelessNodeId, HEADER);
  bytes.set(datagram, length);
  return bytes;
}

export function decodeEncapsulated(bytes: Uint8Array): Encapsulated | DecodeFault {
  const length = bytes[0] ?? 0;
  if (length <= HEADER) return "body-size";
  if (bytes.length < length + 2 || bytes.length > length + 0xffff) return "length-mismatch";
  return {
    type: "ENCAPSULATED",
    radius: (bytes[2] ?? 0) & RADIUS,
    wirelessNodeId: bytes.subarray(HEADER, length),
    datagram: bytes.subarray(length),
  };
}
