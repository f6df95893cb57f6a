import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const sessionsRefused: WireFaultKind<OpcUaEndpoint> = {
  id: "sessions-refused",
  family: "opcua",
  title: "Sessions refused",
  description: "The server lets nobody open a session, as if it were full; sessions that there are stay.",
  causes: "CreateSession is answered BadTooManySessions.",
  parameters: noParameters,
  begin: async (server) => ({ clear: server.disturb({ refusesSessions: true }) }),
};
