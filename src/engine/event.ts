import { PRIORITY } from "./calendar.ts";

/** Something that the calendar can fire. */
export interface Activity {
  fire(): void;
}

/** Whom an event tells that it has been processed: a process that waits, or an any-of and all-of. */
export interface Waiter {
  notify(event: Event): void;
}

/** What an event needs to know of a process: whose request it was, and how to take its turn away. */
export interface Actor {
  readonly name: string;
  readonly alive: boolean;
  interrupt(reason: unknown): void;
}

/** What events and processes need of the simulation: its clock, its calendar, and who is running. */
export interface Scheduler {
  readonly now_s: number;
  /** The process whose body is running. */
  active: Actor | undefined;
  /** Puts an activity into the calendar that stands there once at a time. @returns what `leave` wants */
  enter(activity: Activity, delay_s: number, priority: number): number;
  /** Takes it out again; false when it is not there. */
  leave(slot: number, activity: Activity): boolean;
}

const TRIGGERED = 1;
const PROCESSED = 2;
const FAILED = 4;
const DEFUSED = 8;

const TRIGGERED_BEFORE = "the event was triggered before";

/**
 * Something that happens once, and that processes wait for with `yield`.
 *
 * States: *pending* (nothing decided) -> *triggered* (value or error decided, its time stands in the calendar)
 * -> *processed* (those who waited have been told). What could be answered at once is processed from the start.
 *
 * A failed event that nobody waits for ends the run: failures are never silent. `defuse()` says that somebody
 * has dealt with it.
 */
export class Event<T = unknown> implements Activity {
  readonly scheduler: Scheduler;
  /** Nearly always there is one at most, and no list is made for it. */
  #waiters: Waiter | Waiter[] | undefined = undefined;
  /** Flags in one small integer: an event is made for most steps of a run, and each field costs. */
  #state = 0;
  /** The error when failed. */
  #value: unknown = undefined;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  get triggered(): boolean {
    return (this.#state & TRIGGERED) !== 0;
  }

  get processed(): boolean {
    return (this.#state & PROCESSED) !== 0;
  }

  get failed(): boolean {
    return (this.#state & FAILED) !== 0;
  }

  get error(): unknown {
    return this.failed ? this.#value : undefined;
  }

  /** @throws Error before the event is triggered, and the event's error when it has failed */
  get value(): T {
    if (!this.triggered) throw new Error("the event has no value yet");
    if (this.failed) throw this.#value;
    return this.#value as T;
  }

  /** Triggers the event now. @throws Error when it was triggered before */
  succeed(value: T, priority: number = PRIORITY.normal): this {
    this.decide(value);
    this.scheduler.enter(this, 0, priority);
    return this;
  }

  /** Marks a new event, which no process awaits yet, as processed: it takes no turn through the calendar. */
  settle(value: T): this {
    if (this.#state !== 0) throw new Error(TRIGGERED_BEFORE);
    this.#state = TRIGGERED | PROCESSED;
    this.#value = value;
    return this;
  }

  /** Triggers the event with an error, which is thrown into every process that waits. */
  fail(error: unknown, priority: number = PRIORITY.normal): this {
    this.decide(error as T);
    this.#state |= FAILED;
    this.scheduler.enter(this, 0, priority);
    return this;
  }

  /** Marks a failure as dealt with. */
  defuse(): void {
    this.#state |= DEFUSED;
  }

  /** Has a waiter told when the event is processed. @throws Error when it has been already */
  onProcessed(waiter: Waiter): void {
    if (this.processed) throw new Error("the event has been processed already");
    if (this.#waiters === undefined) this.#waiters = waiter;
    else if (Array.isArray(this.#waiters)) this.#waiters.push(waiter);
    else this.#waiters = [this.#waiters, waiter];
  }

  /** Takes a waiter back; one that is not there is no error. */
  forget(waiter: Waiter): void {
    if (this.#waiters === waiter) this.#waiters = undefined;
    else if (Array.isArray(this.#waiters)) {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    }
  }

  /** The calendar's call. */
  fire(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    this.#state |= PROCESSED;
    if (Array.isArray(waiters)) for (const waiter of waiters) waiter.notify(this);
    else waiters?.notify(this);
    if ((this.#state & (FAILED | DEFUSED)) === FAILED) throw this.#value;
  }

  /**
   * `const item = yield* store.get()` is `yield` with the type of the value. The event is its own iterator, so that
   * nothing is made for it: it gives itself until it is processed, and then its value.
   */
  [Symbol.iterator](): this {
    return this;
  }

  next(input?: unknown): IteratorResult<Event<T>, T> {
    if (this.processed) return { done: true, value: this.value };
    // A process that goes on before the event has happened was interrupted, which is no value of this type.
    if (input !== undefined) throw input;
    return { done: false, value: this };
  }

  throw(error: unknown): IteratorResult<Event<T>, T> {
    throw error;
  }

  /** Sets the value without scheduling; for subclasses that know their time. */
  protected decide(value: T): void {
    if (this.triggered) throw new Error(TRIGGERED_BEFORE);
    this.#state |= TRIGGERED;
    this.#value = value;
  }
}

/** An event that is triggered from the start and processed after a delay in seconds. */
export class Timeout<T = undefined> extends Event<T> {
  readonly #slot: number;

  constructor(scheduler: Scheduler, delay_s: number, value: T) {
    super(scheduler);
    this.decide(value);
    this.#slot = scheduler.enter(this, delay_s, PRIORITY.normal);
  }

  /** Takes the timeout out of the calendar: it will never be processed. False when it was already. */
  cancel(): boolean {
    return this.scheduler.leave(this.#slot, this);
  }
}

/** Values of the events of an any-of or all-of that have happened, in the order of the list. */
export type Outcome = ReadonlyMap<Event, unknown>;

/**
 * An any-of or all-of. States: *pending* -> *triggered* once `needed` of the events have happened, or with the
 * first that fails -> *processed*, with the outcome of that moment: an event that happens at the same time before
 * it is processed counts. An event that fails after the triggering must be dealt with elsewhere, or ends the run.
 */
export class Condition extends Event<Outcome> implements Waiter {
  readonly #events: readonly Event[];
  readonly #outcome = new Map<Event, unknown>();
  #needed: number;

  constructor(scheduler: Scheduler, events: readonly Event[], needed: number) {
    super(scheduler);
    this.#events = events;
    this.#needed = needed;
    if (needed === 0) this.succeed(this.#outcome);
    for (const event of events) {
      if (this.triggered) break;
      if (event.processed) this.notify(event);
      else event.onProcessed(this);
    }
  }

  notify(event: Event): void {
    if (this.triggered) return;
    if (event.failed) {
      event.defuse();
      this.fail(event.error);
    } else if (--this.#needed === 0) this.succeed(this.#outcome);
    if (this.triggered) this.#events.forEach((other) => other.forget(this));
  }

  override fire(): void {
    for (const event of this.#events) {
      if (event.processed && !event.failed) this.#outcome.set(event, event.value);
    }
    super.fire();
  }
}
