import type { RandomStream } from "../../engine/random.ts";
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
  readonly #held = new Map<Pass, Uint8Array>();
  #receive: Pass | undefined;
  readonly #send: Pass = (datagram) => this.#wire.send(datagram);

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
    await this.#wire.open((datagram) => this.#pass(datagram, receive));
  }

  send(datagram: Uint8Array): void {
    for (let i = 0; i < (this.outgoing.flood ?? 0); i++) {
      this.faultCounters.flooded += 1;
      this.#wire.send(this.#noise());
    }
    this.#pass(datagram, this.#send);
  }

  async close(): Promise<void> {
    this.#receive = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
    await this.#wire.close();
  }

  /** As behind a router that forgets its translation: the same device, another port. */
  async changeAddress(): Promise<void> {
    const receive = this.#receive;
    if (!receive) return;
    this.faultCounters.addressChanges += 1;
    await this.#wire.close();
    await this.#wire.open((datagram) => this.#pass(datagram, receive));
  }

  #pass(original: Uint8Array, on: Pass): void {
    const faults = this.#faultsOf(on);
    const { silence, drop, duplicate, reorder } = faults;
    const counters = this.faultCounters;
    if (silence) return void (counters.silenced += 1);
    if (this.#happens(drop)) return void (counters.dropped += 1);
    const datagram = this.#damage(original, faults);
    const waiting = this.#held.get(on);
    if (!waiting && this.#happens(reorder)) {
      counters.reordered += 1;
      this.#held.set(on, datagram);
      this.#after(REORDER_MAX_MS, () => this.#release(on));
      return;
    }
    this.#deliver(datagram, on);
    if (waiting) this.#release(on);
    if (!this.#happens(duplicate)) return;
    counters.duplicated += 1;
    this.#deliver(datagram, on);
  }

  #faultsOf(on: Pass): LinkFaults {
    return on === this.#send ? this.outgoing : this.incoming;
  }

  #release(on: Pass): void {
    const waiting = this.#held.get(on);
    this.#held.delete(on);
    if (waiting) this.#deliver(waiting, on);
  }

  #deliver(datagram: Uint8Array, on: Pass): void {
    const { delay } = this.#faultsOf(on);
    if (!delay) return on(datagram);
    this.faultCounters.delayed += 1;
    this.#after(delay.fixed_ms + this.#random.uniform() * delay.jitter_ms, () => on(datagram));
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
