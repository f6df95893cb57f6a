import { createSocket, type Socket } from "node:dgram";
import { CodedError } from "../../errors.ts";
import { type Message, MQTT_SN_1_2 } from "./codec/codec.ts";
import type { BeaconOptions } from "./gateway-options.ts";

export interface BeaconIdentity extends BeaconOptions {
  /** GwId, 0 to 255 */
  readonly gwId: number;
  /** Address that the gateway listens on, whose network the group is joined in */
  readonly host: string;
}

/**
 * 6.1: ADVERTISE to a multicast group every T_ADV, GWINFO to whoever searches there. Both go out from the gateway's own
 * socket, since clients take the source for the gateway's address.
 */
export class GatewayBeacon {
  readonly #identity: BeaconIdentity;
  readonly #send: (message: Message, to: BeaconOptions) => void;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(identity: BeaconIdentity, send: (message: Message, to: BeaconOptions) => void) {
    this.#identity = identity;
    this.#send = send;
  }

  /**
   * @param sender  the gateway's socket
   * @throws CodedError `bind-failed`; nothing stays open then
   */
  async start(sender: Socket): Promise<void> {
    const { group, port, every_s, gwId, host } = this.#identity;
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind(port, resolve);
      });
      socket.addMembership(group, host);
      sender.setMulticastInterface(host);
    } catch (cause) {
      socket.close();
      const what = `the multicast group ${group}:${port} cannot be joined on ${host}: ${(cause as Error).message}`;
      const fix = "name a group from 224.0.0.0 to 239.255.255.255 and an IPv4 address of this machine";
      throw new CodedError("bind-failed", what, fix, undefined, cause);
    }
    socket.removeAllListeners("error").on("error", () => undefined);
    socket.on("message", (datagram) => {
      const decoded = MQTT_SN_1_2.decode(datagram);
      if (decoded.ok && decoded.message.type === "SEARCHGW") {
        this.#send({ type: "GWINFO", gwId }, this.#identity);
      }
    });
    this.#socket = socket;
    const advertise = (): void =>
      this.#send({ type: "ADVERTISE", gwId, duration_s: every_s }, this.#identity);
    this.#timer = setInterval(advertise, every_s * 1000);
    advertise();
  }

  /** Safe when not started. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(resolve));
  }
}
