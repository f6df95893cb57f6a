import type { Figures } from "./table.ts";

/** Does a fixed amount of work and says what one operation of it took, in nanoseconds. */
export type Run = () => number;

/** Rounds that only let the compiler settle. */
const WARM_ROUNDS = 1;
const ROUNDS = 5;

/**
 * Times work of `count` operations. What others have left for the garbage collector is not charged to it, but a full
 * collection would shrink the young generation and charge the work with making it grow again.
 */
export function timed(count: number, work: () => void): number {
  globalThis.gc?.({ type: "minor" });
  const begin_ms = performance.now();
  work();
  return ((performance.now() - begin_ms) * 1e6) / count;
}

/**
 * Baseline and candidate in turn, so that a machine that gets slower meanwhile slows both: times are the best of
 * all rounds, the ratio is the median of the rounds' ratios.
 */
export function compare(baseline: Run, candidate: Run, rounds = ROUNDS): Figures {
  const baselines: number[] = [];
  const candidates: number[] = [];
  for (let round = 0; round < WARM_ROUNDS + rounds; round++) {
    const [before, after] = [baseline(), candidate()];
    if (round < WARM_ROUNDS) continue;
    baselines.push(before);
    candidates.push(after);
  }
  return {
    baseline_ns: Math.min(...baselines),
    candidate_ns: Math.min(...candidates),
    speedup: median(baselines.map((before, i) => before / candidates[i]!)),
  };
}

/** The best of several rounds, where there is nothing to compare with. */
export function best(run: Run): Figures {
  let best_ns = Infinity;
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) best_ns = Math.min(best_ns, run());
  return { candidate_ns: best_ns };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

/** Random numbers drawn beforehand, handed out in a circle: what is measured is not the generator. */
export class Draws {
  readonly #values: Float64Array;
  #next = 0;

  /** @param count  a power of 2 */
  constructor(draw: () => number, count = 16_384) {
    this.#values = Float64Array.from({ length: count }, draw);
  }

  next(): number {
    this.#next = (this.#next + 1) & (this.#values.length - 1);
    return this.#values[this.#next]!;
  }
}
