import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const sessionKill: WireFaultKind<OpcUaEndpoint> = {
  id: "session-kill",
  family: "opcua",
  title: "Sessions killed",
  description: "The server ends all sessions with their subscriptions; connections stay.",
  causes: "The next request of a client is answered BadSessionIdInvalid or BadSessionClosed.",
  parameters: noParameters,
  isMomentary: true,
  begin: async (server) => {
    server.dropSessions();
    return { clear: () => undefined };
  },
};
