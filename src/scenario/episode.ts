/** What a check demands of its predicate. Times are plant seconds. */
export type Demand =
  | { readonly word: "eventually"; readonly within_s: number | undefined }
  | { readonly word: "always" | "never" }
  | { readonly word: "holds"; readonly for_s: number; readonly within_s: number | undefined }
  | { readonly word: "count"; readonly atLeast: number | undefined; readonly atMost: number | undefined };

/** How an episode ends; undecided when there was nothing to judge, or the run was over too early. */
export type Ruling =
  { readonly kind: "passed" | "undecided" } | { readonly kind: "failed"; readonly why: string };

const PASSED: Ruling = { kind: "passed" };
const UNDECIDED: Ruling = { kind: "undecided" };
const failed = (why: string): Ruling => ({ kind: "failed", why });

/** Plant time for messages, to the millisecond. */
export const atTime = (time_s: number): string => `${Math.round(time_s * 1000) / 1000} s`;

/**
 * One window of a check on one unit, from its begin to its end or to the moment that decides it. It is told every
 * value that the predicate takes, in order; in between, the last one holds.
 *
 * States: *open* -> *decided*; who holds it forgets it then.
 */
export class Episode {
  readonly from_s: number;
  /** Last instant at which it can still come true; Infinity without `within`. */
  readonly deadline_s: number;
  readonly #demand: Demand;
  #told = false;
  #trueSince_s: number | undefined;
  #longest_s = 0;
  #count = 0;

  constructor(demand: Demand, from_s: number) {
    this.#demand = demand;
    this.from_s = from_s;
    this.deadline_s = from_s + ("within_s" in demand ? (demand.within_s ?? Infinity) : Infinity);
  }

  /** When it would be decided if nothing changed; Infinity when it would not. */
  get due_s(): number {
    const held_s =
      this.#demand.word === "holds" && this.#trueSince_s !== undefined
        ? this.#trueSince_s + this.#demand.for_s
        : Infinity;
    return Math.min(this.deadline_s, held_s);
  }

  /** The predicate has this value from `time_s` on. @returns undefined while it is open */
  tell(time_s: number, value: boolean): Ruling | undefined {
    this.#told = true;
    const { word } = this.#demand;
    if (word === "eventually") return value ? PASSED : undefined;
    if (word === "always") return value ? undefined : failed(`it was not so at ${atTime(time_s)}`);
    if (word === "never") return value ? failed(`it was so at ${atTime(time_s)}`) : undefined;
    if (value) this.#trueSince_s ??= time_s;
    else this.#trueSince_s = undefined;
    return undefined;
  }

  /** Time has come so far with the value that was told last. */
  reach(time_s: number): Ruling | undefined {
    if (this.#demand.word !== "holds" || this.#trueSince_s === undefined) return undefined;
    this.#longest_s = Math.max(this.#longest_s, time_s - this.#trueSince_s);
    // The same sum as in `due_s`, or rounding would let it be late by a tick.
    return time_s >= this.#trueSince_s + this.#demand.for_s ? PASSED : undefined;
  }

  /** An event of the window is of those that count. */
  count(): Ruling | undefined {
    this.#count++;
    if (this.#demand.word !== "count") return undefined;
    const { atMost } = this.#demand;
    return atMost !== undefined && this.#count > atMost
      ? failed(`there were more than ${atMost} such events from ${atTime(this.from_s)} on`)
      : undefined;
  }

  /** The window closes. @param byEnd  because the run ends, and it may have gone on */
  close(time_s: number, byEnd: boolean): Ruling {
    const span = `from ${atTime(this.from_s)} to ${atTime(time_s)}`;
    if (this.#demand.word === "count") return this.#closeCount(span);
    if (!this.#told) return UNDECIDED;
    if (!("within_s" in this.#demand)) return PASSED;
    if (byEnd && this.deadline_s < Infinity && time_s < this.deadline_s) return UNDECIDED;
    if (this.#demand.word === "eventually") return failed(`it was never so ${span}`);
    const { for_s } = this.#demand;
    return failed(`it held for at most ${atTime(this.#longest_s)} ${span}, not for ${atTime(for_s)}`);
  }

  #closeCount(span: string): Ruling {
    const { atLeast = 0 } = this.#demand as Demand & { readonly word: "count" };
    if (this.#count >= atLeast) return PASSED;
    return failed(`there were ${this.#count} such events ${span}, not ${atLeast}`);
  }
}
