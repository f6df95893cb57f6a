import type { Run } from "../runtime/run.ts";

/** What the control room can do to a run. */
export type Desk = Pick<
  Run,
  | "view"
  | "alarms"
  | "describe"
  | "look"
  | "past"
  | "seekEvent"
  | "faults"
  | "wire"
  | "pace"
  | "command"
  | "beginWireFault"
  | "clearWireFault"
  | "snapshot"
>;

type Answer<K extends keyof Desk> = Awaited<ReturnType<Desk[K]>>;
export type Description = Answer<"describe">;
export type Look = Answer<"look">;
export type Sample = Look["samples"][number];
export type Value = Sample["values"][number];
export type Arguments = Parameters<Desk["command"]>[1]["arguments"];
