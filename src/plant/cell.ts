import { PRIORITY } from "../engine/calendar.ts";
import type { RandomKey } from "../engine/random.ts";
import { Simulation } from "../engine/simulation.ts";
import { Chronicle } from "../equipment/chronicle.ts";
import { createCncUnit, type CncPlan } from "../equipment/cnc/cnc-unit.ts";
import { CNC_KEEP_S } from "../equipment/cnc/poll-rhythms.ts";
import type { Nameplate } from "../equipment/nameplate.ts";
import { commandCondition } from "../equipment/condition-commands.ts";
import { UnitContext } from "../equipment/unit-context.ts";
import type { Unit } from "../equipment/unit.ts";
import type { Command, CommandResult } from "../protocol/port.ts";

/** What planning has decided about one unit. */
export interface UnitPlan extends CncPlan {
  readonly name: string;
  readonly group: string;
  readonly index: number;
  /** Reference of the model: "cnc/vmc-3axis-15kw" */
  readonly modelReference: string;
  readonly nameplate: Nameplate;
  /** How far back clients may ask for its past; 0 when none will. */
  readonly history_s: number;
}

/** A command from outside as it entered the simulation: the number-th input of its cell, at that plant time. */
export interface RecordedInput {
  readonly cell: string;
  readonly number: number;
  readonly time_s: number;
  readonly unit: string;
  readonly command: Command;
}

/** Looks at a cell beside its calendar, whenever an instant is over; it must not change anything. */
export interface CellObserver {
  /** When it wants to look next, whether something happens then or not; Infinity for never. */
  readonly next_s: number;
  /** All that happens at `time_s` has happened. The last instant is told again and again until time moves on. */
  settle(time_s: number): void;
}

/** Instants between two looks at whether the work may go on. */
const INSTANTS_BATCH = 32;

/**
 * The atom of a plant: units that interact, on a calendar of their own, with a random root and a digest. Nothing
 * couples units yet, so a cell is one unit and has its name.
 *
 * A calendar a cell and not one for all: cells never look at each other, so each can be run for a while by
 * itself, while its data is in the processor's cache.
 */
export class Cell {
  readonly name: string;
  readonly unit: Unit;
  readonly chronicle = new Chronicle();
  /** How far back its past can be asked for. */
  readonly history_s: number;
  readonly #simulation = new Simulation();
  #inputs = 0;
  #observer: CellObserver | undefined;
  /** Whether something has happened at its present that the observer has not been told. */
  #isOpen = false;

  /** @param root  of the run; the cell's own key is its child by name */
  constructor(plan: UnitPlan, root: RandomKey) {
    this.name = plan.name;
    this.history_s = plan.history_s;
    const key = root.child(plan.name);
    const keep_s = CNC_KEEP_S + plan.history_s;
    const context = new UnitContext(plan.name, this.#simulation, key, this.chronicle, keep_s);
    this.unit = createCncUnit(context, plan.nameplate, plan);
    this.unit.start();
  }

  get now_s(): number {
    return this.#simulation.now_s;
  }

  /** When there is something to do in it next, for its model or for its observer; Infinity for never. */
  get next_s(): number {
    if (this.#observer === undefined) return this.nextEvent_s;
    return this.#isOpen ? this.now_s : Math.min(this.nextEvent_s, this.#observer.next_s);
  }

  /** When its model does something next, whoever looks at it; Infinity for never. */
  get nextEvent_s(): number {
    return this.#simulation.next_s;
  }

  /** Model events since the start. */
  get fired(): number {
    return this.#simulation.fired;
  }

  /** As `Simulation.run`; a time that the cell has passed is no work. */
  run(until_s: number, mayGoOn?: () => boolean): boolean {
    return this.#observer === undefined
      ? this.#simulation.run(until_s, mayGoOn)
      : this.#runObserved(this.#observer, until_s, mayGoOn);
  }

  /** Call it before time moves; several may look. */
  observe(observer: CellObserver): void {
    this.#observer = this.#observer ? together(this.#observer, observer) : observer;
  }

  /**
   * An instant at a time. One is over only when time moves on, because a command may still come in it: so a live
   * session and its replay show an observer the same.
   */
  #runObserved(observer: CellObserver, until_s: number, mayGoOn: () => boolean = () => true): boolean {
    const simulation = this.#simulation;
    for (let left = INSTANTS_BATCH; ; left--) {
      const { now_s } = simulation;
      if (until_s > now_s && simulation.next_s > now_s) {
        observer.settle(now_s);
        this.#isOpen = false;
      }
      const stop_s = Math.max(now_s, Math.min(until_s, simulation.next_s, observer.next_s));
      const { fired } = simulation;
      simulation.run(stop_s);
      this.#isOpen ||= simulation.fired > fired || observer.next_s <= stop_s;
      if (stop_s >= until_s) return true;
      if (left === 0) {
        if (!mayGoOn()) return false;
        left = INSTANTS_BATCH;
      }
    }
  }

  /**
   * Does what is asked at the cell's present, behind all that the model does at that instant.
   *
   * @param onInput  told when it was carried out and not refused
   */
  command(command: Command, onInput: (input: RecordedInput) => void): CommandResult {
    this.run(this.now_s);
    const result = this.#carryOut(command, onInput);
    // What follows from it at the same instant comes before the next command, live as in a replay.
    this.run(this.now_s);
    return result;
  }

  /** Puts a recorded input back where it was; call it before time moves. */
  replay({ command, time_s }: RecordedInput, onInput: (input: RecordedInput) => void): void {
    const fire = (): void => void this.#carryOut(command, onInput);
    this.#simulation.scheduleAt({ fire }, time_s, PRIORITY.input);
  }

  /** Does what the scenario says, as an event of the cell's calendar; it is no input from outside. */
  perform(command: Command): CommandResult {
    return this.#carryOut(command, () => undefined);
  }

  #carryOut(command: Command, onInput: (input: RecordedInput) => void): CommandResult {
    const outcome = commandCondition(this.unit.conditions, command) ?? this.unit.command(command);
    if (!outcome.done) return outcome;
    this.#isOpen = true;
    const number = this.#inputs++;
    this.unit.context.recordInput(number, command);
    onInput({ cell: this.name, number, time_s: this.now_s, unit: this.name, command });
    return outcome;
  }
}

/** Two that look at one cell, the first one first. */
const together = (first: CellObserver, second: CellObserver): CellObserver => ({
  get next_s() {
    return Math.min(first.next_s, second.next_s);
  },
  settle(time_s) {
    first.settle(time_s);
    second.settle(time_s);
  },
});
