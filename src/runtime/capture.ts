import type { Transport, TransportCounters } from "../protocol/mqttsn/transport.ts";
import type { CapturedDatagram } from "./result.ts";

/** Datagrams that a host remembers, some thirty megabytes; the oldest go. */
const REMEMBERED_MAX = 50_000;

/** Remembers what went over the links of a host's devices, for whoever wants to see it when a run has failed. */
export class Capture {
  /** A ring: from `#next` on the oldest, when it is full. */
  readonly #datagrams: CapturedDatagram[] = [];
  #next = 0;

  /** A transport whose datagrams are remembered, as they are on the link itself. */
  wrap(unit: string, transport: Transport): Transport {
    const port = Number(/:(\d+)$/.exec(transport.name)?.[1] ?? 0);
    const note = (isSent: boolean, data: Uint8Array): void =>
      this.#add({ unit, at_ms: Date.now(), isSent, port, data: data.slice() });
    return {
      name: transport.name,
      get counters(): Readonly<TransportCounters> {
        return transport.counters;
      },
      open: (receive) =>
        transport.open((datagram) => {
          note(false, datagram);
          receive(datagram);
        }),
      send: (datagram) => {
        note(true, datagram);
        transport.send(datagram);
      },
      close: () => transport.close(),
    };
  }

  /** Those of some units, oldest first, the newest so many of them. */
  of(units: ReadonlySet<string>, max: number): readonly CapturedDatagram[] {
    const inOrder = [...this.#datagrams.slice(this.#next), ...this.#datagrams.slice(0, this.#next)];
    return inOrder.filter(({ unit }) => units.has(unit)).slice(-max);
  }

  #add(datagram: CapturedDatagram): void {
    if (this.#datagrams.length < REMEMBERED_MAX) {
      this.#datagrams.push(datagram);
      return;
    }
    this.#datagrams[this.#next] = datagram;
    this.#next = (this.#next + 1) % REMEMBERED_MAX;
  }
}
