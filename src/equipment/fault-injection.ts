import type { Body } from "../engine/process.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "./command.ts";
import type { FaultEffect, FaultKind, FaultParameters, Objection, Outcome } from "./fault-kind.ts";
import type { UnitContext } from "./unit-context.ts";

/** Steps in which a fault sets in; what it pushes follows with a lag of its own. */
const ONSET_STEPS = 20;
const ID_MAX = 64;

/** Commands by which somebody lets a fault come and go. */
export const FAULT_COMMANDS: readonly string[] = ["inject-fault", "clear-fault"];

/** A fault that a scenario schedules: once, or over and over. */
export interface ScheduledFault {
  readonly id: string;
  readonly kind: string;
  readonly at_s: number;
  /** Undefined to stay to the end. */
  readonly for_s: number | undefined;
  /** From begin to begin, longer than it lasts; undefined for once. */
  readonly every_s: number | undefined;
  readonly parameters: FaultParameters;
}

/** What truly happened to a machine, from when to when. */
export interface FaultWindow extends Outcome {
  /** What it is cleared by; unique among those that are there. */
  readonly id: string;
  readonly kind: string;
  readonly severity: number;
  /** Those of its kind's own that were said or have a default: the axis, the signal. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly from_s: number;
  /** When it has set in. */
  readonly full_s: number;
  /** When it ends by itself, if nobody clears it before; undefined for one that stays until somebody does. */
  readonly ends_s: number | undefined;
  /** Undefined while it is there. */
  readonly until_s: number | undefined;
}

/** Hears of a window, when it opens and when it closes. */
export type FaultListener = (window: FaultWindow) => void;

/** Id that the scenario gave the fault that a window is of: one that comes over and over numbers its windows. */
export const scheduledId = (window: string): string => window.replace(/#\d+$/, "");

/** The faults of one machine: those that are there, and how they come and go. */
export class FaultInjection<M> {
  readonly kinds: ReadonlyMap<string, FaultKind<M>>;
  readonly #context: UnitContext;
  readonly #machine: M;
  readonly #active = new Map<string, { readonly window: FaultWindow; readonly effect: FaultEffect }>();
  readonly #past: FaultWindow[] = [];
  readonly #listeners: FaultListener[] = [];

  constructor(context: UnitContext, machine: M, kinds: readonly FaultKind<M>[]) {
    this.#context = context;
    this.#machine = machine;
    this.kinds = new Map(kinds.map((kind) => [kind.id, kind]));
  }

  /** Every window so far, by its begin. */
  get windows(): readonly FaultWindow[] {
    return [...this.#past, ...this.present].sort((a, b) => a.from_s - b.from_s);
  }

  /** Windows of those that are there, by their begin. */
  get present(): readonly FaultWindow[] {
    return [...this.#active.values()].map(({ window }) => window);
  }

  /** A listener hears of every window from now on; it must not change the machine. */
  listen(listener: FaultListener): void {
    this.#listeners.push(listener);
  }

  /** What speaks against a fault of a kind that there is, with parameters of their types; undefined for nothing. */
  objection(kind: string, parameters: FaultParameters): Objection | undefined {
    return this.kinds.get(kind)!.objection?.(this.#machine, parameters);
  }

  /** Lets what a scenario schedules happen at its times. Call it before time moves. */
  schedule({ id, kind: name, at_s, for_s, every_s, parameters }: ScheduledFault): void {
    const { simulation } = this.#context;
    const kind = this.kinds.get(name)!;
    const at = (time_s: number, fire: () => void): void => void simulation.scheduleAt({ fire }, time_s);
    const begin = (number: number): void => {
      const begin_s = at_s + number * (every_s ?? 0);
      const window = every_s === undefined ? id : `${id}#${number + 1}`;
      this.begin(kind, window, parameters, kind.onset_s, for_s);
      if (every_s !== undefined) at(begin_s + every_s, () => begin(number + 1));
    };
    at(at_s, () => begin(0));
  }

  /**
   * `inject-fault` { fault, id, for_s?, severity? and the kind's own } and `clear-fault` { id }.
   *
   * @returns undefined for any other command
   */
  command({ name, arguments: given }: UnitCommand): CommandOutcome | undefined {
    if (name === "inject-fault") {
      const { fault, id, for_s, ...parameters } = given;
      if (for_s !== undefined && !(typeof for_s === "number" && for_s > 0))
        return refuse(REFUSAL.outOfRange, `"for_s": ${for_s} is no time in seconds above 0`);
      return this.#inject(String(fault), String(id), parameters, for_s);
    }
    return name === "clear-fault" ? this.clear(String(given.id)) : undefined;
  }

  #inject(
    name: string,
    id: string,
    given: UnitCommand["arguments"],
    for_s: number | undefined,
  ): CommandOutcome {
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
    const objection = kind.objection?.(this.#machine, parsed.data);
    if (objection) return refuse(REFUSAL.invalidArgument, `"${objection.parameter}": ${objection.what}`);
    this.begin(kind, id, parsed.data, kind.onset_s, for_s);
    return DONE;
  }

  /** Lets a fault set in over a time from now on. @param for_s  how long it stays; until it is cleared when left out */
  begin(
    kind: FaultKind<M>,
    id: string,
    parameters: FaultParameters,
    onset_s: number,
    for_s?: number | undefined,
  ): void {
    const { simulation, now_s, name } = this.#context;
    const ends_s = for_s === undefined ? undefined : now_s + for_s;
    // Somebody may have given its id to one by hand, which nobody could clear any more; the new one takes its place.
    if (this.#active.has(id)) this.clear(id);
    const effect = kind.begin(this.#machine, parameters, id);
    const { severity, ...own } = parameters;
    const window: FaultWindow = {
      id,
      kind: kind.id,
      severity,
      parameters: Object.fromEntries(
        Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      ...(kind.outcome?.(this.#machine, parameters) ?? { raises: kind.raises, masks: [] }),
      from_s: now_s,
      full_s: now_s + onset_s,
      ends_s,
      until_s: undefined,
    };
    this.#active.set(id, { window, effect });
    for (const listener of this.#listeners) listener(window);
    simulation.process(`${name}: ${id}`, this.#setIn(id, effect, onset_s));
    if (ends_s === undefined) return;
    // Somebody may have cleared it before, and have given its id to another one.
    const fire = (): void => void (this.#active.get(id)?.effect === effect && this.clear(id));
    simulation.scheduleAt({ fire }, ends_s);
  }

  /** Takes the cause back; wear that has come of it stays. */
  clear(id: string): CommandOutcome {
    const entry = this.#active.get(id);
    if (!entry) return refuse(REFUSAL.notFound, `there is no fault "${id}"`);
    this.#active.delete(id);
    const window = { ...entry.window, until_s: this.#context.now_s };
    this.#past.push(window);
    entry.effect.clear();
    for (const listener of this.#listeners) listener(window);
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
