import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const serverRestart: WireFaultKind<OpcUaEndpoint> = {
  id: "server-restart",
  family: "opcua",
  title: "Server restart",
  description: "The OPC UA server goes down and comes up again at once.",
  causes: "Connections break; sessions and subscriptions are lost and have to be made anew.",
  parameters: noParameters,
  isMomentary: true,
  begin: async (server) => {
    const bringUp = await server.takeDown();
    await bringUp();
    return { clear: () => undefined };
  },
};
