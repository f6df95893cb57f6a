import { Event, type Scheduler } from "./event.ts";

/** A buffer of things: puts wait while it is full, gets wait while it is empty; both in the order they came. */
export class Store<T> {
  readonly capacity: number;
  readonly #scheduler: Scheduler;
  readonly #items: T[] = [];
  readonly #gets: Event<T>[] = [];
  readonly #puts: { event: Event<T>; item: T }[] = [];

  /** @throws RangeError unless the capacity is at least 1 */
  constructor(scheduler: Scheduler, capacity = Infinity) {
    if (!(capacity >= 1)) throw new RangeError(`a capacity cannot be ${capacity}`);
    this.#scheduler = scheduler;
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Happens, with the item, when it is in the store. */
  put(item: T): Event<T> {
    const event = new Event<T>(this.#scheduler);
    this.#puts.push({ event, item });
    this.#serve();
    return event;
  }

  /** Happens with the item that was taken. */
  get(): Event<T> {
    const event = new Event<T>(this.#scheduler);
    this.#gets.push(event);
    this.#serve();
    return event;
  }

  /** Withdraws a put or get that still waits. */
  withdraw(event: Event<T>): void {
    const get = this.#gets.indexOf(event);
    if (get >= 0) this.#gets.splice(get, 1);
    const put = this.#puts.findIndex((it) => it.event === event);
    if (put >= 0) this.#puts.splice(put, 1);
  }

  #serve(): void {
    for (;;) {
      if (this.#puts.length > 0 && this.#items.length < this.capacity) {
        const { event, item } = this.#puts.shift()!;
        this.#items.push(item);
        event.succeed(item);
      } else if (this.#gets.length > 0 && this.#items.length > 0) {
        this.#gets.shift()!.succeed(this.#items.shift()!);
      } else return;
    }
  }
}
