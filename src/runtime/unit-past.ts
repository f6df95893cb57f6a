import type { Plant } from "../plant/plant.ts";
import { plantTime, type PlantClock } from "../signal/plant-clock.ts";

/** Points of one signal, the oldest first; numbers that were not Bad. */
export type Past = readonly { readonly time_s: number; readonly value: number }[];

/** More than a chart has room for. */
const POINTS_MAX = 600;

/** What signals of a unit were in the last `span_s`, as far back as it is kept, thinned out. @returns by signal */
export function pastOf(
  plant: Plant,
  clock: PlantClock,
  unit: string,
  signals: readonly string[],
  span_s: number,
): Readonly<Record<string, Past>> {
  const to_ms = plant.now_ms;
  const one = (signal: string): Past => {
    const all = plant.history(unit, signal, to_ms - span_s * 1000, to_ms).flatMap((past) => {
      const { timestamp_ms, value, status } = past;
      const isUsable = typeof value === "number" && status < 0x80000000;
      return isUsable ? { time_s: plantTime(clock, timestamp_ms), value } : [];
    });
    const every = Math.ceil(all.length / POINTS_MAX);
    return all.filter((_point, i) => i % every === 0);
  };
  return Object.fromEntries(signals.map((signal) => [signal, one(signal)]));
}
