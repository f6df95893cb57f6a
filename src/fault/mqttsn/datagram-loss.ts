import { z } from "zod";
import { ratio, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({
  ratio: ratio(0.1).describe("share of datagrams that are lost"),
  direction,
});

export const datagramLoss: WireFaultKind<MqttSnLink> = {
  id: "datagram-loss",
  family: "mqttsn",
  title: "Datagrams lost",
  description: "A share of datagrams between device and gateway is lost.",
  causes: "Devices send again after T_retry; at QoS 0 and -1 messages are missing.",
  parameters,
  begin: async (link, given) => {
    const { ratio: drop, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ drop }, way) };
  },
};
