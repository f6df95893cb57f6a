import type { PollGroup } from "./poll-group.ts";
import { Timeline } from "./timeline.ts";

/** What one fault makes of how a group's ticks are told. What it leaves out it leaves as it is. */
export interface FeedFault {
  /** As the digest records it: its kind, then its figures. */
  readonly parameters: readonly (number | string)[];
  /** By how much the controller's clock is ahead at a plant time, seconds. */
  readonly ahead_s?: (time_s: number) => number;
  /** Whether a tick is told twice. */
  readonly repeats?: (tick: number) => boolean;
  /** Whether an even tick is told after the one that follows it. */
  readonly swaps?: (tick: number) => boolean;
}

const NONE: readonly FeedFault[] = [];

/**
 * How the ticks of a poll group come to those who watch it: with which timestamp, how often, in which order. Past
 * faults are kept as far back as a reader may ask.
 */
export class Feed {
  readonly #poll: PollGroup;
  readonly #keep_s: number;
  #segments: Timeline<readonly FeedFault[]> | undefined;

  constructor(poll: PollGroup, keep_s: number) {
    this.#poll = poll;
    this.#keep_s = keep_s;
  }

  /** Whether it ever had a fault. */
  get isTouched(): boolean {
    return this.#segments !== undefined;
  }

  at(time_s: number): readonly FeedFault[] {
    return this.#segments === undefined ? NONE : this.#segments.at(time_s);
  }

  /** From `time_s` on. */
  add(time_s: number, fault: FeedFault): void {
    this.#segments ??= new Timeline(this.#keep_s, NONE);
    this.#segments.add(time_s, [...this.#segments.last, fault]);
  }

  /** Takes exactly this one back from `time_s` on; one that is not there changes nothing. */
  remove(time_s: number, fault: FeedFault): void {
    const last = this.at(time_s);
    if (last.includes(fault))
      this.#segments!.add(
        time_s,
        last.filter((it) => it !== fault),
      );
  }

  /** What the controller's clock says at a plant time. */
  stamp(time_s: number): number {
    let ahead_s = 0;
    for (const fault of this.at(time_s)) ahead_s += fault.ahead_s?.(time_s) ?? 0;
    return time_s + ahead_s;
  }

  /** The most that the clock was off between two plant times, seconds; it is off most at an end of a segment. */
  mostOff_s(from_s: number, to_s: number): number {
    let most_s = 0;
    this.#segments?.forEach(from_s, to_s, (faults, begin_s, end_s) => {
      for (const time_s of [begin_s, end_s]) {
        let ahead_s = 0;
        for (const fault of faults) ahead_s += fault.ahead_s?.(time_s) ?? 0;
        most_s = Math.max(most_s, Math.abs(ahead_s));
      }
    });
    return most_s;
  }

  /** The ticks that watchers are told of when tick n is taken: usually that one. */
  deliveries(tick: number): readonly number[] {
    if (this.#segments === undefined) return [tick];
    const even = tick - (tick % 2);
    const isSwapped = this.#faultsOf(even).some(({ swaps }) => swaps?.(even));
    const ticks = !isSwapped ? [tick] : tick === even ? [] : [tick, even];
    return ticks.flatMap((it) => (this.#faultsOf(it).some(({ repeats }) => repeats?.(it)) ? [it, it] : [it]));
  }

  #faultsOf(tick: number): readonly FeedFault[] {
    return this.at(this.#poll.timeOf(tick));
  }
}
