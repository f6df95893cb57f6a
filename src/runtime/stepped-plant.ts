import { Plant } from "../plant/plant.ts";
import type { CommandResult, ConditionState, Value } from "../protocol/port.ts";
import type { Plan } from "../scenario/plan.ts";
import { UnitTimeline } from "../scenario/unit-timeline.ts";
import type { RunFault } from "./result.ts";

/** Longest span of plant time that can pass at once: a hundred years, as for a duration. */
const SPAN_MAX_S = 36_500 * 86_400;

/** @throws RangeError for what would never end, or turn time back */
function requireSpan(name: string, span_s: number): void {
  if (span_s >= 0 && span_s <= SPAN_MAX_S) return;
  throw new RangeError(`${name} cannot be ${span_s}; write seconds from 0 to ${SPAN_MAX_S}`);
}

/** A plant without a wire whose time somebody moves by hand: for tests of what would read it. */
export class SteppedPlant {
  readonly #plant: Plant;

  constructor(plan: Plan) {
    const clock = { start_ms: plan.start_ms, wireStart_ms: plan.start_ms };
    this.#plant = new Plant(plan.seed, clock, plan.units);
    for (const { name, timeline } of plan.units)
      new UnitTimeline(this.#plant.unit(name), timeline, (command) => this.#plant.perform(name, command));
  }

  /** Names of its units. */
  get units(): readonly string[] {
    return this.#plant.units.map(({ name }) => name);
  }

  /** Plant time, seconds. */
  get now_s(): number {
    return this.#plant.now_s;
  }

  /** 16 hexadecimal digits over everything that has happened. */
  get digest(): string {
    return this.#plant.digest;
  }

  /** Ground truth: what has gone wrong with whom, from when to when. */
  get faults(): readonly RunFault[] {
    return this.#plant.faults;
  }

  /** Lets so many seconds of plant time pass, 0 or more. @throws RangeError for what is no such span */
  advance(span_s: number): void {
    requireSpan("span_s", span_s);
    this.#plant.advance(this.#plant.now_s + span_s);
  }

  /**
   * Lets time pass until something is so, looking every `step_s`.
   *
   * @param within_s  plant time that it may take
   * @throws Error when it is not so by then, RangeError for what is no span of time
   */
  advanceUntil(isSo: () => boolean, within_s: number, step_s = 1): void {
    requireSpan("within_s", within_s);
    requireSpan("step_s", step_s);
    if (this.now_s + step_s === this.now_s) throw new RangeError(`step_s of ${step_s} moves no time`);
    const end_s = this.now_s + within_s;
    while (!isSo()) {
      if (this.now_s >= end_s) throw new Error(`it was not so within ${within_s} s of plant time`);
      this.advance(Math.min(step_s, end_s - this.now_s));
    }
  }

  /** What a unit published last, by signal; a group that has not ticked yet is missing. */
  read(unit: string): Readonly<Record<string, Value>> {
    const values: Record<string, Value> = {};
    for (const { id, signals } of this.#describe(unit).groups) {
      const sample = this.#plant.read(unit, id);
      signals.forEach((signal, i) => sample && (values[signal.id] = sample.values[i]!));
    }
    return values;
  }

  /** What is so, whatever is published of it: by the names of `unit.truth` in checks. */
  truth(unit: string): Readonly<Record<string, number>> {
    const { truths } = this.#plant.unit(unit);
    return Object.fromEntries([...truths].map(([id, trajectory]) => [id, trajectory.value(this.now_s)]));
  }

  conditions(unit: string): readonly ConditionState[] {
    return this.#plant.conditions(unit);
  }

  /** A command of the unit, as `taktwerk` knows it on the wire: hold, start, set-override, acknowledge… */
  command(unit: string, name: string, given: Readonly<Record<string, Value>> = {}): CommandResult {
    return this.#plant.command(unit, { name, arguments: given });
  }

  /** Lets a fault begin. @param id  by which it is cleared */
  inject(
    unit: string,
    fault: string,
    id: string,
    given: Readonly<Record<string, Value>> = {},
  ): CommandResult {
    return this.command(unit, "inject-fault", { fault, id, ...given });
  }

  clear(unit: string, id: string): CommandResult {
    return this.command(unit, "clear-fault", { id });
  }

  #describe(name: string): Plant["units"][number] {
    const unit = this.#plant.units.find((it) => it.name === name);
    if (!unit) throw new Error(`there is no unit ${name}`);
    return unit;
  }
}
