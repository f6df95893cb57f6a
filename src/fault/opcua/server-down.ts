import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const serverDown: WireFaultKind<OpcUaEndpoint> = {
  id: "server-down",
  family: "opcua",
  title: "Server down",
  description: "The OPC UA server is gone as after a power cut, and comes up again as after a cold start.",
  causes: "Connections break and are refused; sessions and subscriptions are lost and have to be made anew.",
  parameters: noParameters,
  begin: async (server) => ({ clear: await server.takeDown() }),
};
