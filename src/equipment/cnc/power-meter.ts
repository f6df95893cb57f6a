import type { Quantity } from "../../signal/quantity.ts";
import { Accumulated, Constant, Sum } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit-context.ts";

const HOURS_PER_SECOND = 1 / 3600;

/** The machine's supply: active power is the sum of its consumers, energy its exact integral. */
export class PowerMeter {
  /** kW */
  readonly activePower: Sum;
  /** kWh since the start */
  readonly energy: Quantity;
  readonly #context: UnitContext;
  #anchored_s = 0;

  /** @param consumers  powers in kW, positive when taken from the supply */
  constructor(context: UnitContext, consumers: readonly Quantity[]) {
    this.#context = context;
    this.activePower = new Sum(consumers);
    this.energy = context.quantity("energy", new Constant(0));
    this.energy.anchor(0, new Accumulated(0, 0, this.activePower, HOURS_PER_SECOND));
    for (const consumer of consumers) consumer.onAnchor(() => this.#anchor());
  }

  /** Each change of a consumer starts a new sum, so that no integral reaches over a kink or into forgotten past. */
  #anchor(): void {
    const now_s = this.#context.now_s;
    if (now_s === this.#anchored_s) return;
    this.#anchored_s = now_s;
    const sofar_kwh = this.energy.value(now_s);
    this.energy.anchor(now_s, new Accumulated(now_s, sofar_kwh, this.activePower, HOURS_PER_SECOND));
  }
}
