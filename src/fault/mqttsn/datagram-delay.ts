import { z } from "zod";
import { delay_ms, jitter_ms, type WireFaultKind } from "../wire-fault-kind.ts";
import { direction, type MqttSnLink } from "./mqttsn-link.ts";

const parameters = z.strictObject({
  delay_ms: delay_ms(200).describe("how late each datagram is, milliseconds"),
  jitter_ms: jitter_ms(),
  direction,
});

export const datagramDelay: WireFaultKind<MqttSnLink> = {
  id: "datagram-delay",
  family: "mqttsn",
  title: "Datagrams late",
  description: "Datagrams between device and gateway are late; with jitter they also overtake each other.",
  causes: "Acknowledgements take longer; beyond T_retry messages are sent again although they arrived.",
  parameters,
  begin: async (link, given) => {
    const { delay_ms: fixed_ms, jitter_ms: spread_ms, direction: way } = parameters.parse(given);
    return { clear: link.disturb({ delay: { fixed_ms, jitter_ms: spread_ms } }, way) };
  },
};
