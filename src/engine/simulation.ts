import { Calendar, PRIORITY, type Handle } from "./calendar.ts";
import { Condition, Event, Timeout, type Activity, type Actor, type Scheduler } from "./event.ts";
import { Process, type Body, type ProcessOptions } from "./process.ts";

/** How many activities fire between two looks at `mayGoOn`. */
const BATCH = 256;

/**
 * A discrete-event simulation: a clock in seconds and a calendar of what comes next. Time only moves when the
 * calendar is worked off; nothing here knows wall time.
 *
 * Terms are SimPy's: process, event, timeout, interrupt, any-of, all-of.
 */
export class Simulation implements Scheduler {
  active: Actor | undefined = undefined;
  readonly #calendar = new Calendar<Activity>();
  #now_s = 0;
  #fired = 0;

  /** Seconds since the start. */
  get now_s(): number {
    return this.#now_s;
  }

  /** Activities fired since the start. */
  get fired(): number {
    return this.#fired;
  }

  /** Time of the next activity; Infinity when nothing is left. */
  get next_s(): number {
    return this.#calendar.nextTime;
  }

  /** Puts an activity into the calendar. @throws RangeError for a negative or undefined delay */
  schedule(activity: Activity, delay_s: number, priority: number = PRIORITY.normal): Handle {
    if (!(delay_s >= 0)) throw new RangeError(`a delay cannot be ${delay_s} s`);
    return this.#calendar.insert(this.#now_s + delay_s, priority, activity);
  }

  /**
   * Puts an activity at an absolute time, so that periodic work computes `start + n * period` and no sum runs.
   *
   * @throws RangeError for a time in the past
   */
  scheduleAt(activity: Activity, time_s: number, priority: number = PRIORITY.normal): Handle {
    if (!(time_s >= this.#now_s)) throw new RangeError(`${time_s} s is before ${this.#now_s} s`);
    return this.#calendar.insert(time_s, priority, activity);
  }

  cancel(handle: Handle): boolean {
    return this.#calendar.cancel(handle);
  }

  enter(activity: Activity, delay_s: number, priority: number): number {
    if (!(delay_s >= 0)) throw new RangeError(`a delay cannot be ${delay_s} s`);
    return this.#calendar.enter(this.#now_s + delay_s, priority, activity);
  }

  /** As `enter`, at an absolute time. */
  enterAt(activity: Activity, time_s: number, priority: number): number {
    if (!(time_s >= this.#now_s)) throw new RangeError(`${time_s} s is before ${this.#now_s} s`);
    return this.#calendar.enter(time_s, priority, activity);
  }

  leave(slot: number, activity: Activity): boolean {
    return this.#calendar.leave(slot, activity);
  }

  event<T = undefined>(): Event<T> {
    return new Event<T>(this);
  }

  timeout(delay_s: number): Timeout {
    return new Timeout(this, delay_s, undefined);
  }

  /** Happens with the first of its events; without events, at once. */
  anyOf(events: readonly Event[]): Condition {
    return new Condition(this, events, Math.min(1, events.length));
  }

  /** Happens when all of its events have. */
  allOf(events: readonly Event[]): Condition {
    return new Condition(this, events, events.length);
  }

  /** Starts a process at the current time. */
  process<R>(name: string, body: Body<R>, options?: ProcessOptions): Process<R> {
    return new Process<R>(this, name, body, options);
  }

  /**
   * Works off everything due up to and including `until_s` and sets the clock there.
   *
   * @param mayGoOn  asked every few hundred activities; when it says no, the clock stays where the work is
   * @returns whether `until_s` was reached
   * @throws CodedError `simulation-failed` when a process fails and nobody waits for it
   */
  run(until_s: number, mayGoOn: () => boolean = () => true): boolean {
    const calendar = this.#calendar;
    for (;;) {
      for (let left = BATCH; left > 0; left--) {
        const activity = calendar.popUntil(until_s);
        if (activity === undefined) {
          if (until_s > this.#now_s && until_s < Infinity) this.#now_s = until_s;
          return true;
        }
        this.#now_s = calendar.poppedTime;
        this.#fired++;
        activity.fire();
      }
      if (calendar.nextTime <= until_s && !mayGoOn()) return false;
    }
  }
}
