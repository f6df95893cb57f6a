import type { Socket } from "node:net";
import type { RandomStream } from "../../engine/random.ts";

/** What happens to octets on one way. */
export interface PumpFaults {
  readonly fixed_ms: number;
  /** Up to so much more */
  readonly jitter_ms: number;
  /** Infinity for no limit */
  readonly bytesPerSecond: number;
  readonly isStalled: boolean;
}

export const NO_FAULTS: PumpFaults = {
  fixed_ms: 0,
  jitter_ms: 0,
  bytesPerSecond: Infinity,
  isStalled: false,
};

/** A way that holds more is full: its source has to wait, as TCP lets it. */
const WAITING_MAX = 1_048_576;
/** Under a limit, octets go in pieces that take so long. */
const PIECE_S = 0.05;

/** Octets, or what comes after the last of them: an end, or a break. */
interface Parcel {
  readonly due_ms: number;
  readonly octets: Buffer | undefined;
  readonly then: (() => void) | undefined;
}

/** One way of a connection: what the source says, the sink hears, in order, but not before its time. */
export class Pump {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #random: RandomStream;
  readonly #run: (work: () => void) => void;
  readonly #waiting: Parcel[] = [];
  #held = 0;
  #faults = NO_FAULTS;
  /** When the way is free again under a limit */
  #free_ms = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param run  does what an event or a timer asks for, and contains what that throws */
  constructor(source: Socket, sink: Socket, random: RandomStream, run: (work: () => void) => void) {
    this.#source = source;
    this.#sink = sink;
    this.#random = random;
    this.#run = run;
    source.on("data", (octets: Buffer) => run(() => this.#take(octets)));
    source.on("end", () => run(() => this.#take(undefined, () => sink.end())));
    sink.on("drain", () => run(() => this.#drain()));
  }

  set(faults: PumpFaults): void {
    this.#faults = faults;
    this.#drain();
  }

  /** The source is gone; once the sink has heard what was said before, this is called. */
  break(then: () => void): void {
    this.#take(undefined, then);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #take(octets: Buffer | undefined, then?: () => void): void {
    if (this.#isOver) return;
    const { fixed_ms, jitter_ms } = this.#faults;
    const delay_ms = fixed_ms + (jitter_ms > 0 ? this.#random.uniform() * jitter_ms : 0);
    this.#waiting.push({ due_ms: performance.now() + delay_ms, octets, then });
    this.#held += octets?.length ?? 0;
    if (this.#held > WAITING_MAX) this.#source.pause();
    this.#drain();
  }

  #drain(): void {
    clearTimeout(this.#timer);
    while (!this.#isOver && !this.#faults.isStalled && this.#waiting.length > 0) {
      if (this.#sink.writableNeedDrain) return;
      const wait_ms = Math.max(this.#waiting[0]!.due_ms, this.#free_ms) - performance.now();
      if (wait_ms > 0) {
        this.#timer = setTimeout(() => this.#run(() => this.#drain()), wait_ms);
        return;
      }
      this.#hand(this.#waiting.shift()!);
    }
  }

  #hand({ due_ms, octets, then }: Parcel): void {
    const { bytesPerSecond } = this.#faults;
    if (octets) {
      const most = Math.max(1, Math.floor(bytesPerSecond * PIECE_S));
      const piece = octets.subarray(0, most);
      const rest = octets.subarray(piece.length);
      if (rest.length > 0) this.#waiting.unshift({ due_ms, octets: rest, then });
      this.#free_ms = performance.now() + (piece.length / bytesPerSecond) * 1000;
      this.#held -= piece.length;
      if (this.#sink.writable) this.#sink.write(piece);
      if (this.#held <= WAITING_MAX && this.#source.isPaused()) this.#source.resume();
    }
    if (octets === undefined) then?.();
  }
}
