/** What a run leaves to be drawn: plain data, which hosts join. */

/** What a run keeps to be drawn, over the whole fleet. */
export interface RecordingPlan {
  /** Units whose states are kept. */
  readonly units: ReadonlySet<string>;
  readonly series: readonly SeriesPlan[];
}

export interface SeriesPlan {
  readonly unit: string;
  /** Or, as long as the unit has not been looked at, a condition that judges one. */
  readonly signal: string;
  /** Names of checks, and texts of thresholds, that read it. */
  readonly readBy: readonly string[];
  /** Whether the scenario asks for it by name. */
  readonly isAsked: boolean;
  /** Whether it is shown when there is nothing else to show. */
  readonly isDefault: boolean;
}

/** What several want is kept once. */
export function joinSeries(wishes: readonly SeriesPlan[]): SeriesPlan[] {
  const joined = new Map<string, SeriesPlan>();
  for (const wished of wishes) {
    const key = `${wished.unit} ${wished.signal}`;
    const known = joined.get(key);
    if (!known) joined.set(key, wished);
    else
      joined.set(key, {
        ...known,
        readBy: [...new Set([...known.readBy, ...wished.readBy])],
        isAsked: known.isAsked || wished.isAsked,
        isDefault: known.isDefault || wished.isDefault,
      });
  }
  return [...joined.values()];
}

/** The states of a unit over time, each until the next one. */
export interface StateBand {
  readonly unit: string;
  /** Plant times, seconds. */
  readonly from_s: readonly number[];
  readonly states: readonly string[];
  /** Seconds in each state, those included that were too short to be drawn. */
  readonly total_s: Readonly<Record<string, number>>;
}

/** A signal of a unit as its controller sampled it: the smallest and the largest value of each stretch of time. */
export interface Series extends SeriesPlan {
  readonly title: string;
  /** "°C"; "" where there is none */
  readonly symbol: string;
  /** Plant times, seconds, ascending. */
  readonly times_s: readonly number[];
  readonly values: readonly number[];
}

export interface Recording {
  readonly bands: readonly StateBand[];
  readonly series: readonly Series[];
}

interface Stretch {
  readonly index: number;
  low: { readonly time_s: number; readonly value: number };
  high: { readonly time_s: number; readonly value: number };
}

/** Keeps the extremes of a series, however long it gets: when there are too many stretches, two become one. */
export class Envelope {
  #length_s: number;
  readonly #max: number;
  #stretches: Stretch[] = [];

  /**
   * @param length_s  of a stretch, at the beginning
   * @param max       stretches that it keeps at most; each gives two points
   */
  constructor(length_s: number, max: number) {
    this.#length_s = length_s;
    this.#max = max;
  }

  /** Times have to ascend. */
  add(time_s: number, value: number): void {
    this.#join({
      index: Math.floor(time_s / this.#length_s),
      low: { time_s, value },
      high: { time_s, value },
    });
    if (this.#stretches.length <= this.#max) return;
    this.#length_s *= 2;
    const finer = this.#stretches;
    this.#stretches = [];
    for (const { index, low, high } of finer) this.#join({ index: Math.floor(index / 2), low, high });
  }

  /** In the order of time. */
  get points(): { readonly times_s: number[]; readonly values: number[] } {
    const points = this.#stretches.flatMap(({ low, high }) =>
      low.time_s === high.time_s ? [low] : low.time_s < high.time_s ? [low, high] : [high, low],
    );
    return { times_s: points.map(({ time_s }) => time_s), values: points.map(({ value }) => value) };
  }

  #join(stretch: Stretch): void {
    const last = this.#stretches.at(-1);
    if (last?.index !== stretch.index) {
      this.#stretches.push(stretch);
      return;
    }
    if (stretch.low.value < last.low.value) last.low = stretch.low;
    if (stretch.high.value > last.high.value) last.high = stretch.high;
  }
}

/** Stretches of time in which a band shows one state each. */
const BAND_STRETCHES_MAX = 400;

/** Keeps in which states a unit was, and for how long, in stretches that become longer with the run. */
export class StateTrack {
  readonly #states: string[] = [];
  /** By stretch, by state: seconds. */
  #shares: number[][] = [];
  #length_s = 1;
  #state: number;
  #since_s = 0;

  constructor(first: string) {
    this.#state = this.#number(first);
  }

  /** It is in another state from now on. */
  go(time_s: number, state: string): void {
    this.#fill(time_s);
    this.#state = this.#number(state);
  }

  finish(end_s: number, unit: string): StateBand {
    this.#fill(end_s);
    const band = { unit, from_s: [] as number[], states: [] as string[] };
    const total_s: Record<string, number> = {};
    for (const [i, shares] of this.#shares.entries()) {
      // What it was in for most of a stretch stands for it.
      const state = this.#states[shares.indexOf(Math.max(...shares))]!;
      for (const [k, share_s] of shares.entries())
        if (share_s > 0) total_s[this.#states[k]!] = (total_s[this.#states[k]!] ?? 0) + share_s;
      if (band.states.at(-1) === state) continue;
      band.from_s.push(i * this.#length_s);
      band.states.push(state);
    }
    return { ...band, total_s };
  }

  #number(state: string): number {
    const known = this.#states.indexOf(state);
    return known >= 0 ? known : this.#states.push(state) - 1;
  }

  #fill(until_s: number): void {
    while (until_s > this.#length_s * BAND_STRETCHES_MAX) this.#coarsen();
    for (let from_s = this.#since_s; from_s < until_s;) {
      const index = Math.floor(from_s / this.#length_s);
      const to_s = Math.min(until_s, (index + 1) * this.#length_s);
      while (this.#shares.length <= index) this.#shares.push([]);
      const shares = this.#shares[index]!;
      while (shares.length < this.#states.length) shares.push(0);
      shares[this.#state]! += to_s - from_s;
      from_s = to_s;
    }
    this.#since_s = Math.max(this.#since_s, until_s);
  }

  #coarsen(): void {
    this.#length_s *= 2;
    const finer = this.#shares;
    this.#shares = Array.from({ length: Math.ceil(finer.length / 2) }, (_, i) => {
      const [a, b = []] = [finer[2 * i]!, finer[2 * i + 1]];
      return Array.from({ length: Math.max(a.length, b.length) }, (_it, k) => (a[k] ?? 0) + (b[k] ?? 0));
    });
  }
}
