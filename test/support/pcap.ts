/** A capture file of UDP datagrams, so that a dissector can be held against our octets without a network. */
import { pcapng } from "../../src/report/pcapng.ts";

export interface Datagram {
  /** UDP ports on 127.0.0.1 */
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

/** A millisecond between datagrams. */
export function pcap(datagrams: readonly Datagram[]): Buffer {
  const endpoint = (port: number) => ({ address: [127, 0, 0, 1] as const, port });
  return pcapng(
    datagrams.map(({ from, to, data }, i) => ({ at_ms: i, from: endpoint(from), to: endpoint(to), data })),
  );
}
