import type { Point } from "./chart.ts";
import type { Description, Look, Sample } from "./desk.ts";

/** Points that are kept of each signal; when there are more, the older half is thinned out. */
const KEPT = 1200;

/** The numeric signals of one unit: what it kept itself before somebody looked, then each tick that was seen, once. */
export class SignalTraces {
  readonly description: Description;
  readonly #points = new Map<string, Point[]>();
  readonly #ticks = new Map<string, number>();
  readonly #claimed = new Set<string>();

  constructor(description: Description) {
    this.description = description;
  }

  add({ samples }: Look): void {
    for (const sample of samples) {
      if (this.#ticks.get(sample.group) === sample.tick) continue;
      this.#ticks.set(sample.group, sample.tick);
      this.#addSample(sample);
    }
  }

  /** Those of some signals whose past nobody has asked for yet; it is taken as asked for from now on. */
  claimPast(signals: readonly string[]): readonly string[] {
    const own = this.description.groups.flatMap((group) => group.signals.map(({ id }) => id));
    const lacking = signals.filter((signal) => own.includes(signal) && !this.#claimed.has(signal));
    for (const signal of lacking) this.#claimed.add(signal);
    return lacking;
  }

  /** Puts what was before in front of what is there already. */
  fill(past: Readonly<Record<string, readonly Point[]>>): void {
    for (const [signal, points] of Object.entries(past)) {
      const seen = this.of(signal);
      const first_s = seen[0]?.time_s ?? Infinity;
      this.#points.set(signal, [...points.filter(({ time_s }) => time_s < first_s), ...seen]);
    }
  }

  /** The oldest first. */
  of(signal: string): readonly Point[] {
    return this.#points.get(signal) ?? [];
  }

  #addSample({ group, time_s, values, statuses }: Sample): void {
    const { signals } = this.description.groups.find(({ id }) => id === group)!;
    for (const [i, { id }] of signals.entries()) {
      const value = values[i];
      if (typeof value === "number" && statuses[i]! < 0x80000000) this.#push(id, { time_s, value });
    }
  }

  #push(signal: string, point: Point): void {
    const points = this.#points.get(signal) ?? [];
    points.push(point);
    const half = points.length / 2;
    this.#points.set(
      signal,
      points.length <= KEPT ? points : points.filter((_it, i) => i >= half || i % 2 === 0),
    );
  }
}
