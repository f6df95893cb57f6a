import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const connectionCut: WireFaultKind<OpcUaEndpoint> = {
  id: "connection-cut",
  family: "opcua",
  title: "Connections cut",
  description: "All TCP connections of the server break; sessions and subscriptions wait for their clients.",
  causes: "Clients reconnect, activate their session again and miss nothing that their queues hold.",
  parameters: noParameters,
  isMomentary: true,
  begin: async (server) => {
    server.dropConnections();
    return { clear: () => undefined };
  },
};
