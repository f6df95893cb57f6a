import type { Point } from "./chart.ts";
import type { Description, Look } from "./desk.ts";

/** Points that are kept of each signal. */
const KEPT = 600;

/** The numeric signals of one unit since somebody looks: each tick that was seen, once. */
export class SignalTraces {
  readonly #points = new Map<string, Point[]>();
  readonly #ticks = new Map<string, number>();

  add({ groups }: Description, { samples }: Look): void {
    for (const { group, tick, time_s, values } of samples) {
      if (this.#ticks.get(group) === tick) continue;
      this.#ticks.set(group, tick);
      const { signals } = groups.find(({ id }) => id === group)!;
      for (const [i, { id }] of signals.entries()) {
        const value = values[i];
        if (typeof value === "number") this.#push(id, { time_s, value });
      }
    }
  }

  /** The oldest first. */
  of(signal: string): readonly Point[] {
    return this.#points.get(signal) ?? [];
  }

  #push(signal: string, point: Point): void {
    const points = this.#points.get(signal);
    if (!points) this.#points.set(signal, [point]);
    else if (points.push(point) > KEPT) points.shift();
  }
}
