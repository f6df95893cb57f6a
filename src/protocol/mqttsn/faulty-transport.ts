import type { RandomStream } from "../../engine/random.ts";
import type { Sending } from "../port.ts";
import type { Transport, TransportCounters } from "./transport.ts";

/** What may happen to datagrams, each with a probability from 0 to 1. Nothing happens unless it is asked for. */
export interface LinkFaults {
  readonly drop?: number;
  readonly duplicate?: number;
  /** Goes out after the next one */
  readonly reorder?: number;
  /** One octet has another value */
  readonly corrupt?: number;
  /** The end is missing, at least one octet of it */
  readonly truncate?: number;
  /** The Length field does not tell the length */
  readonly wrongLength?: number;
  /** Each datagram is late by this and up to that much more */
  readonly delay?: { readonly fixed_ms: number; readonly jitter_ms: number };
  /** Nothing passes in either direction */
  readonly silence?: boolean;
  /** So many datagrams of noise with each that is sent; a peer that cannot bear it shows */
  readonly flood?: number;
}

/** How often each happened. */
export interface FaultCounters {
  dropped: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  truncated: number;
  wrongLengths: number;
  delayed: number;
  silenced: number;
  flooded: number;
  addressChanges: number;
}

const noFaultCounters = (): FaultCounters => ({
  dropped: 0,
  duplicated: 0,
  reordered: 0,
  corrupted: 0,
  truncated: 0,
  wrongLengths: 0,
  delayed: 0,
  silenced: 0,
  flooded: 0,
  addressChanges: 0,
});

/** A datagram that overtakes nobody goes out after so long all the same. */
const REORDER_MAX_MS = 100;
const NOISE_MAX = 40;

type Pass = (datagram: Uint8Array) => void;

/** A datagram on its way, and the message that it carries, if it carries one of an oracle's. */
interface Freight {
  readonly octets: Uint8Array;
  readonly sending: Sending | undefined;
  isSpoiled: boolean;
}

const freight = (octets: Uint8Array, sending?: Sending): Freight => ({ octets, sending, isSpoiled: false });

/**
 * A transport with faults between codec and socket, the same ones for one seed and one sequence of datagrams. They may
 * be changed at any time.
 */
export class FaultyTransport implements Transport {
  /** Of datagrams to the gateway */
  outgoing: LinkFaults;
  /** Of datagrams from it */
  incoming: LinkFaults;
  readonly faultCounters = noFaultCounters();
  readonly #wire: Transport;
  readonly #random: RandomStream;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held = new Map<Pass, Freight>();
  readonly #delayed = new Set<Freight>();
  #receive: Pass | undefined;
  readonly #send: Pass = (datagram) => this.#wire.send(datagram);
  /** When a datagram last went out as it was, and when one that came in last did not pass as it was and at once */
  #passed_ms = -Infinity;
  #spoiledIn_ms = -Infinity;

  /** @param faults  in both directions */
  constructor(wire: Transport, faults: LinkFaults, random: RandomStream) {
    this.#wire = wire;
    this.outgoing = faults;
    this.incoming = faults;
    this.#random = random;
  }

  get name(): string {
    return this.#wire.name;
  }

  get counters(): Readonly<TransportCounters> {
    return this.#wire.counters;
  }

  async open(receive: Pass): Promise<void> {
    this.#receive = receive;
    await this.#wire.open((octets) => this.#pass(freight(octets), receive));
  }

  send(octets: Uint8Array, sending?: Sending): void {
    for (let i = 0; i < (this.outgoing.flood ?? 0); i++) {
      this.faultCounters.flooded += 1;
      this.#wire.send(this.#noise());
    }
    this.#pass(freight(octets, sending), this.#send);
  }

  /** Whether faults alone account for a silence since then, by `performance.now()`. */
  explainsSilence(since_ms: number): boolean {
    return this.#passed_ms < since_ms || this.#spoiledIn_ms >= since_ms;
  }

  async close(): Promise<void> {
    this.#receive = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const datagram of [...this.#held.values(), ...this.#delayed]) this.#spoil(datagram, this.#send);
    this.#held.clear();
    this.#delayed.clear();
    await this.#wire.close();
  }

  /** As behind a router that forgets its translation: the same device, another port. */
  async changeAddress(): Promise<void> {
    const receive = this.#receive;
    if (!receive) return;
    this.faultCounters.addressChanges += 1;
    await this.#wire.close();
    await this.#wire.open((octets) => this.#pass(freight(octets), receive));
  }

  #pass(original: Freight, on: Pass): void {
    const faults = this.#faultsOf(on);
    const { silence, drop, duplicate, reorder } = faults;
    const counters = this.faultCounters;
    const drops = silence !== true && this.#happens(drop);
    if (silence) counters.silenced += 1;
    if (drops) counters.dropped += 1;
    if (silence || drops) return this.#spoil(original, on);
    const octets = this.#damage(original.octets, faults);
    const datagram = freight(octets, original.sending);
    if (octets !== original.octets) this.#spoil(datagram, on);
    const waiting = this.#held.get(on);
    if (!waiting && this.#happens(reorder)) {
      counters.reordered += 1;
      this.#held.set(on, datagram);
      if (on !== this.#send) this.#spoil(datagram, on);
      this.#after(REORDER_MAX_MS, () => this.#release(on));
      return;
    }
    this.#deliver(datagram, on);
    if (waiting) this.#release(on);
    if (!this.#happens(duplicate)) return;
    counters.duplicated += 1;
    this.#deliver(freight(octets), on);
  }

  /** A datagram does not get there as it was, or not at once. */
  #spoil(datagram: Freight, on: Pass): void {
    if (datagram.isSpoiled) return;
    datagram.isSpoiled = true;
    if (on !== this.#send) this.#spoiledIn_ms = performance.now();
    else if (datagram.sending) datagram.sending.spoiled += 1;
  }

  #faultsOf(on: Pass): LinkFaults {
    return on === this.#send ? this.outgoing : this.incoming;
  }

  #release(on: Pass): void {
    const waiting = this.#held.get(on);
    this.#held.delete(on);
    if (waiting) this.#deliver(waiting, on);
  }

  #deliver(datagram: Freight, on: Pass): void {
    const { delay } = this.#faultsOf(on);
    if (!delay) return this.#arrive(datagram, on);
    this.faultCounters.delayed += 1;
    if (on === this.#send) this.#delayed.add(datagram);
    else this.#spoil(datagram, on);
    this.#after(delay.fixed_ms + this.#random.uniform() * delay.jitter_ms, () => {
      this.#delayed.delete(datagram);
      this.#arrive(datagram, on);
    });
  }

  #arrive({ octets, isSpoiled }: Freight, on: Pass): void {
    if (on === this.#send && !isSpoiled) this.#passed_ms = performance.now();
    on(octets);
  }

  #damage(datagram: Uint8Array, { corrupt, truncate, wrongLength }: LinkFaults): Uint8Array {
    const counters = this.faultCounters;
    let damaged = datagram;
    if (this.#happens(corrupt)) {
      counters.corrupted += 1;
      damaged = damaged.slice();
      const at = this.#below(damaged.length);
      damaged[at] = (damaged[at]! + 1 + this.#below(255)) & 0xff;
    }
    if (this.#happens(truncate)) {
      counters.truncated += 1;
      damaged = damaged.slice(0, this.#below(damaged.length));
    }
    if (this.#happens(wrongLength) && damaged.length > 0) {
      counters.wrongLengths += 1;
      damaged = damaged.slice();
      damaged[0] = (damaged[0]! + 1 + this.#below(255)) & 0xff;
    }
    return damaged;
  }

  #noise(): Uint8Array {
    return Uint8Array.from({ length: 1 + this.#below(NOISE_MAX) }, () => this.#below(256));
  }

  /** Draws only for faults that are asked for, so that one fault's sequence does not depend on the others. */
  #happens(probability: number | undefined): boolean {
    return probability !== undefined && probability > 0 && this.#random.uniform() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.uniform() * limit);
  }

  #after(delay_ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delay_ms);
    this.#timers.add(timer);
  }
}
