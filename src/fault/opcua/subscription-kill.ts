import { noParameters, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

export const subscriptionKill: WireFaultKind<OpcUaEndpoint> = {
  id: "subscription-kill",
  family: "opcua",
  title: "Subscriptions killed",
  description: "The server ends all subscriptions; sessions stay.",
  causes: "Notifications stop, and publish requests are answered BadNoSubscription.",
  parameters: noParameters,
  isMomentary: true,
  begin: async (server) => {
    server.dropSubscriptions();
    return { clear: () => undefined };
  },
};
