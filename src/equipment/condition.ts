import { Limit, type LimitBounds } from "../signal/limit.ts";
import type { Quantity } from "../signal/quantity.ts";
import type { SignalValue } from "../signal/signal.ts";
import type { Timeline } from "../signal/timeline.ts";
import type { Register } from "./register.ts";
import type { UnitContext } from "./unit.ts";

/**
 * A condition of a unit (OPC UA Part 9). It follows a limit on a measured quantity and nothing else: no fault
 * and no operator sets it.
 */
export class Condition {
  readonly id: string;
  readonly #active: Register<boolean>;

  constructor(context: UnitContext, id: string, quantity: Quantity, bounds: LimitBounds) {
    this.id = id;
    this.#active = context.register<boolean>(id, false);
    new Limit(context.simulation, quantity, bounds, (violated) => this.#active.set(violated));
  }

  get active(): boolean {
    return this.#active.value;
  }

  get history(): Timeline<SignalValue> {
    return this.#active.history;
  }
}
