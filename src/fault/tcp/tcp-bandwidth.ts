import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type TcpLink } from "./tcp-link.ts";

const parameters = z.strictObject({
  kbit_s: z
    .number()
    .gt(0)
    .max(1_000_000)
    .default(64)
    .describe("what passes on each connection and way, kbit/s"),
  direction,
});

export const tcpBandwidth: WireFaultKind<TcpLink> = {
  id: "tcp-bandwidth",
  family: "tcp",
  title: "TCP bandwidth",
  description: "No more than so many bits a second pass on each connection.",
  causes: "Large responses and many notifications take long; queues of subscriptions overflow.",
  parameters,
  begin: async (link, given) => {
    const { kbit_s, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ direction: way, bytesPerSecond: (kbit_s * 1000) / 8 }) };
  },
};
