import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

/** A year, as of a controller whose clock was never set. */
const SKEW_MAX_S = 366 * 86_400;

const parameters = z.strictObject({
  skew_s: z
    .number()
    .min(-SKEW_MAX_S)
    .max(SKEW_MAX_S)
    .default(3_600)
    .describe("by how much the clock is off, seconds; above 0 it is ahead"),
  clock: z
    .enum(["both", "source", "server"])
    .default("both")
    .describe("whose timestamps are off: the machine's, the server's or both"),
});

export const serverClockSkew: WireFaultKind<OpcUaEndpoint> = {
  id: "server-clock-skew",
  family: "opcua",
  title: "Server clock skew",
  description: "The clock of the machine, of its server or of both is off; values are right.",
  causes: "Source and server timestamps, publish times and CurrentTime differ from real time by the skew.",
  parameters,
  begin: async (server, given) => {
    const { skew_s, clock } = parameters.parse(given);
    const skew_ms = skew_s * 1000;
    return {
      clear: server.disturb({
        ...(clock === "server" ? {} : { sourceSkew_ms: skew_ms }),
        ...(clock === "source" ? {} : { serverSkew_ms: skew_ms }),
      }),
    };
  },
};
