/**
 * How a client finds gateways (MQTT-SN 1.2, 6.1), without sockets and without a clock: ADVERTISE and GWINFO name them, and
 * while none is known the client searches, at a random moment and then ever more rarely.
 */
import type { Message } from "./codec/codec.ts";

export interface GatewaySearchOptions {
  /** T_SEARCHGW: the first SEARCHGW goes out within this time, lest a fleet that is switched on searches as one */
  readonly searchWithin_ms: number;
  /** Wait before SEARCHGW is repeated; doubles up to the limit */
  readonly repeat_ms: number;
  readonly repeatLimit_ms: number;
  /** N_ADV: ADVERTISEs that may be missed before a gateway is forgotten */
  readonly missedAdvertises: number;
  /** Broadcast radius in hops; 0 is the whole network */
  readonly radius: number;
  /** In (0, 1) */
  readonly random: () => number;
}

export const SEARCH_DEFAULTS: Omit<GatewaySearchOptions, "random"> = {
  searchWithin_ms: 1_000,
  repeat_ms: 1_000,
  repeatLimit_ms: 60_000,
  missedAdvertises: 3,
  radius: 0,
};

/** A gateway and the address it was heard from: "127.0.0.1:1884". */
export interface FoundGateway {
  readonly gwId: number;
  readonly address: string;
}

interface Known extends FoundGateway {
  /** When it counts as gone */
  readonly until_ms: number;
}

export class GatewaySearch {
  readonly #options: GatewaySearchOptions;
  readonly #known = new Map<number, Known>();
  #due_ms: number;
  #wait_ms: number;

  /** What is not given comes from SEARCH_DEFAULTS. */
  constructor(now_ms: number, options: Partial<GatewaySearchOptions> & Pick<GatewaySearchOptions, "random">) {
    this.#options = { ...SEARCH_DEFAULTS, ...options };
    this.#wait_ms = this.#options.repeat_ms;
    this.#due_ms = now_ms + this.#options.random() * this.#options.searchWithin_ms;
  }

  /** In the order in which they were found. */
  get gateways(): readonly FoundGateway[] {
    return [...this.#known.values()].map(({ gwId, address }) => ({ gwId, address }));
  }

  /** When `wake` has something to do. */
  get deadline_ms(): number {
    if (this.#known.size === 0) return this.#due_ms;
    return Math.min(...[...this.#known.values()].map(({ until_ms }) => until_ms));
  }

  /** Forgets gateways that have fallen silent. @returns SEARCHGW when it is time to ask */
  wake(now_ms: number): Message | undefined {
    for (const { gwId, until_ms } of [...this.#known.values()]) {
      if (now_ms < until_ms) continue;
      this.#known.delete(gwId);
      this.#due_ms = now_ms + this.#options.random() * this.#options.searchWithin_ms;
    }
    if (this.#known.size > 0 || now_ms < this.#due_ms) return undefined;
    this.#postpone(now_ms);
    return { type: "SEARCHGW", radius: this.#options.radius };
  }

  /** A message to everybody. @param from  its source: "127.0.0.1:1884" */
  receive(now_ms: number, message: Message, from: string): void {
    const { missedAdvertises } = this.#options;
    if (message.type === "ADVERTISE") {
      this.#learn(message.gwId, from, now_ms + message.duration_s * 1000 * (missedAdvertises + 0.5));
    } else if (message.type === "GWINFO" && !message.gwAdd) {
      // Until it advertises nobody knows how often it will. A client that answers for it (`gwAdd`) writes an address
      // whose form the standard leaves open, so that one is not taken.
      this.#learn(message.gwId, from, this.#known.get(message.gwId)?.until_ms ?? Infinity);
    } else if (message.type === "SEARCHGW" && this.#known.size === 0) {
      // 6.1: somebody asks the same; the answer is for everybody.
      this.#postpone(now_ms);
    }
  }

  #learn(gwId: number, address: string, until_ms: number): void {
    this.#known.set(gwId, { gwId, address, until_ms });
    this.#wait_ms = this.#options.repeat_ms;
  }

  #postpone(now_ms: number): void {
    this.#due_ms = now_ms + this.#wait_ms;
    this.#wait_ms = Math.min(this.#wait_ms * 2, this.#options.repeatLimit_ms);
  }
}
