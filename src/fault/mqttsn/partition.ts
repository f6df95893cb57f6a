import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({ direction });

export const partition: WireFaultKind<MqttSnLink> = {
  id: "partition",
  family: "mqttsn",
  title: "Partition",
  description: "Nothing passes between device and gateway.",
  causes: "The device finds its gateway silent, keeps a backlog and connects again when it is over.",
  parameters,
  begin: async (link, given) => {
    const { direction: way } = parameters.parse(given);
    return { clear: link.disturb({ silence: true }, way) };
  },
};
