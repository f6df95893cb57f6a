import { CodedError } from "../errors.ts";
import { PRIORITY } from "./calendar.ts";
import { Event, type Actor, type Scheduler, type Waiter } from "./event.ts";

/**
 * A process body: yields an event to wait for it, or a number of seconds to wait that long (no event is made
 * for it). `yield` gives the event's value; `yield* event` gives it with its type.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Body<R = void> = Generator<Event | number, R, any>;

export interface ProcessOptions {
  /**
   * Whether an interrupt is thrown into the body, as usual, or is what its `yield` gives: for a body that waits for
   * times and is interrupted as a matter of course.
   */
  readonly interrupts?: "thrown" | "returned";
}

/** What reaches a process by `interrupt`. */
export class Interrupt extends Error {
  override readonly name = "Interrupt";
  /** Who or what interrupts; the process decides what it means. */
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(`interrupted: ${String(reason)}`);
    this.reason = reason;
  }
}

const NOWHERE = -1;

/**
 * The `next` that all generators share. Each generator function gives its generators a shape of their own, and to
 * look `next` up in more than four shapes is slow: a fifth of the time of an M/M/1 queue.
 */
const NEXT = ((Object.getPrototypeOf(function* () {}) as GeneratorFunction).prototype as Body<never>).next;

/**
 * A generator that lives in the simulation. It is an event itself: it happens when the body returns, with the
 * body's value, and fails when the body throws.
 *
 * States: *started* (its first step stands in the calendar) -> *waiting* (for an event or a time) <-> *running*
 * -> *ended* (triggered as an event). An interrupt reaches it while it waits. An event that has happened already is
 * no wait: the body runs on at once, without a turn through the calendar.
 */
export class Process<R = unknown> extends Event<R> implements Actor, Waiter {
  readonly name: string;
  readonly #body: Body<R>;
  readonly #throwsInterrupts: boolean;
  #awaited: Event | undefined = undefined;
  /** Its own entry in the calendar: its first step, or the end of a hold. */
  #hold: number;

  constructor(scheduler: Scheduler, name: string, body: Body<R>, options: ProcessOptions = {}) {
    super(scheduler);
    this.name = name;
    this.#body = body;
    this.#throwsInterrupts = options.interrupts !== "returned";
    this.#hold = scheduler.enter(this, 0, PRIORITY.urgent);
  }

  get alive(): boolean {
    return !this.triggered;
  }

  /**
   * Has an `Interrupt` reach the process at the current time, before normal events. What it waited for stays as it
   * is and can be waited for again.
   *
   * @throws Error when the process has ended or is running
   */
  interrupt(reason: unknown): void {
    if (!this.alive) throw new Error(`process ${this.name} has ended and cannot be interrupted`);
    if (this.scheduler.active === this) throw new Error(`process ${this.name} cannot interrupt itself`);
    const fire = (): void => {
      if (!this.alive) return;
      this.#awaited?.forget(this);
      this.scheduler.leave(this.#hold, this);
      this.#step(new Interrupt(reason), this.#throwsInterrupts);
    };
    this.scheduler.enter({ fire }, 0, PRIORITY.urgent);
  }

  /** The calendar's call: to take the next step, or, once it has ended, as the event that it is. */
  override fire(): void {
    if (this.triggered) super.fire();
    else this.#step(undefined, false);
  }

  /** The awaited event's call. */
  notify(event: Event): void {
    if (!event.failed) this.#step(event.value, false);
    else {
      event.defuse();
      this.#step(event.error, true);
    }
  }

  /** Lets the body run to its next `yield` that must be waited for: with a value, or with an error thrown into it. */
  #step(input: unknown, isError: boolean): void {
    const { scheduler } = this;
    this.#awaited = undefined;
    this.#hold = NOWHERE;
    scheduler.active = this;
    let result: IteratorResult<Event | number, R>;
    try {
      for (;;) {
        result = isError ? this.#body.throw(input) : NEXT.call(this.#body, input as never);
        if (result.done) break;
        const target = result.value;
        if (typeof target === "number") {
          if (target >= 0) break;
          input = new RangeError(`a delay cannot be ${target} s`);
          isError = true;
        } else {
          if (!target.processed) break;
          isError = target.failed;
          if (isError) target.defuse();
          input = isError ? target.error : target.value;
        }
      }
    } catch (error) {
      this.fail(this.#explain(error));
      return;
    } finally {
      scheduler.active = undefined;
    }
    if (result.done) this.succeed(result.value);
    else this.#wait(result.value);
  }

  #wait(target: Event | number): void {
    if (typeof target === "number") this.#hold = this.scheduler.enter(this, target, PRIORITY.normal);
    else {
      this.#awaited = target;
      target.onProcessed(this);
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof CodedError) return error;
    const what = error instanceof Interrupt ? "did not handle that it was" : "threw:";
    return new CodedError(
      "simulation-failed",
      `process ${this.name} ${what} ${error instanceof Error ? error.message : String(error)}, at ${this.scheduler.now_s} s`,
      "This is a defect in Taktwerk; please report it with the scenario and the seed.",
      undefined,
      error,
    );
  }
}
