import type { RandomStream } from "../../engine/random.ts";
import { FaultyTransport, type LinkFaults } from "./faulty-transport.ts";
import type { Transport } from "./transport.ts";

/** Which datagrams, as the device sees it. */
type Direction = "both" | "to-gateway" | "from-gateway";

/** Faults that come and go on the way between a device and its gateways, whichever of them it is with. */
export class FaultyLink {
  readonly #random: RandomStream;
  readonly #active = new Set<{ readonly faults: LinkFaults; readonly direction: Direction }>();
  #transport: FaultyTransport | undefined;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** The way to a gateway, from now on the one that the faults are on. */
  wrap(wire: Transport): Transport {
    this.#transport = new FaultyTransport(wire, {}, this.#random);
    this.#apply();
    return this.#transport;
  }

  /** Whether faults alone account for a silence since then, by `performance.now()`. */
  explainsSilence(since_ms: number): boolean {
    return this.#transport?.explainsSilence(since_ms) ?? false;
  }

  /** Lets this happen as well. @returns what ends it */
  disturb(faults: LinkFaults, direction: Direction): () => void {
    const active = { faults, direction };
    this.#active.add(active);
    this.#apply();
    return () => {
      if (this.#active.delete(active)) this.#apply();
    };
  }

  #apply(): void {
    if (!this.#transport) return;
    this.#transport.outgoing = this.#sum("to-gateway");
    this.#transport.incoming = this.#sum("from-gateway");
  }

  #sum(way: Direction): LinkFaults {
    const fitting = [...this.#active].filter(({ direction }) => direction === "both" || direction === way);
    return fitting.map(({ faults }) => faults).reduce(add, {});
  }
}

/** Two causes, each of which happens or not, whatever the other does. */
const either = (a = 0, b = 0): number => a + b - a * b;

function add(a: LinkFaults, b: LinkFaults): LinkFaults {
  const delay =
    a.delay && b.delay
      ? { fixed_ms: a.delay.fixed_ms + b.delay.fixed_ms, jitter_ms: a.delay.jitter_ms + b.delay.jitter_ms }
      : (a.delay ?? b.delay);
  return {
    drop: either(a.drop, b.drop),
    duplicate: either(a.duplicate, b.duplicate),
    reorder: either(a.reorder, b.reorder),
    corrupt: either(a.corrupt, b.corrupt),
    silence: a.silence === true || b.silence === true,
    ...(delay ? { delay } : {}),
  };
}
