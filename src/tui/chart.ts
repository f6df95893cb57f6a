/** Lines of a signal over time, out of characters: a sparkline is one row high, a chart is drawn in Braille dots. */

export interface Point {
  readonly time_s: number;
  readonly value: number;
}

const BARS = "▁▂▃▄▅▆▇█";
/** Dots of a Braille character by column, from its top. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Least and most of some points; undefined without any. */
export function extentOf(points: readonly Point[]): { low: number; high: number } | undefined {
  if (points.length === 0) return undefined;
  let [low, high] = [Infinity, -Infinity];
  for (const { value } of points) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high };
}

/** The last points, one a column, between their least and most. */
export function sparkline(points: readonly Point[], width: number): string {
  const shown = points.slice(-width);
  const extent = extentOf(shown);
  if (!extent) return "".padEnd(width);
  const span = extent.high - extent.low;
  const bars = shown.map(
    ({ value }) => BARS[span === 0 ? 0 : Math.round(((value - extent.low) / span) * 7)]!,
  );
  return bars.join("").padStart(width);
}

/** A run of characters that are of one line, counted from 0; -1 for nothing. */
export interface Stretch {
  readonly line: number;
  readonly text: string;
}

/**
 * Some lines in one field, each between its own least and most, because their units differ.
 *
 * @param span_s  plant time at the left and right edge
 * @returns rows from the top
 */
export function chart(
  lines: readonly (readonly Point[])[],
  width: number,
  height: number,
  [from_s, to_s]: readonly [number, number],
): Stretch[][] {
  const dots = new Uint8Array(width * height);
  const owners = new Int8Array(width * height).fill(-1);
  for (const [line, points] of lines.entries()) {
    const extent = extentOf(points);
    if (!extent) continue;
    let before: readonly [number, number] | undefined;
    for (const { time_s, value } of points) {
      if (time_s < from_s || time_s > to_s) continue;
      const share = extent.high === extent.low ? 0.5 : (value - extent.low) / (extent.high - extent.low);
      const x = Math.round(((time_s - from_s) / Math.max(to_s - from_s, 1e-9)) * (width * 2 - 1));
      const y = Math.round((1 - share) * (height * 4 - 1));
      for (const [column, row] of between(before ?? [x, y], [x, y])) {
        const cell = Math.floor(row / 4) * width + Math.floor(column / 2);
        dots[cell]! |= DOTS[column % 2]![row % 4]!;
        owners[cell] = line;
      }
      before = [x, y];
    }
  }
  return Array.from({ length: height }, (_, row) => stretches(dots, owners, row * width, width));
}

/** Dots from one to the next, both included. */
function between(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): [number, number][] {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  return Array.from({ length: steps + 1 }, (_, i) => [
    Math.round(x0 + ((x1 - x0) * i) / steps),
    Math.round(y0 + ((y1 - y0) * i) / steps),
  ]);
}

function stretches(dots: Uint8Array, owners: Int8Array, from: number, width: number): Stretch[] {
  const found: { line: number; text: string }[] = [];
  for (let cell = from; cell < from + width; cell++) {
    const line = owners[cell]!;
    const text = line < 0 ? " " : String.fromCharCode(0x2800 + dots[cell]!);
    const last = found.at(-1);
    if (last?.line === line) last.text += text;
    else found.push({ line, text });
  }
  return found;
}
