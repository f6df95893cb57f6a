import type { Body } from "../engine/process.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "./command.ts";
import type { FaultEffect, FaultKind } from "./fault-kind.ts";
import type { UnitContext } from "./unit-context.ts";

/** Steps in which a fault sets in; what it pushes follows with a lag of its own. */
const ONSET_STEPS = 20;
const ID_MAX = 64;

/** A fault that is there. */
export interface ActiveFault {
  /** What cleared it is asked for by. */
  readonly id: string;
  readonly kind: string;
  readonly severity: number;
  readonly since_s: number;
}

/** The faults of one machine: those that are there, and how they come and go. */
export class FaultInjection<M> {
  readonly kinds: ReadonlyMap<string, FaultKind<M>>;
  readonly #context: UnitContext;
  readonly #machine: M;
  readonly #active = new Map<string, { readonly fault: ActiveFault; readonly effect: FaultEffect }>();

  constructor(context: UnitContext, machine: M, kinds: readonly FaultKind<M>[]) {
    this.#context = context;
    this.#machine = machine;
    this.kinds = new Map(kinds.map((kind) => [kind.id, kind]));
  }

  get active(): readonly ActiveFault[] {
    return [...this.#active.values()].map(({ fault }) => fault);
  }

  /**
   * `inject-fault` { fault, id, severity? and the kind's own } and `clear-fault` { id }.
   *
   * @returns undefined for any other command
   */
  command({ name, arguments: given }: UnitCommand): CommandOutcome | undefined {
    if (name === "inject-fault") {
      const { fault, id, ...parameters } = given;
      return this.#inject(String(fault), String(id), parameters);
    }
    return name === "clear-fault" ? this.clear(String(given.id)) : undefined;
  }

  #inject(name: string, id: string, given: UnitCommand["arguments"]): CommandOutcome {
    const kind = this.kinds.get(name);
    if (!kind)
      return refuse(
        REFUSAL.notFound,
        `there is no fault "${name}"; one of ${[...this.kinds.keys()].join(", ")}`,
      );
    if (id === "" || id.length > ID_MAX)
      return refuse(REFUSAL.invalidArgument, `a fault's id cannot be "${id}"`);
    if (this.#active.has(id)) return refuse(REFUSAL.invalidState, `a fault "${id}" is there already`);
    const parsed = kind.parameters.safeParse(given);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      return refuse(REFUSAL.outOfRange, `"${issue.path.join(".") || name}": ${issue.message}`);
    }
    this.begin(kind, id, parsed.data, kind.onset_s);
    return DONE;
  }

  /** Lets a fault set in over a time from now on. */
  begin(kind: FaultKind<M>, id: string, parameters: { readonly severity: number }, onset_s: number): void {
    const effect = kind.begin(this.#machine, parameters);
    const fault = { id, kind: kind.id, severity: parameters.severity, since_s: this.#context.now_s };
    this.#active.set(id, { fault, effect });
    this.#context.simulation.process(`${this.#context.name}: ${id}`, this.#setIn(id, effect, onset_s));
  }

  /** Takes the cause back; wear that has come of it stays. */
  clear(id: string): CommandOutcome {
    const entry = this.#active.get(id);
    if (!entry) return refuse(REFUSAL.notFound, `there is no fault "${id}"`);
    this.#active.delete(id);
    entry.effect.clear();
    return DONE;
  }

  *#setIn(id: string, effect: FaultEffect, onset_s: number): Body {
    const steps = onset_s === 0 ? 1 : ONSET_STEPS;
    for (let step = 1; step <= steps; step++) {
      if (onset_s > 0) yield onset_s / steps;
      if (this.#active.get(id)?.effect !== effect) return;
      effect.setLevel(step / steps);
    }
  }
}
