import type { Sending } from "../protocol/port.ts";
import { checksum } from "./checksum.ts";
import { firstDifference, similarity } from "./difference.ts";
import {
  addNorthCounts,
  noNorthCounts,
  type Missing,
  type MutableCounts,
  type NorthCounts,
} from "./north-counts.ts";
import type { Culprit } from "./outages.ts";

/** One message that left a unit. */
interface Entry {
  readonly seq: number;
  readonly checksum: number;
  /** As it was sent, as long as it may be found altered. */
  data: Uint8Array | undefined;
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
  readonly what:
    | "lost"
    | "withheld"
    | "lost as expected"
    | "not attributable"
    | "unfinished"
    | "duplicated"
    | "reordered"
    | "altered"
    | "unknown";
  /** Of an altered one: where it first differs, and how. */
  readonly difference?: string;
}

/** What is told one by one of messages that did not arrive. */
const TOLD: Readonly<Partial<Record<Missing, Misfortune["what"]>>> = {
  lost: "lost",
  withheld: "withheld",
  lostAsExpected: "lost as expected",
  notAttributable: "not attributable",
  unfinished: "unfinished",
};

/** How long ago a damaged message that just arrived may have been sent. */
const DAMAGE_SEEN_MS = 5000;
/** What is kept one by one. */
const KEPT_MAX = 200;
/** A message that arrived so many numbers ago can be doubled no more without being told as unknown. */
const REMEMBERED = 4096;
/** Messages of a stream, the newest, that may be found altered. */
const COMPARED_MAX = 512;
/** A message that has less in common with one that is missing is another one, with a number or without one. */
const SIMILAR_MIN = { numbered: 0.9, unnumbered: 0.5 } as const;

export interface LedgerOptions {
  /** Whether what left a unit then is judged, milliseconds since 1970. */
  readonly isJudged: (at_ms: number) => boolean;
  /** Whether a fault or a command of ours may have disturbed the unit's wire in that time. */
  readonly isDisturbed: (unit: string, from_ms: number, to_ms: number) => boolean;
  /** What kept the unit's messages back in that time, as far as its device saw; asked by `close` alone. */
  readonly culprit: (unit: string, from_ms: number, to_ms: number) => Culprit | undefined;
  /** Whether a command of the scenario may have taken the gateway away then; asked by `close` alone. */
  readonly isInAction: (at_ms: number) => boolean;
  /** Whether only the system under test can have lost a message without an acknowledgement; asked by `close` alone. */
  readonly isAttributable: (handed_ms: number) => boolean;
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

/** Something that came out behind the system under test. */
export interface Arrival {
  readonly topic: string;
  /** Its number, as its payload says; undefined when it says none */
  readonly seq: number | undefined;
  readonly data: Uint8Array;
  /** Milliseconds since 1970 */
  readonly at_ms: number;
  /** The broker delivers it again, since our own connection to it broke */
  readonly isRedelivered: boolean;
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
   * @param sending  kept up to date by the endpoint that sends it
   */
  sent(unit: string, stream: string, topic: string, seq: number, data: Uint8Array, sending: Sending): void {
    let ledger = this.#streams.get(topic);
    if (!ledger) {
      const note: Note = (about) => {
        if (this.#misfortunes.length < KEPT_MAX) this.#misfortunes.push({ unit, stream, ...about });
      };
      ledger = new StreamLedger(unit, note, this.#options);
      this.#streams.set(topic, ledger);
    }
    ledger.sent(seq, data, sending);
  }

  /** What is on no stream's topic is nothing of a unit's. */
  arrived(arrival: Arrival): void {
    this.#streams.get(arrival.topic)?.arrived(arrival);
  }

  /** Messages of the judged time that may still come. */
  get outstanding(): number {
    return [...this.#streams.values()].reduce((sum, ledger) => sum + ledger.outstanding, 0);
  }

  /** Units of which something has arrived. */
  get heardUnits(): ReadonlySet<string> {
    return new Set([...this.#streams.values()].flatMap(({ unit, isHeard }) => (isHeard ? unit : [])));
  }

  /** What has not come by now does not come. Call it once, when outages are known. */
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

type Note = (about: Omit<Misfortune, "unit" | "stream">) => void;

/** The messages of one stream of a unit. */
class StreamLedger {
  readonly unit: string;
  readonly #note: Note;
  readonly #options: LedgerOptions;
  /** By phase. */
  readonly #counts = new Map<string, MutableCounts>();
  /** By number; those that have arrived are forgotten after a while. */
  readonly #entries = new Map<number, Entry>();
  readonly #arrived: number[] = [];
  /** The newest that have not arrived, oldest first. */
  readonly #missing = new Map<number, Entry>();
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
    const entry = { seq, checksum: checksum(data), data, sending, isJudged, phase, arrivals: 0 };
    this.#entries.set(seq, entry);
    this.#missing.set(seq, entry);
    if (this.#missing.size > COMPARED_MAX) this.#forget(this.#missing.values().next().value!);
  }

  arrived({ seq, data, at_ms, isRedelivered }: Arrival): void {
    this.isHeard = true;
    const named = seq === undefined ? undefined : this.#entries.get(seq);
    const isWhole = named !== undefined && named.checksum === checksum(data);
    // A number that is damaged may be that of another message.
    const isFirst = named?.arrivals === 0;
    const entry = isWhole || isFirst ? named : (this.#closest(seq, data) ?? named);
    if (!entry) return this.#stranger(seq ?? -1, at_ms);
    const difference = isWhole || !entry.data ? undefined : firstDifference(entry.data, data);
    entry.arrivals++;
    if (entry.arrivals === 1) this.#remember(entry);
    if (!entry.isJudged) return;
    if (entry.arrivals > 1) return this.#doubled(entry, at_ms, isRedelivered);
    this.#of(entry).arrived++;
    this.#options.onLatency(at_ms - entry.sending.handed_ms);
    if (!isWhole) this.#accuse("altered", entry, at_ms, difference);
    if (entry.seq < this.#highest) this.#accuse("reordered", entry, at_ms);
    this.#highest = Math.max(this.#highest, entry.seq);
  }

  /** The oldest of the missing messages that have most in common with it; undefined if none has enough. */
  #closest(seq: number | undefined, data: Uint8Array): Entry | undefined {
    let best: Entry | undefined;
    let most: number = SIMILAR_MIN[seq === undefined ? "unnumbered" : "numbered"];
    for (const entry of this.#missing.values()) {
      if (entry.sending.transmissions === 0) continue;
      const alike = similarity(entry.data!, data);
      if (alike > most) [best, most] = [entry, alike];
    }
    return best;
  }

  /** It belongs to no message, and was on the wire just before. */
  #stranger(seq: number, at_ms: number): void {
    const phase = this.#options.phaseOf(this.unit, at_ms);
    const isOurs = this.#options.isDisturbed(this.unit, at_ms - DAMAGE_SEEN_MS, at_ms);
    this.#of({ phase })[isOurs ? "disturbed" : "unknown"]++;
    if (!isOurs) this.#note({ seq, at_ms, what: "unknown" });
  }

  #doubled(entry: Entry, at_ms: number, isRedelivered: boolean): void {
    const { handed_ms, transmissions } = entry.sending;
    if (isRedelivered || transmissions > 1 || this.#options.isDisturbed(this.unit, handed_ms, at_ms)) {
      this.#of(entry).duplicatedAsAllowed++;
      return;
    }
    this.#of(entry).duplicated++;
    this.#note({ seq: entry.seq, at_ms: handed_ms, what: "duplicated" });
  }

  /** What a fault of ours may have done is not the doing of the system under test. */
  #accuse(what: "altered" | "reordered", entry: Entry, at_ms: number, difference?: string): void {
    const { handed_ms } = entry.sending;
    const isOurs = this.#options.isDisturbed(this.unit, handed_ms, at_ms);
    this.#of(entry)[isOurs ? "disturbed" : what]++;
    if (isOurs) return;
    const about = { seq: entry.seq, at_ms: handed_ms, what };
    this.#note(difference === undefined ? about : { ...about, difference });
  }

  /** @returns by phase */
  close(): ReadonlyMap<string, NorthCounts> {
    for (const entry of this.#entries.values()) {
      if (!entry.isJudged || entry.arrivals > 0) continue;
      const place = this.#placeOf(entry.sending);
      this.#of(entry)[place]++;
      const what = TOLD[place];
      if (what !== undefined) this.#note({ seq: entry.seq, at_ms: entry.sending.handed_ms, what });
    }
    for (const counts of this.#counts.values()) {
      const { suppressed, arrived, lost, withheld, lostAsExpected, notAttributable, unfinished } = counts;
      counts.sent = suppressed + arrived + lost + withheld + lostAsExpected + notAttributable + unfinished;
    }
    return this.#counts;
  }

  /** Whose doing it is that a message did not arrive. */
  #placeOf({ state, handed_ms, settled_ms, transmissions, spoiled }: Sending): Missing {
    const { unit } = this;
    if (state === "acknowledged") return "lost";
    if (state === "overslept") return "suppressed";
    const until_ms = settled_ms || Infinity;
    const kept: Missing = transmissions > 0 ? "lostAsExpected" : "suppressed";
    if (transmissions > 0 && spoiled >= transmissions) return kept;
    if (state === "rejected") return spoiled > 0 ? kept : "withheld";
    const culprit = this.#options.culprit(unit, handed_ms, until_ms);
    if (culprit !== undefined) return culprit === "gateway" ? "withheld" : kept;
    if (state === "sent" && settled_ms > 0) {
      if (this.#options.isInAction(handed_ms)) return kept;
      return this.#options.isAttributable(handed_ms) ? "lost" : "notAttributable";
    }
    if (state === "waiting" || state === "sent" || state === "unfinished") return "unfinished";
    // Pushed out of the backlog while connected: the gateway was too slow, or our fault made it so.
    return this.#options.isDisturbed(unit, handed_ms, until_ms) ? kept : "withheld";
  }

  #of({ phase }: { readonly phase: string }): MutableCounts {
    const known = this.#counts.get(phase) ?? noNorthCounts();
    this.#counts.set(phase, known);
    return known;
  }

  /** What has arrived is kept for a while, so that a double is known as one. */
  #remember(entry: Entry): void {
    this.#forget(entry);
    this.#arrived.push(entry.seq);
    if (this.#arrived.length < 2 * REMEMBERED) return;
    for (const old of this.#arrived.splice(0, REMEMBERED)) this.#entries.delete(old);
  }

  /** Its octets are needed no longer. */
  #forget(entry: Entry): void {
    entry.data = undefined;
    this.#missing.delete(entry.seq);
  }
}

const isOpen = ({ isJudged, arrivals, sending: { state } }: Entry): boolean =>
  isJudged && arrivals === 0 && state !== "suppressed" && state !== "overslept" && state !== "rejected";
