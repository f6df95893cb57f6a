import { Event, type Scheduler } from "./event.ts";

/**
 * A buffer of things: puts wait while it is full, gets wait while it is empty; both in the order they came. What needs
 * not wait is answered at once: the event has happened when `put` or `get` returns, and a process that yields it runs
 * on before anything else at that instant. `offer` and `take` do without an event.
 *
 * States: *empty* (gets may wait) <-> *partly filled* (nobody waits) <-> *full* (puts may wait).
 */
export class Store<T> {
  readonly capacity: number;
  readonly #scheduler: Scheduler;
  /** The things from `head` on; an array's own `shift` would move all of them. */
  #items: (T | undefined)[] = [];
  #head = 0;
  readonly #gets: Event<T>[] = [];
  readonly #puts: { readonly event: Event<T>; readonly item: T }[] = [];

  /** @throws RangeError unless the capacity is at least 1 */
  constructor(scheduler: Scheduler, capacity = Infinity) {
    if (!(capacity >= 1)) throw new RangeError(`a capacity cannot be ${capacity}`);
    this.#scheduler = scheduler;
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Happens, with the item, when it is in the store. */
  put(item: T): Event<T> {
    const event = new Event<T>(this.#scheduler);
    if (this.offer(item)) event.settle(item);
    else this.#puts.push({ event, item });
    return event;
  }

  /** Happens with the item that was taken. */
  get(): Event<T> {
    const event = new Event<T>(this.#scheduler);
    if (this.size === 0) this.#gets.push(event);
    else event.settle(this.#take());
    return event;
  }

  /** Puts an item in when there is room. @returns whether there was */
  offer(item: T): boolean {
    if (this.size >= this.capacity) return false;
    this.#add(item);
    return true;
  }

  /** Takes an item out. @throws RangeError when there is none; ask `size` first */
  take(): T {
    if (this.size === 0) throw new RangeError("the store is empty");
    return this.#take();
  }

  /** Withdraws a put or get that still waits. */
  withdraw(event: Event<T>): void {
    const get = this.#gets.indexOf(event);
    if (get >= 0) this.#gets.splice(get, 1);
    const put = this.#puts.findIndex((it) => it.event === event);
    if (put >= 0) this.#puts.splice(put, 1);
  }

  #take(): T {
    const item = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined;
    if (this.#head > 32 && 2 * this.#head > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (this.#puts.length > 0) this.#admit();
    return item;
  }

  /** Hands an item to the get that waits longest, or else keeps it. */
  #add(item: T): void {
    if (this.#gets.length > 0) this.#gets.shift()!.succeed(item);
    else this.#items.push(item);
  }

  /** Lets in the put that waits longest. */
  #admit(): void {
    const { event, item } = this.#puts.shift()!;
    event.succeed(item);
    this.#add(item);
  }
}
