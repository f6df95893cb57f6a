import { Ring } from "./ring.ts";

/** What held when: entries with the time from which they hold. */
export class Timeline<T> extends Ring<T> {
  constructor(keep_s: number, first: T) {
    super(keep_s, 1);
    this.putObject(this.newest, first);
  }

  get last(): T {
    return this.objects![this.newest] as T;
  }

  /** From when on the last entry holds. */
  get lastStart_s(): number {
    return this.numbers[this.newest]!;
  }

  /** From `time_s` on this entry holds; a second one at the same time replaces the first. */
  add(time_s: number, entry: T): void {
    this.putObject(this.open(time_s), entry);
  }

  /** The entry that held at a time; the oldest kept one when that is longer ago. */
  at(time_s: number): T {
    return this.objects![this.placeAt(time_s)] as T;
  }

  /** Calls back for every entry that held between two times, with the part of the span in which it did. */
  forEach(from_s: number, to_s: number, visit: (entry: T, from_s: number, to_s: number) => void): void {
    for (let place = this.placeAt(from_s); ; place = this.placeAfter(place)) {
      const isNewest = place === this.newest;
      const begin_s = Math.max(from_s, this.numbers[place]!);
      const end_s = isNewest ? to_s : Math.min(to_s, this.numbers[this.placeAfter(place)]!);
      if (begin_s < end_s) visit(this.objects![place] as T, begin_s, end_s);
      if (isNewest || end_s >= to_s) return;
    }
  }
}
