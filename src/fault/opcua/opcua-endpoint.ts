import type { Release } from "../wire-fault-kind.ts";

/** What goes wrong with what a server answers. */
export interface OpcUaDisturbance {
  /** Every response waits so long before it is sent */
  readonly delay_ms?: number;
  /** Who wants a session is told BadTooManySessions */
  readonly refusesSessions?: boolean;
  /** Of the Variables that show a signal whose id fits; "*" is every Variable of the units */
  readonly status?: { readonly signal: string; readonly code: number };
  /** Source timestamps stay where they are */
  readonly freezesTimestamps?: boolean;
  /** The server's clock is off by so much, above 0 ahead */
  readonly sourceSkew_ms?: number;
  readonly serverSkew_ms?: number;
}

/** A certificate in the place of the server's own. */
export interface OpcUaCertificate {
  /** That it is valid from now on; below 0 it expired so long ago */
  readonly days: number;
  /** The fleet's authority, or one that nobody knows */
  readonly issuer: "fleet" | "unknown";
}

/** What an OPC UA server offers to faults. */
export interface OpcUaEndpoint {
  /** As a power cut would. @returns what brings it up again. */
  takeDown(): Promise<Release>;
  dropSessions(): number;
  dropSubscriptions(): number;
  dropConnections(): void;
  /** @throws Error when it is about no Variable at all */
  disturb(disturbance: OpcUaDisturbance): Release;
  showCertificate(certificate: OpcUaCertificate): Promise<Release>;
}
