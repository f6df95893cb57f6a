import type { WireFamily, WireFaultParameters } from "./wire-fault-kind.ts";

/** A fault on the wire that a scenario schedules on a unit: once, or over and over. */
export interface ScheduledWireFault {
  readonly id: string;
  readonly kind: string;
  readonly family: WireFamily;
  readonly at_s: number;
  /** 0 for one that is over at once; undefined to stay to the end. */
  readonly for_s: number | undefined;
  /** From begin to begin; undefined for once. */
  readonly every_s: number | undefined;
  readonly parameters: WireFaultParameters;
}

/** Ground truth: what was done to a unit's endpoint, from when to when. */
export interface WireFaultWindow {
  readonly unit: string;
  /** One that comes over and over numbers its windows: "radio#2". */
  readonly id: string;
  readonly kind: string;
  readonly family: WireFamily;
  readonly parameters: WireFaultParameters;
  /** The server or device that it was done to; units that share a server suffer together. */
  readonly endpoint: string;
  /** What somebody at the other end should notice. */
  readonly causes: string;
  /** As scheduled, plant time. */
  readonly from_s: number;
  /** When it ends by itself, plant time, if nobody clears it before; undefined for one that stays until somebody does. */
  readonly ends_s: number | undefined;
  /** Undefined when it lasted to the end. */
  readonly until_s: number | undefined;
  /** Wall time, milliseconds since 1970, before anything of it was carried out; undefined when it came to nothing. */
  readonly began_ms: number | undefined;
  /** Wall time after all of it was taken back; undefined when it lasted to the end. */
  readonly ended_ms: number | undefined;
  /** Why it could not be carried out, or not be taken back; undefined for one that could. */
  readonly failure: string | undefined;
}
