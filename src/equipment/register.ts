import type { Simulation } from "../engine/simulation.ts";
import type { SignalValue } from "../signal/signal.ts";
import { Timeline } from "../signal/timeline.ts";

/** A discrete value of a unit, with its past: a name, a flag, a number that steps. */
export class Register<T extends SignalValue> {
  /** For signals: what held when. */
  readonly history: Timeline<SignalValue>;
  readonly #simulation: Simulation;
  readonly #onChange: (value: T) => void;
  #value: T;

  constructor(simulation: Simulation, keep_s: number, first: T, onChange: (value: T) => void) {
    this.history = new Timeline<SignalValue>(keep_s, first);
    this.#simulation = simulation;
    this.#onChange = onChange;
    this.#value = first;
  }

  get value(): T {
    return this.#value;
  }

  /** Sets it at the current time; the same value again changes nothing. */
  set(value: T): void {
    if (value === this.#value) return;
    this.#value = value;
    this.history.add(this.#simulation.now_s, value);
    this.#onChange(value);
  }
}
