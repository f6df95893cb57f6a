import { PRIORITY, type Handle } from "./calendar.ts";

/** Something that the calendar can fire. */
export interface Activity {
  fire(): void;
}

/** What events and processes need of the simulation: its clock and its calendar. */
export interface Scheduler {
  readonly now_s: number;
  schedule(activity: Activity, delay_s: number, priority?: number): Handle;
  cancel(handle: Handle): boolean;
}

/**
 * Something that happens once, and that processes wait for with `yield`.
 *
 * States: *pending* (nothing decided) -> *triggered* (value or error decided, its time stands in the calendar)
 * -> *processed* (those who waited have been called).
 *
 * A failed event that nobody waits for ends the run: failures are never silent. `defuse()` says that somebody
 * has dealt with it.
 */
export class Event<T = unknown> implements Activity {
  readonly scheduler: Scheduler;
  #callbacks: ((event: Event) => void)[] | undefined = [];
  #triggered = false;
  #value: T | undefined;
  #error: unknown;
  #failed = false;
  #defused = false;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  get triggered(): boolean {
    return this.#triggered;
  }

  get processed(): boolean {
    return this.#callbacks === undefined;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get error(): unknown {
    return this.#error;
  }

  /** @throws Error before the event is triggered */
  get value(): T {
    if (!this.#triggered) throw new Error("the event has no value yet");
    return this.#value as T;
  }

  /** Triggers the event now. @throws Error when it was triggered before */
  succeed(value: T, priority: number = PRIORITY.normal): this {
    this.decide(value);
    this.scheduler.schedule(this, 0, priority);
    return this;
  }

  /** Triggers the event with an error, which is thrown into every process that waits. */
  fail(error: unknown, priority: number = PRIORITY.normal): this {
    this.decide(undefined as T);
    this.#failed = true;
    this.#error = error;
    this.scheduler.schedule(this, 0, priority);
    return this;
  }

  /** Marks a failure as dealt with. */
  defuse(): void {
    this.#defused = true;
  }

  /** Calls back when the event is processed. @throws Error when it has been already */
  onProcessed(callback: (event: Event) => void): void {
    if (!this.#callbacks) throw new Error("the event has been processed already");
    this.#callbacks.push(callback);
  }

  /** Takes a callback back; one that is not there is no error. */
  forget(callback: (event: Event) => void): void {
    const at = this.#callbacks?.indexOf(callback) ?? -1;
    if (at >= 0) this.#callbacks!.splice(at, 1);
  }

  /** The calendar's call. */
  fire(): void {
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback(this);
    if (this.#failed && !this.#defused) throw this.#error;
  }

  /** `const item = yield* store.get()` is `yield` with the type of the value. */
  *[Symbol.iterator](): Generator<Event<T>, T, T> {
    return yield this;
  }

  /** Sets the value without scheduling; for subclasses that know their time. */
  protected decide(value: T): void {
    if (this.#triggered) throw new Error("the event was triggered before");
    this.#triggered = true;
    this.#value = value;
  }
}

/** An event that is triggered from the start and processed after a delay in seconds. */
export class Timeout<T = undefined> extends Event<T> {
  readonly #handle: number;

  constructor(scheduler: Scheduler, delay_s: number, value: T) {
    super(scheduler);
    this.decide(value);
    this.#handle = scheduler.schedule(this, delay_s, PRIORITY.normal);
  }

  /** Takes the timeout out of the calendar: it will never be processed. False when it was already. */
  cancel(): boolean {
    return this.scheduler.cancel(this.#handle);
  }
}

/** Values of the events of an any-of or all-of that have happened, in the order of the list. */
export type Outcome = ReadonlyMap<Event, unknown>;

/** Shared by any-of and all-of: triggered once `needed` of the events have happened; fails with the first failure. */
class Condition extends Event<Outcome> {
  readonly #events: readonly Event[];
  readonly #needed: number;
  #happened = 0;

  constructor(scheduler: Scheduler, events: readonly Event[], needed: number) {
    super(scheduler);
    this.#events = events;
    this.#needed = needed;
    for (const event of events) {
      if (event.processed) this.#count(event);
      else event.onProcessed(this.#count);
    }
    if (needed === 0 && !this.triggered) this.succeed(this.#outcome());
  }

  readonly #count = (event: Event): void => {
    if (event.failed) event.defuse();
    if (this.triggered) return;
    if (event.failed) {
      this.fail(event.error);
      return;
    }
    this.#happened++;
    if (this.#happened >= this.#needed) this.succeed(this.#outcome());
  };

  #outcome(): Outcome {
    return new Map(this.#events.filter((it) => it.processed && !it.failed).map((it) => [it, it.value]));
  }
}

/** Happens with the first of its events; without events, at once. */
export class AnyOf extends Condition {
  constructor(scheduler: Scheduler, events: readonly Event[]) {
    super(scheduler, events, Math.min(1, events.length));
  }
}

/** Happens when all of its events have. */
export class AllOf extends Condition {
  constructor(scheduler: Scheduler, events: readonly Event[]) {
    super(scheduler, events, events.length);
  }
}
