/** Contains what comes in at an endpoint of a server, from the connection on. */
import type { Socket } from "node:net";
import type { OPCUAServerEndPoint, ServerSecureChannelLayer } from "node-opcua";

import type { Containment } from "../../containment.ts";
import { containConnection, containTransports } from "./connection.ts";
import { containTimers } from "./library-timers.ts";
import { mendMonitoredItems } from "./monitored-items.ts";
import { keepSubscriptionDiagnosticsInArrays } from "./subscription-diagnostics.ts";
import { answerUndecodable } from "./undecodable.ts";

interface Door {
  _preregisterChannel(channel: ServerSecureChannelLayer): void;
  _prevent_DDOS_Attack(establish: () => void, deny: () => void): void;
}

let prepared = false;

/** What the library's classes need; calling it again is harmless. */
function prepareContainment(): void {
  if (prepared) return;
  prepared = true;
  containTransports();
  answerUndecodable();
  containTimers();
  mendMonitoredItems();
  keepSubscriptionDiagnosticsInArrays();
}

/** To be called before the endpoint starts. */
export function containEndpoint(endpoint: OPCUAServerEndPoint, containment: Containment): void {
  prepareContainment();
  const door = endpoint as unknown as Door;
  const preregister = door._preregisterChannel.bind(endpoint);
  // The channel is made here, and is given its socket next.
  door._preregisterChannel = (channel) => {
    preregister(channel);
    const init = channel.init.bind(channel);
    channel.init = (socket, done) => {
      containConnection(socket as Socket, channel, containment);
      init(socket, done);
    };
  };
  const prevent = door._prevent_DDOS_Attack.bind(endpoint);
  const guarded = (work: () => void) => () => void containment.run("a connection", undefined, work);
  door._prevent_DDOS_Attack = (establish, deny) => prevent(guarded(establish), guarded(deny));
}
