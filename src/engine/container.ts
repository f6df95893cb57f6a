import { Event, type Scheduler } from "./event.ts";

interface Wish {
  readonly event: Event<number>;
  readonly amount: number;
}

/**
 * A tank of something uncounted: coolant, granulate, charge. Puts wait until there is room for all of theirs,
 * gets until there is enough; both in the order they came, so that a large one is not overtaken by small ones. What
 * needs not wait is answered at once, as by a store.
 *
 * States: its level, from 0 to the capacity; at most one of the two queues can move at a time.
 */
export class Container {
  readonly capacity: number;
  readonly #scheduler: Scheduler;
  #level: number;
  #puts: Wish[] = [];
  #gets: Wish[] = [];

  /** @throws RangeError unless the capacity is above 0 and the level between 0 and the capacity */
  constructor(scheduler: Scheduler, capacity = Infinity, level = 0) {
    if (!(capacity > 0)) throw new RangeError(`a capacity cannot be ${capacity}`);
    if (!(level >= 0 && level <= capacity)) throw new RangeError(`a level cannot be ${level} of ${capacity}`);
    this.#scheduler = scheduler;
    this.capacity = capacity;
    this.#level = level;
  }

  get level(): number {
    return this.#level;
  }

  /** Happens, with the amount, when it is in. @throws RangeError unless 0 < amount <= capacity */
  put(amount: number): Event<number> {
    return this.#queue(this.#puts, amount);
  }

  /** Happens, with the amount, when it is taken out. @throws RangeError unless 0 < amount <= capacity */
  get(amount: number): Event<number> {
    return this.#queue(this.#gets, amount);
  }

  /** Withdraws a put or get that still waits, and lets those behind it move. */
  withdraw(event: Event<number>): void {
    this.#puts = this.#puts.filter((it) => it.event !== event);
    this.#gets = this.#gets.filter((it) => it.event !== event);
    this.#serve();
  }

  #queue(wishes: Wish[], amount: number): Event<number> {
    if (!(amount > 0 && amount <= this.capacity)) throw new RangeError(`an amount cannot be ${amount}`);
    const event = new Event<number>(this.#scheduler);
    wishes.push({ event, amount });
    this.#serve(event);
    return event;
  }

  /** @param fresh  the event of the put or get being made, which no process awaits yet: it is answered at once */
  #serve(fresh?: Event<number>): void {
    const answer = ({ event, amount }: Wish): void =>
      void (event === fresh ? event.settle(amount) : event.succeed(amount));
    for (;;) {
      const [put] = this.#puts;
      const [get] = this.#gets;
      if (put && this.#level + put.amount <= this.capacity) {
        this.#level += put.amount;
        this.#puts.shift();
        answer(put);
      } else if (get && get.amount <= this.#level) {
        this.#level -= get.amount;
        this.#gets.shift();
        answer(get);
      } else return;
    }
  }
}
