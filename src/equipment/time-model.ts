/** What equipment does with its time, in the terms of ISO 22400-2. */

/** What planned time is lost to. */
export const LOSSES = ["set-up", "tools", "breakdown", "waiting"] as const;
export type Loss = (typeof LOSSES)[number];

/** What the states of a kind of equipment mean for its time; one that is named nowhere is a stop. */
export interface TimeModel {
  /** In which it is at plant time 0. */
  readonly initial: string;
  /** Nobody has planned to produce. */
  readonly unplanned: ReadonlySet<string>;
  readonly producing: ReadonlySet<string>;
  /** Losses of availability however short they are: they are no disturbance but work on the machine. */
  readonly losses: ReadonlyMap<string, Loss>;
  /** Stops that make a whole stop a breakdown. */
  readonly breakdown: ReadonlySet<string>;
}
