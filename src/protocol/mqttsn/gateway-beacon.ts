import type { Socket } from "node:dgram";
import { type Message, MQTT_SN_1_2 } from "./codec/codec.ts";
import type { Containment } from "../containment.ts";
import type { BeaconOptions } from "./gateway-options.ts";
import { joinGroup } from "./multicast.ts";

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
  readonly #containment: Containment;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    identity: BeaconIdentity,
    send: (message: Message, to: BeaconOptions) => void,
    containment: Containment,
  ) {
    this.#identity = identity;
    this.#send = send;
    this.#containment = containment;
  }

  /**
   * @param sender  the gateway's socket
   * @throws CodedError `bind-failed`; nothing stays open then
   */
  async start(sender: Socket): Promise<void> {
    const { group, port, every_s, gwId, host } = this.#identity;
    const socket = await joinGroup({ group, port, host });
    sender.setMulticastInterface(host);
    const answer = (datagram: Uint8Array): void => {
      const decoded = MQTT_SN_1_2.decode(datagram);
      if (decoded.ok && decoded.message.type === "SEARCHGW") {
        this.#send({ type: "GWINFO", gwId }, this.#identity);
      }
    };
    socket.on("message", (datagram, from) => {
      this.#containment.run("a search", from.address, () => answer(datagram));
    });
    this.#socket = socket;
    const advertise = (): void =>
      this.#send({ type: "ADVERTISE", gwId, duration_s: every_s }, this.#identity);
    const contained = (): void => this.#containment.run("an ADVERTISE", undefined, advertise);
    this.#timer = setInterval(contained, every_s * 1000);
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
