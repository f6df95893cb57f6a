import { z } from "zod";
import { delay_ms, jitter_ms, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type TcpLink } from "./tcp-link.ts";

const parameters = z.strictObject({
  delay_ms: delay_ms(200).describe("how late octets are, milliseconds"),
  jitter_ms: jitter_ms(),
  direction,
});

export const tcpDelay: WireFaultKind<TcpLink> = {
  id: "tcp-delay",
  family: "tcp",
  title: "TCP delay",
  description: "Octets between client and server are late, in order, as on a long line.",
  causes: "Every request takes longer by the delay of both ways.",
  parameters,
  begin: async (link, given) => {
    const { delay_ms: fixed_ms, jitter_ms: spread_ms, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ direction: way, delay: { fixed_ms, jitter_ms: spread_ms } }) };
  },
};
