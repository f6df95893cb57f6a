import type { Description, Look } from "./desk.ts";
import type { Binding } from "./keys.ts";
import type { Room } from "./room.ts";

/** A line of a page of facts. */
export interface FactLine {
  readonly text: string;
  /** White without one. */
  readonly colour?: string;
}

/** What the screen of a unit has for equipment of its kind alone. */
export interface Panel {
  /** Of its page of facts: "tools" */
  readonly title: string;
  readonly lines: (description: Description, look: Look) => readonly FactLine[];
  /** Commands that have a key of their own; all others are behind `c`. */
  readonly keys: (room: Room, description: Description) => readonly Binding[];
}
