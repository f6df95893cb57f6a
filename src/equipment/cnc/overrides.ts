import type { Quantity } from "../../signal/quantity.ts";
import { Constant } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit-context.ts";

/** Highest setting of each override on the panel, percent. */
export const OVERRIDE_MAX = { feed: 150, rapid: 100, spindle: 120 } as const;

export type OverrideName = keyof typeof OVERRIDE_MAX;

/** The override switches of the panel, percent. */
export class Overrides {
  readonly feed: Quantity;
  readonly rapid: Quantity;
  readonly spindle: Quantity;
  readonly #context: UnitContext;
  readonly #onTurn: () => void;

  /** @param onTurn  told after a switch was turned */
  constructor(context: UnitContext, onTurn: () => void) {
    this.#context = context;
    this.#onTurn = onTurn;
    this.feed = context.quantity("feed-override", new Constant(100));
    this.rapid = context.quantity("rapid-override", new Constant(100));
    this.spindle = context.quantity("spindle-override", new Constant(100));
  }

  /** As a factor of what is programmed. */
  share(name: OverrideName): number {
    return this[name].value(this.#context.now_s) / 100;
  }

  turn(name: OverrideName, percent: number): void {
    this[name].jump(this.#context.now_s, new Constant(percent));
    this.#onTurn();
  }
}
