/** A UDP datagram over IPv4. */
export interface Packet {
  /** Milliseconds since 1970 */
  readonly at_ms: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly data: Uint8Array;
}

export interface Endpoint {
  /** Four octets */
  readonly address: readonly [number, number, number, number];
  readonly port: number;
}

/** https://www.tcpdump.org/linktypes.html: packets begin with their IP header */
const LINKTYPE_RAW = 101;
const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;

/** A capture file as draft-ietf-opsawg-pcapng has it: section, interface, and a block a packet, times in microseconds. */
export function pcapng(packets: readonly Packet[]): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  // The section's length is not said.
  section.writeBigInt64LE(-1n, 8);
  const link = Buffer.alloc(8);
  link.writeUInt16LE(LINKTYPE_RAW, 0);
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, link), ...packets.map(packetBlock)]);
}

function packetBlock(packet: Packet): Buffer {
  const data = ipPacket(packet);
  const time_us = BigInt(Math.round(packet.at_ms * 1000));
  const head = Buffer.alloc(20);
  head.writeUInt32LE(Number(time_us >> 32n), 4);
  head.writeUInt32LE(Number(time_us & 0xffff_ffffn), 8);
  head.writeUInt32LE(data.length, 12);
  head.writeUInt32LE(data.length, 16);
  return block(6, Buffer.concat([head, data, Buffer.alloc(-data.length & 3)]));
}

/** Type and length around a body whose length is a multiple of four. */
function block(type: number, body: Buffer): Buffer {
  const whole = Buffer.alloc(body.length + 12);
  whole.writeUInt32LE(type, 0);
  whole.writeUInt32LE(whole.length, 4);
  body.copy(whole, 8);
  whole.writeUInt32LE(whole.length, whole.length - 4);
  return whole;
}

function ipPacket({ from, to, data }: Packet): Buffer {
  const bytes = Buffer.alloc(IP_HEADER + UDP_HEADER + data.length);
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt8(64, 8);
  bytes.writeUInt8(UDP, 9);
  bytes.set([...from.address, ...to.address], 12);
  bytes.writeUInt16BE(checksum(bytes.subarray(0, IP_HEADER)), 10);
  bytes.writeUInt16BE(from.port, IP_HEADER);
  bytes.writeUInt16BE(to.port, IP_HEADER + 2);
  bytes.writeUInt16BE(UDP_HEADER + data.length, IP_HEADER + 4);
  bytes.set(data, IP_HEADER + UDP_HEADER);
  return bytes;
}

/** RFC 791: the complement of the ones' complement sum of the header's words. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
