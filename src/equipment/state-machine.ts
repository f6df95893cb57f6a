import type { Timeline } from "../signal/timeline.ts";
import type { SignalValue } from "../signal/signal.ts";
import type { UnitContext } from "./unit-context.ts";
import type { Register } from "./register.ts";
import { EVENT_SEVERITY } from "./unit-events.ts";

/** From each state to the states that may follow it. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** A state with declared transitions; any other one is a programmer error. */
export class StateMachine<S extends string> {
  readonly #id: string;
  readonly #transitions: Transitions<S>;
  readonly #register: Register<S>;
  readonly #context: UnitContext;
  readonly #listeners: ((state: S) => void)[] = [];

  constructor(context: UnitContext, id: string, first: S, transitions: Transitions<S>) {
    this.#id = id;
    this.#transitions = transitions;
    this.#context = context;
    this.#register = context.register<S>(id, first);
  }

  get state(): S {
    return this.#register.value;
  }

  get history(): Timeline<SignalValue> {
    return this.#register.history;
  }

  /** Calls `listener` with every state from now on, as soon as it is reached. */
  onChange(listener: (state: S) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Goes to a state; to the present one is no transition.
   *
   * @param cause  for the state log, where it is not in the machine's usual course
   * @throws Error for a transition that is not declared
   */
  go(to: S, cause = ""): void {
    const from = this.state;
    if (to === from) return;
    if (!this.#transitions[from].includes(to))
      throw new Error(`${this.#id} has no way from ${from} to ${to}`);
    this.#register.set(to);
    for (const listener of this.#listeners) listener(to);
    const severity = cause === "" ? EVENT_SEVERITY.routine : EVENT_SEVERITY.interruption;
    this.#context.events.transition(this.#id, from, to, cause, severity);
  }
}
