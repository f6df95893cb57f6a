/**
 * Work that clients ask for, in slices: after each the event loop serves timers and sockets, so that a neighbour's
 * publish is late by a slice and not by what all clients together have asked for. All servers of a process share a
 * queue, as they share its event loop.
 */

/** Longest stretch of requests in one turn of the event loop; an operation that cannot be split may take longer. */
export const SLICE_MS = 10;

interface Work {
  readonly begin: () => void;
  /** What it begins goes on in promises, whose time is not seen here: nothing else begins in its turn. */
  readonly isAlone: boolean;
}

export class WorkSlices {
  readonly #now_ms: () => number;
  readonly #nextTurn: (work: () => void) => void;
  #waiting: Work[] = [];
  /** Index of the next one in `waiting`, of which the ones before are done. */
  #next = 0;
  #spent_ms = 0;
  #isArmed = false;

  /** @param nextTurn  does the work once the event loop has served timers and sockets */
  constructor(now_ms = () => performance.now(), nextTurn: (work: () => void) => void = setImmediate) {
    this.#now_ms = now_ms;
    this.#nextTurn = nextTurn;
  }

  /** Works that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length - this.#next;
  }

  /** Begins now when this turn has time for it, else in the order of asking. It must not throw. */
  run(begin: () => void): void {
    if (this.waiting === 0 && this.#spent_ms < SLICE_MS) this.#measure(begin);
    else this.#waiting.push({ begin, isAlone: false });
    this.#arm();
  }

  /** Begins in a turn in which no other work begins after it. It must not throw. */
  runAlone(begin: () => void): void {
    this.#waiting.push({ begin, isAlone: true });
    this.#arm();
  }

  #measure(begin: () => void): void {
    const begin_ms = this.#now_ms();
    begin();
    this.#spent_ms += this.#now_ms() - begin_ms;
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#isArmed = false;
    this.#spent_ms = 0;
    while (this.waiting > 0 && this.#spent_ms < SLICE_MS) {
      const { begin, isAlone } = this.#waiting[this.#next++]!;
      this.#measure(begin);
      if (isAlone) break;
    }
    if (this.waiting > 0) this.#arm();
    else {
      this.#waiting = [];
      this.#next = 0;
    }
  }
}

/** Requests of all servers of the process. */
export const requestSlices = new WorkSlices();
/** Samples of all monitored items of the process, which must not keep requests waiting. */
export const sampleSlices = new WorkSlices();

/**
 * Results of many operations, one after the other, each when it is its turn.
 *
 * @param work  of one operation; it never fails. Where it goes on in promises it is to be `alone`
 */
export async function inSlices<T, R>(
  operations: readonly T[],
  work: (operation: T, index: number) => R | Promise<R>,
  kind: "run" | "runAlone" = "run",
): Promise<R[]> {
  const results: R[] = [];
  for (const [i, operation] of operations.entries()) {
    const result = new Promise<R>((resolve) => requestSlices[kind](() => resolve(work(operation, i))));
    results.push(await result);
  }
  return results;
}
