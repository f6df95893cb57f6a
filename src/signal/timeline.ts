/** Entries that are looked at one by one before a search is worth it. */
const NEWEST = 8;

/**
 * What held when: entries with the time from which they hold. Entries that no reader can ask for any more are
 * dropped; how far back a reader may ask is the owner's to say.
 */
export class Timeline<T> {
  readonly #keep_s: number;
  #starts: number[];
  #entries: T[];

  constructor(keep_s: number, first: T) {
    this.#keep_s = keep_s;
    this.#starts = [-Infinity];
    this.#entries = [first];
  }

  get last(): T {
    return this.#entries[this.#entries.length - 1]!;
  }

  /** From when on the last entry holds. */
  get lastStart_s(): number {
    return this.#starts[this.#starts.length - 1]!;
  }

  /** From `time_s` on this entry holds; a second one at the same time replaces the first. */
  add(time_s: number, entry: T): void {
    const newest = this.#starts.length - 1;
    if (time_s < this.#starts[newest]!) throw new RangeError(`an entry at ${time_s} s would change the past`);
    if (time_s === this.#starts[newest]) {
      this.#entries[newest] = entry;
      return;
    }
    this.#starts.push(time_s);
    this.#entries.push(entry);
    this.#prune(time_s - this.#keep_s);
  }

  /** The entry that held at a time; the oldest kept one when that is longer ago. */
  at(time_s: number): T {
    return this.#entries[this.#indexAt(time_s)]!;
  }

  /** Calls back for every entry that held between two times, with the part of the span in which it did. */
  forEach(from_s: number, to_s: number, visit: (entry: T, from_s: number, to_s: number) => void): void {
    for (let i = this.#indexAt(from_s); i < this.#starts.length; i++) {
      const begin_s = Math.max(from_s, this.#starts[i]!);
      const end_s = Math.min(to_s, this.#starts[i + 1] ?? Infinity);
      if (begin_s < end_s) visit(this.#entries[i]!, begin_s, end_s);
      if (end_s >= to_s) return;
    }
  }

  /** The last entry that begins at or before a time: nearly always one of the newest, else by bisection. */
  #indexAt(time_s: number): number {
    let high = this.#starts.length - 1;
    for (let steps = 0; high > 0 && this.#starts[high]! > time_s; high--) {
      if (++steps > NEWEST) return this.#bisect(time_s, high);
    }
    return high;
  }

  #bisect(time_s: number, above: number): number {
    let below = 0;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if (this.#starts[middle]! > time_s) above = middle;
      else below = middle;
    }
    return below;
  }

  #prune(before_s: number): void {
    let drop = 0;
    while (drop + 1 < this.#starts.length && this.#starts[drop + 1]! <= before_s) drop++;
    // In batches, so that the arrays are not moved at every entry.
    if (drop < 4 || 2 * drop < this.#starts.length) return;
    this.#starts = this.#starts.slice(drop);
    this.#entries = this.#entries.slice(drop);
  }
}
