import type { Timeline } from "../signal/timeline.ts";
import type { SignalValue } from "../signal/signal.ts";
import type { UnitContext } from "./unit.ts";
import type { Register } from "./register.ts";

/** From each state to the states that may follow it. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** A state with declared transitions; any other one is a programmer error. */
export class StateMachine<S extends string> {
  readonly #id: string;
  readonly #transitions: Transitions<S>;
  readonly #register: Register<S>;

  constructor(context: UnitContext, id: string, first: S, transitions: Transitions<S>) {
    this.#id = id;
    this.#transitions = transitions;
    this.#register = context.register<S>(id, first);
  }

  get state(): S {
    return this.#register.value;
  }

  get history(): Timeline<SignalValue> {
    return this.#register.history;
  }

  /** Goes to a state; to the present one is no transition. @throws Error for a transition that is not declared */
  go(to: S): void {
    if (to === this.state) return;
    if (!this.#transitions[this.state].includes(to))
      throw new Error(`${this.#id} has no way from ${this.state} to ${to}`);
    this.#register.set(to);
  }
}
