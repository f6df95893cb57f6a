import { Digest, tagOf } from "../engine/digest.ts";
import { KINDS, type AnchorRecorder } from "../signal/quantity.ts";
import type { SignalValue } from "../signal/signal.ts";
import type { Anchored } from "../signal/trajectory.ts";

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
      for (const value of values) this.#digest.number(numberOf(value));
      this.onEntry?.({ time_s, id, values });
    };
  }

  /** Chains the re-anchorings of a quantity or the changes of a register. */
  recorder(id: string): ChangeRecorder {
    return new ChangeRecorder(this, this.#digest, id);
  }
}

/** Chains changes under one id, number by number: no list is made for what happens hundreds of times a part. */
export class ChangeRecorder implements AnchorRecorder {
  readonly #chronicle: Chronicle;
  readonly #digest: Digest;
  readonly #id: string;
  readonly #tag: number;

  constructor(chronicle: Chronicle, digest: Digest, id: string) {
    this.#chronicle = chronicle;
    this.#digest = digest;
    this.#id = id;
    this.#tag = tagOf(id);
  }

  /** A register has another value. */
  changed(time_s: number, value: SignalValue): void {
    this.#digest.number(this.#tag).number(time_s).number(numberOf(value));
    this.#chronicle.onEntry?.({ time_s, id: this.#id, values: [value] });
  }

  anchored(time_s: number, kind: number, a: number, b: number, c: number): void {
    const digest = this.#digest;
    digest
      .number(this.#tag + kind)
      .number(time_s)
      .number(a);
    if (kind !== KINDS.constant) digest.number(b);
    if (kind === KINDS.approach) digest.number(c);
    this.#chronicle.onEntry?.({ time_s, id: this.#id, values: [a, b, c].slice(0, kind + 1) });
  }

  followed(time_s: number, { parameters }: Anchored): void {
    const digest = this.#digest;
    digest.number(this.#tag).number(time_s);
    for (let i = 0; i < parameters.length; i++) digest.number(parameters[i]!);
    this.#chronicle.onEntry?.({ time_s, id: this.#id, values: parameters });
  }
}

function numberOf(value: SignalValue): number {
  return typeof value === "string" ? tagOf(value) : Number(value);
}
