import { z } from "zod";
import { ratio, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({
  ratio: ratio(0.1).describe("share of datagrams that come twice"),
  direction,
});

export const datagramDuplicate: WireFaultKind<MqttSnLink> = {
  id: "datagram-duplicate",
  family: "mqttsn",
  title: "Datagrams doubled",
  description: "A share of datagrams arrives twice.",
  causes: "Messages of QoS 0 and 1 may arrive twice; those of QoS 2 must not.",
  parameters,
  begin: async (link, given) => {
    const { ratio: duplicate, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ duplicate }, way) };
  },
};
