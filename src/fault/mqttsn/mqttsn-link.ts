import { z } from "zod";
import type { Release } from "../wire-fault-kind.ts";

/** Which way datagrams go, as the device sees it. */
export type LinkDirection = "both" | "to-gateway" | "from-gateway";

/** What happens to datagrams; each ratio is a probability from 0 to 1. */
export interface LinkDisturbance {
  readonly drop?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly corrupt?: number;
  readonly silence?: boolean;
  readonly delay?: { readonly fixed_ms: number; readonly jitter_ms: number };
}

/** What the way between an MQTT-SN device and its gateway offers to faults. */
export interface MqttSnLink {
  disturb(disturbance: LinkDisturbance, direction: LinkDirection): Release;
}

export const direction = z
  .enum(["both", "to-gateway", "from-gateway"])
  .default("both")
  .describe("which datagrams it is about");
