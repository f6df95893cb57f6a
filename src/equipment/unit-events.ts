import type { SignalValue } from "../signal/signal.ts";

export type EventKind = "state" | "condition" | "production" | "tool-change" | "job";

type Fields = Readonly<Record<string, SignalValue>>;

/** What a happening says of itself. */
export interface Happening {
  readonly kind: EventKind;
  /** What it happened to: a state machine's id, a condition's, an order's. */
  readonly source: string;
  /** For people; never empty. */
  readonly message: string;
  /** 1 to 1000 (OPC UA Part 5). */
  readonly severity: number;
  readonly fields: Fields;
}

/** A happening with its place in the unit's life. */
export interface NumberedHappening extends Happening {
  /** From 0, without gaps, whether somebody listens or not. */
  readonly number: number;
  readonly time_s: number;
}

/** Severities of what is no alarm, in OPC UA Part 5's terms of "low". */
export const EVENT_SEVERITY = { routine: 50, notable: 100, interruption: 300 } as const;

/**
 * The feed of a unit's happenings. It adds nothing to the digest, since whatever happens changes a register or a
 * quantity too; and without a listener it costs a count.
 */
export class UnitEvents {
  /** What every happening of kind "state" is told with: program, order, counters. */
  circumstances: () => Fields = () => ({});
  readonly #now: () => number;
  readonly #listeners = new Set<(happening: NumberedHappening) => void>();
  #count = 0;

  /** @param now  plant time in seconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A listener hears everything from now on; it must not change the unit. @returns ends it */
  listen(listener: (happening: NumberedHappening) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param tell  asked only when somebody listens */
  emit(tell: () => Happening): void {
    const number = this.#count++;
    if (this.#listeners.size === 0) return;
    const numbered = { ...tell(), number, time_s: this.#now() };
    for (const listener of this.#listeners) listener(numbered);
  }

  /** A state machine or a mode has changed. */
  transition(source: string, from: string, to: string, cause: string, severity: number): void {
    this.emit(() => ({
      kind: "state",
      source,
      message: `${source}: ${from} -> ${to}${cause === "" ? "" : ` (${cause})`}`,
      severity,
      fields: { from, to, cause, ...this.circumstances() },
    }));
  }
}
