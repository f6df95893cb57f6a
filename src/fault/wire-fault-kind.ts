import { z } from "zod";

/** On what it is carried out: a unit's OPC UA server, its MQTT-SN device's link, or the TCP way to its server. */
export type WireFamily = "opcua" | "mqttsn" | "tcp";

/** What an occurrence says of itself. */
export type WireFaultParameters = Readonly<Record<string, number | string | boolean>>;

/** Takes back what was done; overlapping ones add, so each takes back no more than its own. */
export type Release = () => void | Promise<void>;

/** What one occurrence of a fault does to its endpoint. */
export interface WireEffect {
  clear(): void | Promise<void>;
}

/**
 * A kind of fault on the wire, carried out on an endpoint E: a tiny interface that an adapter offers. It never touches
 * a twin: the plant goes on as if nothing were, and only those who watch it over the wire notice.
 */
export interface WireFaultKind<E> {
  /** Kebab-case: "datagram-loss" */
  readonly id: string;
  readonly family: WireFamily;
  readonly title: string;
  /** One sentence: what happens. */
  readonly description: string;
  /** One sentence: what somebody at the other end should notice, the ground truth of a window. */
  readonly causes: string;
  readonly parameters: z.ZodType<WireFaultParameters>;
  /** Over as soon as it has been carried out, so that nothing lasts. */
  readonly isMomentary?: true;
  /** Means nothing to a server that offers no security. */
  readonly needsSecurity?: true;
  /** @throws Error that says why it cannot be carried out */
  begin(endpoint: E, parameters: WireFaultParameters): Promise<WireEffect>;
}

/** For kinds that have nothing to say. */
export const noParameters = z.strictObject({});

/** A ratio of datagrams, answers or whatever. */
export const ratio = (usual: number) => z.number().gt(0).max(1).default(usual);

/** Beyond a day it is no delay any more. */
const DELAY_MAX_MS = 86_400_000;

/** Milliseconds of a wait. */
export const delay_ms = (usual: number) => z.number().gt(0).max(DELAY_MAX_MS).default(usual);

/** Milliseconds by which a wait varies. */
export const jitter_ms = () =>
  z.number().min(0).max(DELAY_MAX_MS).default(0).describe("up to so much more, milliseconds");
