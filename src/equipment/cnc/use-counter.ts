import type { Quantity } from "../../signal/quantity.ts";
import { Constant, Linear } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit-context.ts";

/** Hours of use, as a control counts them. */
export class UseCounter {
  /** Hours. */
  readonly hours: Quantity;
  readonly #context: UnitContext;
  #share = 0;

  constructor(context: UnitContext, id: string, sofar_h: number) {
    this.#context = context;
    this.hours = context.quantity(id, new Constant(sofar_h));
  }

  /** From now on it counts that share of the time: 1 all of it, 0 none. */
  count(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    const now_s = this.#context.now_s;
    const sofar_h = this.hours.value(now_s);
    this.hours.anchor(now_s, share === 0 ? new Constant(sofar_h) : new Linear(now_s, sofar_h, share / 3600));
  }
}
