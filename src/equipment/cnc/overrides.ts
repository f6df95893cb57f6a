import type { Quantity } from "../../signal/quantity.ts";
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
  /** As a factor of what is programmed. */
  readonly #shares: Record<OverrideName, number> = { feed: 1, rapid: 1, spindle: 1 };

  /** @param onTurn  told after a switch was turned */
  constructor(context: UnitContext, onTurn: () => void) {
    this.#context = context;
    this.#onTurn = onTurn;
    this.feed = context.quantity("feed-override", 100);
    this.rapid = context.quantity("rapid-override", 100);
    this.spindle = context.quantity("spindle-override", 100);
  }

  /** The present setting as a factor of what is programmed. */
  share(name: OverrideName): number {
    return this.#shares[name];
  }

  turn(name: OverrideName, percent: number): void {
    this[name].set(this.#context.now_s, percent);
    this.#shares[name] = percent / 100;
    this.#onTurn();
  }
}
