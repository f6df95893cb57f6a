import type { Point } from "./chart.ts";

/** Plant time that a chart can show, seconds; the last one is all that there is. */
export const WINDOWS_S = [30, 120, 600, 3600, Infinity] as const;

/** The points of a window that ends now. */
export function within(
  points: readonly Point[],
  [from_s, to_s]: readonly [number, number],
): readonly Point[] {
  return points.filter(({ time_s }) => time_s >= from_s && time_s <= to_s);
}

/** From when to when a chart of some lines goes: a whole window, or what there is when that is less. */
export function spanOf(lines: readonly (readonly Point[])[], window_s: number): readonly [number, number] {
  const firsts = lines.flatMap((points) => points[0]?.time_s ?? []);
  const lasts = lines.flatMap((points) => points.at(-1)?.time_s ?? []);
  if (lasts.length === 0) return [0, 1];
  const to_s = Math.max(...lasts);
  return [Math.max(Math.min(...firsts), to_s - window_s), to_s];
}
