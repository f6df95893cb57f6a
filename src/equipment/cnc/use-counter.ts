import type { Quantity } from "../../signal/quantity.ts";
import type { UnitContext } from "../unit-context.ts";

/** Hours of use, as a control counts them. */
export class UseCounter {
  /** Hours. */
  readonly hours: Quantity;
  readonly #context: UnitContext;
  #share = 0;

  constructor(context: UnitContext, id: string, sofar_h: number) {
    this.#context = context;
    this.hours = context.quantity(id, sofar_h);
  }

  /** From now on it counts that share of the time: 1 all of it, 0 none. */
  count(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    const now_s = this.#context.now_s;
    if (share === 0) this.hours.hold(now_s);
    else this.hours.ramp(now_s, share / 3600);
  }
}
