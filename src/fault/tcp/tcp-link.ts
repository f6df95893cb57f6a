import { z } from "zod";
import type { Release } from "../wire-fault-kind.ts";

export type TcpDirection = "both" | "to-server" | "from-server";

/** What happens to the octets of connections, those that there are and those to come. */
export interface TcpDisturbance {
  readonly direction: TcpDirection;
  readonly delay?: { readonly fixed_ms: number; readonly jitter_ms: number };
  readonly bytesPerSecond?: number;
  /** Nothing passes, not even an end; what comes meanwhile passes afterwards */
  readonly isStalled?: boolean;
}

/** What the proxy in front of a server offers to faults. */
export interface TcpLink {
  disturb(disturbance: TcpDisturbance): Release;
  /** Ends all connections with RST. @returns how many */
  reset(): number;
}

export const direction = z
  .enum(["both", "to-server", "from-server"])
  .default("both")
  .describe("which octets it is about");
