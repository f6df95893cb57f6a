import { Event, type Actor, type Scheduler } from "./event.ts";

/**
 * A wish for one place of a resource; it happens when the place is given.
 *
 * States: *waiting* -> *holding* (triggered) -> *gone*: released by its process, or taken away by a preemption.
 */
export class Request extends Event<Request> {
  readonly priority: number;
  readonly preempt: boolean;
  /** The process that asked; undefined when it was asked outside of any. */
  readonly by: Actor | undefined;
  /** When the place was given. */
  since_s = NaN;

  constructor(scheduler: Scheduler, priority: number, preempt: boolean) {
    super(scheduler);
    this.priority = priority;
    this.preempt = preempt;
    this.by = scheduler.active;
  }
}

/** The reason of the interrupt that reaches a process whose place is taken away. */
export class Preemption {
  readonly resource: Resource;
  /** Who takes the place; undefined when it was asked for outside of any process. */
  readonly by: Actor | undefined;
  /** Since when the interrupted process has held it. */
  readonly since_s: number;

  constructor(resource: Resource, by: Actor | undefined, since_s: number) {
    this.resource = resource;
    this.by = by;
    this.since_s = since_s;
  }

  toString(): string {
    return `a place held since ${this.since_s} s was taken by ${this.by?.name ?? "nobody known"}`;
  }
}

/**
 * A number of places that processes hold for a while: operators, fixtures, chargers. Waiting requests are served
 * by priority (lower first), then in the order they came. One that finds a place free is answered at once: the
 * process that yields it runs on before anything else at that instant.
 *
 * A preempting request that stands first takes the place of a less urgent holder: the least urgent, of those
 * the last to come. That process is interrupted with a `Preemption`; its release is then harmless. A place that
 * was asked for outside of any process is never taken away, because nobody could be told.
 *
 * States: *free* (places left, nobody waits) <-> *full* (requests wait).
 */
export class Resource {
  readonly capacity: number;
  readonly #scheduler: Scheduler;
  readonly #holders: Request[] = [];
  readonly #queue: Request[] = [];

  /** @throws RangeError unless the capacity is a positive integer */
  constructor(scheduler: Scheduler, capacity = 1) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`a capacity cannot be ${capacity}`);
    this.#scheduler = scheduler;
    this.capacity = capacity;
  }

  get held(): number {
    return this.#holders.length;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  request(priority = 0, preempt = false): Request {
    const request = new Request(this.#scheduler, priority, preempt);
    let place = this.#queue.length;
    while (place > 0 && this.#queue[place - 1]!.priority > priority) place--;
    this.#queue.splice(place, 0, request);
    this.#serve(request);
    return request;
  }

  /** Gives a place back, or withdraws a request that still waits; twice is harmless. */
  release(request: Request): void {
    if (!remove(this.#queue, request)) remove(this.#holders, request);
    this.#serve();
  }

  /** @param fresh  the request being made, which no process awaits yet: where a place is free, it is answered at once */
  #serve(fresh?: Request): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const isFree = this.#holders.length < this.capacity;
      if (!isFree && !(first.preempt && this.#evictFor(first))) return;
      this.#queue.shift();
      this.#holders.push(first);
      first.since_s = this.#scheduler.now_s;
      // A process that has lost its place is told before the one that takes it.
      if (isFree && first === fresh) first.settle(first);
      else first.succeed(first);
    }
  }

  #evictFor(request: Request): boolean {
    let victim: Request | undefined;
    for (const holder of this.#holders) {
      if (holder.by !== undefined && holder.priority >= (victim ?? holder).priority) victim = holder;
    }
    if (victim === undefined || victim.priority <= request.priority) return false;
    // One that has ended without giving its place back needs not be told.
    if (victim.by!.alive) victim.by!.interrupt(new Preemption(this, request.by, victim.since_s));
    return remove(this.#holders, victim);
  }
}

function remove(requests: Request[], request: Request): boolean {
  const at = requests.indexOf(request);
  if (at >= 0) requests.splice(at, 1);
  return at >= 0;
}
