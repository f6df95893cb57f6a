import type { Sending } from "../protocol/port.ts";
import { checksum } from "./checksum.ts";

/** What a unit's messages came to behind the system under test. Every message sent is in one place of the first line. */
export interface NorthCounts {
  /** Handed to the wire in the judged time: suppressed + arrived + lost + expected */
  readonly sent: number;
  /** Never went out: the unit's own backlog was full, or there was no connection */
  readonly suppressed: number;
  readonly arrived: number;
  /** Taken by the system under test, or sent where nothing disturbed it, and never seen again */
  readonly lost: number;
  /** Not acknowledged, and sent while a fault of ours was on the wire: nobody else's loss */
  readonly lostAsExpected: number;
  /** Came more often than once without need */
  readonly duplicated: number;
  /** Came more often than once, and was sent more often than once, as QoS 1 allows, or doubled by a fault of ours */
  readonly duplicatedAsAllowed: number;
  /** Came behind a later message of its stream for the first time */
  readonly reordered: number;
  /** Came with other octets than were sent */
  readonly altered: number;
  /** Came on a stream's topic with a number that was never sent */
  readonly unknown: number;
  /** Altered, reordered or unknown while a fault of ours was on the wire: nobody else's doing */
  readonly disturbed: number;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

export const noNorthCounts = (): Mutable<NorthCounts> => ({
  sent: 0,
  suppressed: 0,
  arrived: 0,
  lost: 0,
  lostAsExpected: 0,
  duplicated: 0,
  duplicatedAsAllowed: 0,
  reordered: 0,
  altered: 0,
  unknown: 0,
  disturbed: 0,
});

export const addNorthCounts = (parts: readonly NorthCounts[]): NorthCounts => {
  const sum = noNorthCounts();
  for (const part of parts) {
    for (const key of Object.keys(sum) as (keyof NorthCounts)[]) sum[key] += part[key];
  }
  return sum;
};

/** One message that left a unit. */
interface Entry {
  readonly seq: number;
  readonly checksum: number;
  readonly sending: Sending;
  /** Whether it is of the time that is judged. */
  readonly isJudged: boolean;
  readonly phase: string;
  arrivals: number;
}

/** How a message went wrong, for the record. */
export interface Misfortune {
  readonly unit: string;
  readonly stream: string;
  readonly seq: number;
  /** When it was handed over, milliseconds since 1970. */
  readonly at_ms: number;
  readonly what: "lost" | "lost as expected" | "duplicated" | "reordered" | "altered" | "unknown";
}

/** How long ago a damaged message that just arrived may have been sent. */
const DAMAGE_SEEN_MS = 5000;
/** Misfortunes that are kept one by one. */
const KEPT_MAX = 200;
/** A message that arrived so many numbers ago can be doubled no more without being told as unknown. */
const REMEMBERED = 4096;

export interface LedgerOptions {
  /** Whether what left a unit then is judged, milliseconds since 1970. */
  readonly isJudged: (at_ms: number) => boolean;
  /** Whether a fault of ours was on the unit's wire in that time, milliseconds since 1970. */
  readonly isDisturbed: (unit: string, from_ms: number, to_ms: number) => boolean;
  /** Name of what went wrong on purpose with a unit then, "" for nothing: counts are kept apart by it. */
  readonly phaseOf: (unit: string, at_ms: number) => string;
  /** Of each message that arrived first: so long after it was handed over. */
  readonly onLatency: (latency_ms: number) => void;
}

/** What all messages of a host's units came to. */
export interface NorthAccount {
  /** By what went wrong on purpose when they were handed over; "" for nothing */
  readonly phases: ReadonlyMap<string, NorthCounts>;
  /** The first ones */
  readonly misfortunes: readonly Misfortune[];
}

/**
 * Truth against what arrives: every message that a unit hands to its wire, held against what comes out behind the
 * system under test, by unit, stream and number.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #streams = new Map<string, StreamLedger>();
  readonly #misfortunes: Misfortune[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /**
   * A message is handed to the wire.
   *
   * @param topic    on which it will arrive
   * @param sending  kept up to date by whoever sends it
   */
  sent(unit: string, stream: string, topic: string, seq: number, data: Uint8Array, sending: Sending): void {
    let ledger = this.#streams.get(topic);
    if (!ledger) {
      const note: Note = (seq, at_ms, what) => {
        if (this.#misfortunes.length < KEPT_MAX) this.#misfortunes.push({ unit, stream, seq, at_ms, what });
      };
      ledger = new StreamLedger(unit, note, this.#options);
      this.#streams.set(topic, ledger);
    }
    ledger.sent(seq, data, sending);
  }

  /**
   * Something arrived behind the system under test.
   *
   * @param seq    its number, as its payload says; undefined when it says none
   * @param at_ms  milliseconds since 1970
   */
  arrived(topic: string, seq: number | undefined, data: Uint8Array, at_ms: number): void {
    // What is on no stream's topic is nothing of a unit's.
    this.#streams.get(topic)?.arrived(seq, data, at_ms);
  }

  /** Messages of the judged time that may still come. */
  get outstanding(): number {
    return [...this.#streams.values()].reduce((sum, ledger) => sum + ledger.outstanding, 0);
  }

  /** Units of which something has arrived. */
  get heardUnits(): ReadonlySet<string> {
    return new Set([...this.#streams.values()].flatMap(({ unit, isHeard }) => (isHeard ? unit : [])));
  }

  /** Whatever has not come by now is lost. Call it once. */
  close(): NorthAccount {
    const phases = new Map<string, NorthCounts>();
    for (const ledger of this.#streams.values()) {
      for (const [phase, counts] of ledger.close()) {
        const known = phases.get(phase);
        phases.set(phase, known ? addNorthCounts([known, counts]) : counts);
      }
    }
    return { phases, misfortunes: this.#misfortunes };
  }
}

type Note = (seq: number, at_ms: number, what: Misfortune["what"]) => void;

/** The messages of one stream of a unit. */
class StreamLedger {
  readonly unit: string;
  readonly #note: Note;
  readonly #options: LedgerOptions;
  /** By phase. */
  readonly #counts = new Map<string, Mutable<NorthCounts>>();
  /** By number; those that have arrived are forgotten after a while. */
  readonly #entries = new Map<number, Entry>();
  readonly #arrived: number[] = [];
  #highest = -1;
  isHeard = false;

  constructor(unit: string, note: Note, options: LedgerOptions) {
    this.unit = unit;
    this.#note = note;
    this.#options = options;
  }

  get outstanding(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (isOpen(entry)) count++;
    return count;
  }

  sent(seq: number, data: Uint8Array, sending: Sending): void {
    const isJudged = this.#options.isJudged(sending.handed_ms);
    const phase = this.#options.phaseOf(this.unit, sending.handed_ms);
    this.#entries.set(seq, { seq, checksum: checksum(data), sending, isJudged, phase, arrivals: 0 });
  }

  arrived(seq: number | undefined, data: Uint8Array, at_ms: number): void {
    this.isHeard = true;
    const entry = seq === undefined ? undefined : this.#entries.get(seq);
    if (!entry) return this.#stranger(seq ?? -1, at_ms);
    entry.arrivals++;
    if (entry.arrivals === 1) this.#remember(entry.seq);
    if (!entry.isJudged) return;
    const { handed_ms } = entry.sending;
    if (entry.arrivals > 1) return this.#doubled(entry, at_ms);
    this.#of(entry).arrived++;
    this.#options.onLatency(at_ms - handed_ms);
    if (entry.checksum !== checksum(data)) this.#accuse("altered", entry, at_ms);
    if (entry.seq < this.#highest) this.#accuse("reordered", entry, at_ms);
    this.#highest = Math.max(this.#highest, entry.seq);
  }

  /** A damaged number belongs to no message; it was on the wire just before. */
  #stranger(seq: number, at_ms: number): void {
    const phase = this.#options.phaseOf(this.unit, at_ms);
    const isOurs = this.#options.isDisturbed(this.unit, at_ms - DAMAGE_SEEN_MS, at_ms);
    this.#of({ phase })[isOurs ? "disturbed" : "unknown"]++;
    if (!isOurs) this.#note(seq, at_ms, "unknown");
  }

  #doubled(entry: Entry, at_ms: number): void {
    const { handed_ms, transmissions } = entry.sending;
    if (transmissions > 1 || this.#options.isDisturbed(this.unit, handed_ms, at_ms)) {
      this.#of(entry).duplicatedAsAllowed++;
      return;
    }
    this.#of(entry).duplicated++;
    this.#note(entry.seq, handed_ms, "duplicated");
  }

  /** What a fault of ours may have done is nobody else's. */
  #accuse(what: "altered" | "reordered", entry: Entry, at_ms: number): void {
    const { handed_ms } = entry.sending;
    const isOurs = this.#options.isDisturbed(this.unit, handed_ms, at_ms);
    this.#of(entry)[isOurs ? "disturbed" : what]++;
    if (!isOurs) this.#note(entry.seq, handed_ms, what);
  }

  /** @returns by phase */
  close(): ReadonlyMap<string, NorthCounts> {
    for (const entry of this.#entries.values()) {
      if (entry.isJudged && entry.arrivals === 0) this.#miss(entry);
    }
    for (const counts of this.#counts.values()) {
      const { suppressed, arrived, lost, lostAsExpected } = counts;
      counts.sent = suppressed + arrived + lost + lostAsExpected;
    }
    return this.#counts;
  }

  #miss(entry: Entry): void {
    const { state, handed_ms, settled_ms } = entry.sending;
    if (state === "suppressed" || state === "waiting") {
      this.#of(entry).suppressed++;
      return;
    }
    const isDisturbed = this.#options.isDisturbed(this.unit, handed_ms, settled_ms || Infinity);
    const isOurs = state !== "acknowledged" && isDisturbed;
    this.#of(entry)[isOurs ? "lostAsExpected" : "lost"]++;
    this.#note(entry.seq, handed_ms, isOurs ? "lost as expected" : "lost");
  }

  #of({ phase }: { readonly phase: string }): Mutable<NorthCounts> {
    const known = this.#counts.get(phase) ?? noNorthCounts();
    this.#counts.set(phase, known);
    return known;
  }

  /** What has arrived is kept for a while, so that a double is known as one. */
  #remember(seq: number): void {
    this.#arrived.push(seq);
    if (this.#arrived.length < 2 * REMEMBERED) return;
    for (const old of this.#arrived.splice(0, REMEMBERED)) this.#entries.delete(old);
  }
}

const isOpen = ({ isJudged, arrivals, sending: { state } }: Entry): boolean =>
  isJudged && arrivals === 0 && state !== "suppressed" && state !== "rejected";
