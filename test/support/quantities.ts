import { Quantity } from "../../src/signal/quantity.ts";

const KEEP_S = 1000;

/** Stands at a value. */
export function standing(value: number): Quantity {
  return new Quantity("standing", KEEP_S, value);
}

/** From `value` at `time_s` on with a rate a second. */
export function ramping(time_s: number, value: number, rate: number): Quantity {
  const quantity = standing(value);
  quantity.ramp(time_s, rate);
  return quantity;
}

/** From `value` at `time_s` towards a target, with a lag. */
export function approaching(time_s: number, value: number, target: number, tau_s: number): Quantity {
  const quantity = standing(value);
  quantity.approach(time_s, target, tau_s);
  return quantity;
}
