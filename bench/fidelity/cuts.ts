import type { Value } from "../../src/protocol/port.ts";

/** What one look at a machine says about its cut. */
export interface CutSample {
  readonly time_s: number;
  readonly state: Value | undefined;
  readonly tool: Value | undefined;
  /** Of the linear axes, mm. */
  readonly position: readonly number[];
  /** What is measured. */
  readonly values: readonly number[];
}

/** Samples of one steady cut: the tool in the material, feed and speed constant. */
export interface SteadyCut {
  readonly tool: string;
  readonly from_s: number;
  /** As many series as a sample has values. */
  readonly series: readonly (readonly number[])[];
}

/** A step from sample to sample that differs by more than this share is another motion: a turn, a step over. */
const STEADY_SHARE = 0.1;
/** What the last digit of three positions may make of a step. */
const DIGITS_MM = 0.005;

/**
 * Finds steady cuts in a stream of samples, by what a controller publishes: it says that it cuts, with one tool, and
 * the axes go on in the same direction at the same speed. Entry and exit of the tool are dropped at both ends.
 */
export class CutFinder {
  readonly cuts: SteadyCut[] = [];
  readonly #least: number;
  readonly #ends: number;
  #open: CutSample[] = [];

  /** @param least  samples that a cut must have, @param ends  samples that are dropped at each end */
  constructor(least: number, ends: number) {
    this.#least = least;
    this.#ends = ends;
  }

  add(sample: CutSample): void {
    if (!this.#goesOn(sample)) this.close();
    if (sample.state === "Cutting") this.#open.push(sample);
  }

  #goesOn(sample: CutSample): boolean {
    const [first, second] = this.#open;
    if (!first || sample.state !== "Cutting" || sample.tool !== first.tool) return false;
    if (!second) return true;
    const last = this.#open[this.#open.length - 1]!;
    const [begun, now] = [step(first, second), step(last, sample)];
    const size_mm = Math.hypot(...begun);
    const change_mm = Math.hypot(...now.map((it, i) => it - begun[i]!));
    return size_mm > DIGITS_MM && change_mm <= STEADY_SHARE * size_mm + DIGITS_MM;
  }

  /** The stream ends, or what was steady is no more. */
  close(): void {
    const kept = this.#open.slice(this.#ends, this.#open.length - this.#ends);
    if (kept.length >= this.#least) {
      const [first] = kept;
      const series = first!.values.map((_value, i) => kept.map(({ values }) => values[i]!));
      this.cuts.push({ tool: String(first!.tool), from_s: first!.time_s, series });
    }
    this.#open = [];
  }
}

const step = (from: CutSample, to: CutSample): number[] => to.position.map((at, i) => at - from.position[i]!);
