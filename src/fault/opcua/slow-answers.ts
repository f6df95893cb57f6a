import { z } from "zod";
import { delay_ms, type WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

const parameters = z.strictObject({
  delay_ms: delay_ms(2_000).describe("how long each response waits, milliseconds"),
});

export const slowAnswers: WireFaultKind<OpcUaEndpoint> = {
  id: "slow-answers",
  family: "opcua",
  title: "Slow answers",
  description: "The server takes its time for every response, notifications included.",
  causes: "Requests take longer by the delay; those of clients with less patience time out.",
  parameters,
  begin: async (server, given) => ({ clear: server.disturb(parameters.parse(given)) }),
};
