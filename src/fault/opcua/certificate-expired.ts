import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

const parameters = z.strictObject({
  days: z.number().gt(0).max(3_650).default(1).describe("how long ago it expired, days"),
});

export const certificateExpired: WireFaultKind<OpcUaEndpoint> = {
  id: "certificate-expired",
  family: "opcua",
  title: "Certificate expired",
  description: "The server shows a certificate whose time is over; connections that there are stay.",
  causes: "Clients that connect with security refuse the server: BadCertificateTimeInvalid.",
  parameters,
  needsSecurity: true,
  begin: async (server, given) => {
    const { days } = parameters.parse(given);
    return { clear: await server.showCertificate({ days: -days, issuer: "fleet" }) };
  },
};
