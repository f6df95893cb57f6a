import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const staleTimestamps: WireFaultKind<OpcUaEndpoint> = {
  id: "stale-timestamps",
  family: "opcua",
  title: "Stale timestamps",
  description: "Source timestamps of all Variables stay where they were when it began, while values go on.",
  causes: "Values change under one and the same source timestamp, which falls behind the server's.",
  parameters: noParameters,
  begin: async (server) => ({ clear: server.disturb({ freezesTimestamps: true }) }),
};
