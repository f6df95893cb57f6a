import { Digest, tagOf } from "../engine/digest.ts";
import type { SignalValue } from "../signal/signal.ts";

/** One thing that happened in a cell. */
export interface ChronicleEntry {
  /** Plant time. */
  readonly time_s: number;
  /** Of the quantity that was re-anchored, the register that changed, "input" or "audit". */
  readonly id: string;
  /** What it is now: parameters of a trajectory, a value, a command, the audited samples. */
  readonly values: readonly SignalValue[];
}

/** Chains entries under one id; the id is looked up once and not at every entry. */
export type Chain = (time_s: number, values: readonly SignalValue[]) => void;

/**
 * All that happens in a cell, in order, as a digest. Equal digests mean equal cells; where two differ, `onEntry`
 * tells the entries one by one.
 */
export class Chronicle {
  onEntry: ((entry: ChronicleEntry) => void) | undefined;
  readonly #digest = new Digest();

  /** 16 hexadecimal digits over every entry so far. */
  get hex(): string {
    return this.#digest.hex;
  }

  chain(id: string): Chain {
    const tag = tagOf(id);
    return (time_s, values) => {
      this.#digest.number(tag).number(time_s);
      for (const value of values) {
        if (typeof value === "number") this.#digest.number(value);
        else this.#digest.text(String(value));
      }
      this.onEntry?.({ time_s, id, values });
    };
  }
}
