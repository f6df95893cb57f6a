import type { RemoteInfo } from "node:dgram";
import { CodedError } from "../../errors.ts";
import { Containment } from "../containment.ts";
import { MQTT_SN_1_2 } from "./codec/codec.ts";
import type { GatewayAddress } from "./device-options.ts";
import { GatewaySearch } from "./gateway-search.ts";
import { joinGroup, type Multicast } from "./multicast.ts";

export interface FinderOptions extends Multicast {
  readonly deadline_ms: number;
  /** In (0, 1) */
  readonly random: () => number;
}

/**
 * Searches a multicast group for gateways and takes the first that answers.
 *
 * @throws CodedError `gateway-unreachable` when none does in time, `bind-failed` when the group cannot be joined
 */
export async function findGateway(options: FinderOptions): Promise<GatewayAddress> {
  const { group, port, host, deadline_ms, random } = options;
  const socket = await joinGroup(options);
  const search = new GatewaySearch(performance.now(), { random });
  // Without a log: a search that goes on tells enough.
  const containment = new Containment({ name: "MQTT-SN search", log: () => undefined });
  let timer: NodeJS.Timeout | undefined;
  let overdue: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const wake = (): void => {
        const message = search.wake(performance.now());
        if (message) socket.send(MQTT_SN_1_2.encode(message), port, group);
        timer = setTimeout(wake, Math.max(1, search.deadline_ms - performance.now()));
      };
      const hear = (datagram: Uint8Array, from: RemoteInfo): void => {
        const decoded = MQTT_SN_1_2.decode(datagram);
        // Port 0 cannot be answered: such a datagram is a forgery.
        if (!decoded.ok || from.port === 0) return;
        search.receive(performance.now(), decoded.message, `${from.address}:${from.port}`);
        const [found] = search.gateways;
        if (found) resolve({ host: from.address, port: from.port });
      };
      socket.on("message", (datagram, from) => {
        containment.run("a datagram", from.address, () => hear(datagram, from));
      });
      overdue = setTimeout(() => {
        const what = `no MQTT-SN gateway answers in the group ${group}:${port} on ${host}`;
        const fix = "start one that announces itself there, or name its address";
        reject(new CodedError("gateway-unreachable", what, fix));
      }, deadline_ms);
      wake();
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(overdue);
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}
