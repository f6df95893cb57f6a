import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { TcpLink } from "./tcp-link.ts";

export const tcpReset: WireFaultKind<TcpLink> = {
  id: "tcp-reset",
  family: "tcp",
  title: "TCP reset",
  description: "All connections end with RST.",
  causes: "Clients see ECONNRESET and connect again; sessions wait for them.",
  parameters: noParameters,
  isMomentary: true,
  begin: async (link) => {
    link.reset();
    return { clear: () => undefined };
  },
};
