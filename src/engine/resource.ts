import { Event, type Scheduler } from "./event.ts";

/** A wish for one place of a resource; it happens when the place is given. */
export class Request extends Event<Request> {
  readonly priority: number;

  constructor(scheduler: Scheduler, priority: number) {
    super(scheduler);
    this.priority = priority;
  }
}

/**
 * A number of places that processes hold for a while: operators, fixtures, chargers. Waiting requests are served
 * by priority (lower first), then in the order they came.
 */
export class Resource {
  readonly capacity: number;
  readonly #scheduler: Scheduler;
  readonly #holders = new Set<Request>();
  readonly #queue: Request[] = [];

  /** @throws RangeError unless the capacity is a positive integer */
  constructor(scheduler: Scheduler, capacity = 1) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`a capacity cannot be ${capacity}`);
    this.#scheduler = scheduler;
    this.capacity = capacity;
  }

  get held(): number {
    return this.#holders.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  request(priority = 0): Request {
    const request = new Request(this.#scheduler, priority);
    const behind = this.#queue.findIndex((other) => other.priority > priority);
    this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, request);
    this.#serve();
    return request;
  }

  /** Gives a place back, or withdraws a request that still waits; twice is harmless. */
  release(request: Request): void {
    const at = this.#queue.indexOf(request);
    if (at >= 0) this.#queue.splice(at, 1);
    if (this.#holders.delete(request)) this.#serve();
  }

  #serve(): void {
    while (this.#holders.size < this.capacity) {
      const request = this.#queue.shift();
      if (!request) return;
      this.#holders.add(request);
      request.succeed(request);
    }
  }
}
