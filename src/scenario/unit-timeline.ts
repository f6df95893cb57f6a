import { PRIORITY } from "../engine/calendar.ts";
import type { UnitCommand } from "../equipment/command.ts";
import type { Unit } from "../equipment/unit.ts";
import type { CommandResult } from "../protocol/port.ts";
import type { PlannedAction } from "./action-plan.ts";
import type { PlannedFault } from "./fault-plan.ts";
import { parsePredicate, scopeOfEvent, type EventScope, type Predicate } from "./predicate.ts";
import type { Timing } from "./timing-plan.ts";
import { UnitView, type Slot } from "./unit-view.ts";

/** What a scenario does to a unit beside the faults whose times are known before. */
export interface TimelinePlan {
  readonly faults: readonly PlannedFault[];
  readonly actions: readonly PlannedAction[];
}

/** An action when its time had come, or a fault that did not begin. */
export interface TimelineEntry {
  readonly unit: string;
  readonly id: string;
  /** Plant time, seconds. */
  readonly time_s: number;
  /** The command, or the kind of fault. */
  readonly what: string;
  readonly done: boolean;
  /** Why not; "" when it was done. */
  readonly reason: string;
}

/** A predicate over a unit, and the places of what it reads. */
interface Question {
  readonly predicate: Predicate;
  readonly slots: readonly Slot[];
  /** Why it could not be answered, when it could not. */
  mistake: string;
}

/** What is to happen to a unit, once or over and over. */
interface Course {
  readonly timing: Timing & { readonly id: string };
  /** The command, or the kind of fault. */
  readonly what: string;
  /** Of its events in the calendar. */
  readonly priority: number;
  readonly occur: (number: number) => void;
}

/**
 * The timeline of one unit, in the calendar of its cell: actions, and faults that wait for an event or ask for a
 * state. Make it before time moves.
 */
export class UnitTimeline {
  readonly #entries: TimelineEntry[] = [];
  /** What waits for its event. */
  readonly #waiting = new Map<Question, { readonly id: string; readonly what: string }>();
  readonly #unit: Unit;
  readonly #view: UnitView;
  readonly #perform: (command: UnitCommand) => CommandResult;

  /** @param perform  does a command of the scenario at the cell's present */
  constructor(unit: Unit, plan: TimelinePlan, perform: (command: UnitCommand) => CommandResult) {
    this.#unit = unit;
    this.#perform = perform;
    this.#view = new UnitView(unit);
    unit.faults.listen(({ id, until_s }) => this.#view.countFault(id, until_s === undefined));
    for (const fault of plan.faults) {
      const occur = (number: number): void => this.#begin(fault, number);
      this.#plot({ timing: fault, what: fault.kind, priority: PRIORITY.normal, occur });
    }
    for (const action of plan.actions) {
      const isAlone = action.event === undefined && action.every_s === undefined;
      // Behind all else at that instant, as what comes from outside: so a session can be written as a scenario.
      const priority = isAlone ? PRIORITY.input : PRIORITY.normal;
      const occur = (): void => this.#act(action);
      this.#plot({ timing: action, what: action.command.name, priority, occur });
    }
  }

  /** Call it once, at the end of the run. */
  finish(): readonly TimelineEntry[] {
    for (const [{ mistake }, { id, what }] of this.#waiting)
      this.#note(id, what, `no such event came${mistake}`);
    return this.#entries;
  }

  /** Waits for the event, if there is one to wait for, and then for the time. */
  #plot(course: Course): void {
    const { timing, what } = course;
    if (timing.event === undefined) return this.#next(course, timing.at_s, 0);
    const question = this.#question(timing.event, true);
    const { context } = this.#unit;
    this.#waiting.set(question, { id: timing.id, what });
    const forget = context.events.listen((happening) => {
      if (!this.#ask(question, scopeOfEvent(happening))) return;
      forget();
      this.#waiting.delete(question);
      // Whoever listens must not change the unit; what follows is an event of its own.
      this.#next(course, context.now_s + timing.at_s, 0);
    });
  }

  /** Lets the number-th occurrence come, from 0. */
  #next(course: Course, first_s: number, number: number): void {
    const { timing, what, priority, occur } = course;
    const { id, every_s, state } = timing;
    const question = state === undefined ? undefined : this.#question(state, false);
    const fire = (): void => {
      if (question === undefined || this.#ask(question)) occur(number);
      else this.#note(id, what, `the unit was not in the state that it asks for${question.mistake}`);
      if (every_s !== undefined) this.#next(course, first_s, number + 1);
    };
    this.#unit.context.simulation.scheduleAt({ fire }, first_s + number * (every_s ?? 0), priority);
  }

  #begin({ id, kind, for_s, every_s, parameters }: PlannedFault, number: number): void {
    const window = every_s === undefined ? id : `${id}#${number + 1}`;
    const at_s = this.#unit.context.now_s;
    this.#unit.faults.schedule({ id: window, kind, at_s, for_s, every_s: undefined, parameters });
  }

  #act({ id, command }: PlannedAction): void {
    const result = this.#perform(command);
    this.#note(id, command.name, result.done ? "" : result.reason);
  }

  #note(id: string, what: string, reason: string): void {
    const { name, now_s } = this.#unit.context;
    this.#entries.push({ unit: name, id, time_s: now_s, what, done: reason === "", reason });
  }

  #question(text: string, ofEvent: boolean): Question {
    const predicate = parsePredicate(text, ofEvent);
    const slots = predicate.references.map((reference) => this.#view.slot(reference));
    return { predicate, slots, mistake: "" };
  }

  /** Whether it is so now; what there is nothing of yet, or cannot be judged, is not so. */
  #ask(question: Question, event?: EventScope): boolean {
    this.#view.beginLook();
    for (const slot of question.slots) this.#view.refresh(slot, this.#unit.context.now_s);
    if (question.slots.some(({ value }) => value === undefined)) return false;
    const unit = this.#view.scope;
    try {
      return question.predicate.evaluate(event === undefined ? { unit } : { unit, event });
    } catch (error) {
      question.mistake = `; its predicate cannot be judged: ${(error as Error).message.split("\n")[0]}`;
      return false;
    }
  }
}
