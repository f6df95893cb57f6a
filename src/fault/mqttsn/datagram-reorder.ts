import { z } from "zod";
import { ratio, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({
  ratio: ratio(0.1).describe("share of datagrams that are overtaken"),
  direction,
});

export const datagramReorder: WireFaultKind<MqttSnLink> = {
  id: "datagram-reorder",
  family: "mqttsn",
  title: "Datagrams out of order",
  description: "A share of datagrams is overtaken by the next one, or waits 100 ms for it.",
  causes: "Messages may arrive in another order than they were sent.",
  parameters,
  begin: async (link, given) => {
    const { ratio: reorder, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ reorder }, way) };
  },
};
