import type { NeighbourAccount } from "./neighbour.ts";

export interface HostileOptions {
  readonly seed: string;
  /** The first episode, to repeat one without those before it */
  readonly from?: number;
  readonly onProgress?: (sent: number) => void;
  /** Asked between windows; the fuzzing ends when it says no */
  readonly mayGoOn?: () => boolean;
}

/** What hostile inputs came to. */
export interface HostileAccount {
  /** Datagrams or packets */
  readonly sent: number;
  /** Of them, and of what other clients sent, those that a handler got */
  readonly reachedHandler: number;
  /** By type of message */
  readonly byType: Readonly<Record<string, number>>;
  /** Exceptions that were contained: each is a defect */
  readonly faults: number;
  /** What failed, with the way to repeat it */
  readonly failures: readonly string[];
  readonly neighbour: NeighbourAccount;
}

/** Fails that are told in full. */
const FAILURES_MAX = 10;

/** Remembers which episodes are under way, so that what fails can be repeated. */
export class Trail {
  readonly failures: string[] = [];
  readonly #what: string;
  readonly #seed: string;
  readonly #faults: () => number;
  readonly #lines: string[] = [];
  #known = 0;
  #from: number;
  #to: number;

  /** @param what  "mqttsn" or "mqtt"; @param faults  contained so far */
  constructor(what: string, { seed, from = 0 }: HostileOptions, faults: () => number) {
    this.#what = what;
    this.#seed = seed;
    this.#faults = faults;
    this.#from = from;
    this.#to = from;
    process.on("uncaughtExceptionMonitor", this.#tell);
  }

  readonly log = (line: string): void => void this.#lines.push(line);

  /** The next window of episodes. */
  begin(from: number): void {
    this.#from = from;
  }

  reach(to: number): void {
    this.#to = to;
  }

  /** At the end of a window. */
  check(): void {
    const faults = this.#faults();
    if (faults > this.#known) this.fail(this.#lines.filter((line) => line.includes("contained")).join("; "));
    this.#known = faults;
    this.#lines.length = 0;
  }

  /** What ended the fuzzing, with the way to repeat it. */
  failure(error: unknown): Error {
    return new Error(`${this.#where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }

  end(): void {
    process.off("uncaughtExceptionMonitor", this.#tell);
  }

  get #where(): string {
    return `hostile ${this.#what}, seed ${this.#seed}, episodes ${this.#from} to ${this.#to}`;
  }

  /** An error that nothing contained ends the process as always; this only says what it was sent. */
  readonly #tell = (error: Error): void => console.error(`${this.#where}: ${error.message}`);

  fail(why: string): void {
    if (this.failures.length < FAILURES_MAX) this.failures.push(`${this.#where}: ${why}`);
  }
}

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
