import { CodedError } from "../errors.ts";
import { PRIORITY, type Handle } from "./calendar.ts";
import { Event, type Scheduler } from "./event.ts";

/**
 * A process body: yields an event to wait for it, or a number of seconds to wait that long (no event is made
 * for it). `yield` gives the event's value; `yield* event` gives it with its type.
 */
export type Body<R = void> = Generator<Event | number, R, never>;

/** Thrown into a process by `interrupt`. */
export class Interrupt extends Error {
  override readonly name = "Interrupt";
  /** Who or what interrupts; the process decides what it means. */
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(`interrupted: ${String(reason)}`);
    this.reason = reason;
  }
}

/**
 * A generator that lives in the simulation. It is an event itself: it happens when the body returns, with the
 * body's value, and fails when the body throws.
 *
 * States: *started* (its first step stands in the calendar) -> *waiting* (for an event or a time) <-> *running*
 * -> *ended*. An interrupt reaches it while it waits.
 */
export class Process<R = unknown> extends Event<R> {
  readonly name: string;
  readonly #body: Body<R>;
  #awaited: Event | undefined;
  #hold: Handle | undefined;
  #running = false;
  #ended = false;

  constructor(scheduler: Scheduler, name: string, body: Body<R>) {
    super(scheduler);
    this.name = name;
    this.#body = body;
    this.#hold = scheduler.schedule({ fire: this.#wake }, 0, PRIORITY.urgent);
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /**
   * Throws an `Interrupt` into the process at the current time, before normal events. What it waited for stays
   * as it is and can be waited for again.
   *
   * @throws Error when the process has ended or is running
   */
  interrupt(reason: unknown): void {
    if (this.#ended) throw new Error(`process ${this.name} has ended and cannot be interrupted`);
    if (this.#running) throw new Error(`process ${this.name} cannot interrupt itself`);
    const fire = (): void => {
      if (this.#ended) return;
      this.#awaited?.forget(this.#onEvent);
      if (this.#hold !== undefined) this.scheduler.cancel(this.#hold);
      this.#resume(() => this.#body.throw(new Interrupt(reason)));
    };
    this.scheduler.schedule({ fire }, 0, PRIORITY.urgent);
  }

  readonly #wake = (): void => {
    this.#resume(() => this.#body.next(undefined as never));
  };

  readonly #onEvent = (event: Event): void => {
    if (event.failed) {
      event.defuse();
      this.#resume(() => this.#body.throw(event.error));
    } else this.#resume(() => this.#body.next(event.value as never));
  };

  #resume(step: () => IteratorResult<Event | number, R>): void {
    this.#awaited = undefined;
    this.#hold = undefined;
    this.#running = true;
    let result: IteratorResult<Event | number, R>;
    try {
      result = step();
    } catch (error) {
      this.#ended = true;
      this.fail(this.#explain(error));
      return;
    } finally {
      this.#running = false;
    }
    if (result.done) {
      this.#ended = true;
      this.succeed(result.value);
    } else this.#wait(result.value);
  }

  #wait(target: Event | number): void {
    if (typeof target === "number") {
      this.#hold = this.scheduler.schedule({ fire: this.#wake }, target, PRIORITY.normal);
    } else if (target.processed) {
      // What has happened already is not waited for, but the step still goes through the calendar.
      this.#hold = this.scheduler.schedule({ fire: () => this.#onEvent(target) }, 0, PRIORITY.urgent);
    } else {
      this.#awaited = target;
      target.onProcessed(this.#onEvent);
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
