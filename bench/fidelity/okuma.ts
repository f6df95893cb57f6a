import { readFileSync } from "node:fs";
import type { Line } from "./svg.ts";

/** Items of the log that a chart shows, by what our signals call them. */
export const OKUMA_ITEMS = {
  speed: ["S1speed", "S6speed"],
  load: ["S1load", "S6load"],
  positions: ["X1actw", "YI1actw", "Z1actw"],
  axisLoads: ["X1load", "YS1load", "Z1load"],
} as const;

/** A recorded stream that its user has: CSV with segment, t_s, item, value; published on change. */
export class OkumaStream {
  readonly #items = new Map<string, [number, number][]>();
  readonly #end_s: number;

  /** @param segment  which program of the log */
  constructor(file: string, segment: number) {
    let end_s = 0;
    for (const line of readFileSync(file, "utf8").split(/\r?\n/).slice(1)) {
      const [part, time, item, ...rest] = line.split(",");
      if (Number(part) !== segment || time === undefined || item === undefined) continue;
      end_s = Math.max(end_s, Number(time));
      const value = Number(rest.join(","));
      if (rest.join(",") === "" || Number.isNaN(value)) continue;
      const points = this.#items.get(item) ?? [];
      points.push([Number(time), value]);
      this.#items.set(item, points);
    }
    if (end_s === 0) throw new Error(`${file} has no segment ${segment}`);
    this.#end_s = end_s;
  }

  /** What was published of an item, held to the end of the segment; empty when it is not in the log. */
  line(item: string): Line {
    const points = this.#items.get(item) ?? [];
    const last = points[points.length - 1];
    return { name: item, stepped: true, points: last ? [...points, [this.#end_s, last[1]] as const] : [] };
  }
}
