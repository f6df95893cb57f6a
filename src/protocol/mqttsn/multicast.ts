import { createSocket, type Socket } from "node:dgram";
import { CodedError } from "../../errors.ts";

/** A multicast group in one of this machine's networks. */
export interface Multicast {
  /** IPv4 */
  readonly group: string;
  /** UDP */
  readonly port: number;
  /** Address of this machine whose network it is */
  readonly host: string;
}

/**
 * A socket that hears a group, beside others that do.
 *
 * @throws CodedError `bind-failed`; nothing stays open then
 */
export async function joinGroup({ group, port, host }: Multicast): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, resolve);
    });
    socket.addMembership(group, host);
    socket.setMulticastInterface(host);
  } catch (cause) {
    socket.close();
    const what = `the multicast group ${group}:${port} cannot be joined on ${host}: ${(cause as Error).message}`;
    const fix = "name a group from 224.0.0.0 to 239.255.255.255 and an IPv4 address of this machine";
    throw new CodedError("bind-failed", what, fix, undefined, cause);
  }
  return socket.removeAllListeners("error").on("error", () => undefined);
}
