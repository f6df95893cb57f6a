import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type TcpLink } from "./tcp-link.ts";

const parameters = z.strictObject({ direction });

export const tcpHalfOpen: WireFaultKind<TcpLink> = {
  id: "tcp-half-open",
  family: "tcp",
  title: "TCP half-open",
  description:
    "Connections stay, and nothing passes on them, no FIN either, as behind a firewall that forgot them.",
  causes: "Requests get no answer and no error; only a client's own timeout tells.",
  parameters,
  begin: async (link, given) => {
    const { direction: way } = parameters.parse(given);
    return { clear: link.disturb({ direction: way, isStalled: true }) };
  },
};
