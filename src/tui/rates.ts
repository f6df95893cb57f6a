/** Over so much wall time a rate is taken: long enough for what comes once a second, short enough to be of now. */
const WINDOW_MS = 4000;
/** Two polls nearer to each other say nothing of a second. */
const SPAN_MIN_MS = 1000;

interface Point {
  readonly at_ms: number;
  readonly count: number;
}

/** How fast counts grow that are polled. */
export class Rates {
  #points = new Map<string, readonly Point[]>();

  /**
   * Takes what one poll has told; a count that it does not tell of is forgotten.
   *
   * @param at_ms  wall time of the poll, from any start
   */
  add(at_ms: number, counts: Readonly<Record<string, number | undefined>>): void {
    const points = new Map<string, readonly Point[]>();
    for (const [name, count] of Object.entries(counts)) {
      if (count === undefined) continue;
      const before = this.#points.get(name) ?? [];
      // One that fell began anew.
      const kept = (before.at(-1)?.count ?? 0) > count ? [] : before;
      // The one before the window as well, or slow polls would have no rate at all.
      const first = kept.findLastIndex((point) => point.at_ms <= at_ms - WINDOW_MS);
      points.set(name, [...kept.slice(Math.max(first, 0)), { at_ms, count }]);
    }
    this.#points = points;
  }

  /** So many a second; undefined until it has been told often enough. */
  of(name: string): number | undefined {
    const points = this.#points.get(name);
    const [first, last] = [points?.[0], points?.at(-1)];
    if (!first || !last || last.at_ms - first.at_ms < SPAN_MIN_MS) return undefined;
    return ((last.count - first.count) * 1000) / (last.at_ms - first.at_ms);
  }
}

/** "12.3", or "-" for one that is not known yet. */
export const formatRate = (rate: number | undefined): string => (rate === undefined ? "-" : rate.toFixed(1));
