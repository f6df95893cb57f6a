/**
 * Keeps an exception where it came in: it costs the request, connection, datagram or client that caused it, and
 * nothing else. An error of the plant is no peer's doing and passes through.
 */
import { isPlantFailure, printable } from "../errors.ts";

/** What a log gets of one second at most, from all peers of one endpoint. */
const LINES_A_SECOND = 5;
const SECOND_MS = 1000;
/** Longest description of an exception in a log line. */
const DETAIL_LENGTH = 200;

interface ContainmentOptions {
  /** Of the endpoint, as log lines call it: "OPC UA cnc-01" */
  readonly name: string;
  readonly log: (line: string) => void;
  /** Monotonic, milliseconds; the process's own clock when left out */
  readonly now_ms?: () => number;
}

export class Containment {
  readonly #name: string;
  readonly #log: (line: string) => void;
  readonly #now_ms: () => number;
  /** Kinds and peers that were logged in this second */
  readonly #logged = new Set<string>();
  #second = -1;
  #unlogged = 0;
  #faults = 0;

  constructor({ name, log, now_ms = () => performance.now() }: ContainmentOptions) {
    this.#name = name;
    this.#log = log;
    this.#now_ms = now_ms;
  }

  /** Exceptions that were contained since the start, also those without a log line. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Takes note of an exception: one log line a kind, peer and second, the rest counted.
   *
   * @param kind  what was under way, in a few words: "CreateSession", "a datagram"
   * @param peer  address of the peer that caused it, without a port
   * @throws the error itself when it is one of the plant
   */
  caught(error: unknown, kind: string, peer: string | undefined): void {
    if (isPlantFailure(error)) throw error;
    this.#faults += 1;
    if (!this.#mayLog(`${kind} ${peer}`)) {
      this.#unlogged += 1;
      return;
    }
    const detail = printable(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    const from = peer === undefined ? "" : ` from ${peer}`;
    const rest = this.#unlogged > 0 ? ` (${this.#unlogged} more were not logged)` : "";
    this.#unlogged = 0;
    this.#log(`${this.#name}: contained a fault in ${kind}${from}: ${detail.slice(0, DETAIL_LENGTH)}${rest}`);
  }

  /**
   * As `caught`, where no caller is left that could hear of it, as on a timer. An error of the plant has reached its
   * host by then, which ends the run.
   */
  settle(error: unknown, kind: string, peer: string | undefined): void {
    if (!isPlantFailure(error)) this.caught(error, kind, peer);
  }

  /** Does the work and contains what it throws. @returns undefined then */
  run<T>(kind: string, peer: string | undefined, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.caught(error, kind, peer);
      return undefined;
    }
  }

  #mayLog(key: string): boolean {
    const second = Math.floor(this.#now_ms() / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#logged.clear();
    }
    if (this.#logged.has(key) || this.#logged.size >= LINES_A_SECOND) return false;
    this.#logged.add(key);
    return true;
  }
}
