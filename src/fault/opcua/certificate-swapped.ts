import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

/** So that nothing else is wrong with it. */
const VALID_DAYS = 365;

const parameters = z.strictObject({
  issuer: z
    .enum(["unknown", "fleet"])
    .default("unknown")
    .describe("who signed it: an authority that nobody trusts, or the fleet's"),
});

export const certificateSwapped: WireFaultKind<OpcUaEndpoint> = {
  id: "certificate-swapped",
  family: "opcua",
  title: "Certificate swapped",
  description:
    "The server shows another certificate with another key, as after a replacement or in an attack.",
  causes:
    "Clients that trust certificates or their issuers refuse the server, most of them as BadCertificateUntrusted.",
  parameters,
  needsSecurity: true,
  begin: async (server, given) => {
    const { issuer } = parameters.parse(given);
    return { clear: await server.showCertificate({ days: VALID_DAYS, issuer }) };
  },
};
