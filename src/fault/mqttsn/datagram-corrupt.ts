import { z } from "zod";
import { ratio, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({
  ratio: ratio(0.05).describe("share of datagrams that are corrupted"),
  direction,
});

export const datagramCorrupt: WireFaultKind<MqttSnLink> = {
  id: "datagram-corrupt",
  family: "mqttsn",
  title: "Datagrams corrupted",
  description: "One octet of a share of datagrams has another value.",
  causes: "Malformed messages, unknown topics and wrong payloads, which a gateway has to bear.",
  parameters,
  begin: async (link, given) => {
    const { ratio: corrupt, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ corrupt }, way) };
  },
};
