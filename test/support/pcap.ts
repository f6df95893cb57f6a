/** A capture file of UDP datagrams, so that a dissector can be held against our octets without a network. */

/** https://www.tcpdump.org/linktypes.html: packets begin with their IP header */
const LINKTYPE_RAW = 101;
const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;

export interface Datagram {
  /** UDP ports on 127.0.0.1 */
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

/** RFC 791: the complement of the ones' complement sum of the header's words. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function packet({ from, to, data }: Datagram): Buffer {
  const bytes = Buffer.alloc(IP_HEADER + UDP_HEADER + data.length);
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt8(64, 8);
  bytes.writeUInt8(UDP, 9);
  bytes.set([127, 0, 0, 1, 127, 0, 0, 1], 12);
  bytes.writeUInt16BE(checksum(bytes.subarray(0, IP_HEADER)), 10);
  bytes.writeUInt16BE(from, IP_HEADER);
  bytes.writeUInt16BE(to, IP_HEADER + 2);
  bytes.writeUInt16BE(UDP_HEADER + data.length, IP_HEADER + 4);
  bytes.set(data, IP_HEADER + UDP_HEADER);
  return bytes;
}

/** The classic pcap format, a millisecond between datagrams. */
export function pcap(datagrams: readonly Datagram[]): Buffer {
  const file = Buffer.alloc(24);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(0xffff, 16);
  file.writeUInt32LE(LINKTYPE_RAW, 20);
  const records = datagrams.flatMap((datagram, i) => {
    const data = packet(datagram);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(i * 1000, 4);
    head.writeUInt32LE(data.length, 8);
    head.writeUInt32LE(data.length, 12);
    return [head, data];
  });
  return Buffer.concat([file, ...records]);
}
