import type { PlannedUnit } from "../../src/scenario/plan.ts";
import { FastRun } from "./fleet.ts";
import { progress } from "./progress.ts";
import { WEAR_CURVE } from "./references.ts";
import { deviation, median } from "./statistics.ts";
import { near, type FidelityRow } from "./table.ts";

const SPAN_S = 8 * 3600;
/** Of the cutting force a mm of flank wear; what the displayed tool load says of the wear. */
const FORCE_PER_MM = 0.88;
/** At the end of an edge's life (ISO 8688). */
export const WEAR_LIMIT_MM = 0.3;
/** Half of the window around a share of life in which wear is looked at. */
const WINDOW = 0.025;

/** A tool goes into the cut. */
export interface Engagement {
  readonly time_s: number;
  readonly tool: string;
  /** Share of the edge's life that is used up. */
  readonly used: number;
  /** Flank wear over its limit. */
  readonly wear: number;
}

/** What the chronicle of a machine tells of its tools, which no signal shows. */
export class ToolTrace {
  readonly engagements: Engagement[] = [];
  /** By tool, edge after edge: minutes that it would last as it is used just now, one entry a cut. */
  readonly lives_min = new Map<string, number[][]>();
  #tool = "";
  #used = NaN;
  #minutes_s = NaN;
  /** The load that is told next is that of a cut which begins, and not of one that ends. */
  #begun = false;

  constructor(run: FastRun) {
    run.cell.chronicle.onEntry = ({ time_s, id, values: [value, rate] }) => {
      const tool = /^tool-(\d+)-(life|used)$/.exec(id);
      if (tool && Number(rate) > 0) this.#use(tool[1]!, tool[2]!, Number(value), Number(rate));
      else if (tool?.[2] === "used" && value === 0) this.#edges(tool[1]!).push([]);
      else if (id === "tool-load" && this.#begun) {
        this.#begun = false;
        const wear = (Number(value) / 100 - 1) / FORCE_PER_MM / WEAR_LIMIT_MM;
        this.engagements.push({ time_s, tool: this.#tool, used: this.#used, wear });
      }
    };
  }

  /** A tool begins to be used: its minutes are told first, then the share of its life. */
  #use(tool: string, what: string, value: number, rate: number): void {
    if (what === "life") {
      this.#minutes_s = rate;
      return;
    }
    this.#tool = tool;
    this.#used = value;
    this.#begun = true;
    this.#edges(tool)
      .at(-1)!
      .push(this.#minutes_s / rate);
  }

  #edges(tool: string): number[][] {
    const known = this.lives_min.get(tool) ?? [[]];
    this.lives_min.set(tool, known);
    return known;
  }
}

/** C9: flank wear against the share of an edge's life, and how edges of one kind differ. */
export function wearRows(units: readonly PlannedUnit[], seed: number): FidelityRow[] {
  const seen: Engagement[] = [];
  const lives = new Map<string, number[]>();
  for (const [i, unit] of units.entries()) {
    progress(`wear: machine ${i + 1} of ${units.length}`);
    const run = new FastRun(unit, seed);
    const trace = new ToolTrace(run);
    run.cell.run(SPAN_S);
    seen.push(...trace.engagements);
    for (const [tool, edges] of trace.lives_min) {
      const first = edges.flatMap(([life]) => (life === undefined ? [] : [life]));
      lives.set(tool, [...(lives.get(tool) ?? []), ...first]);
    }
  }
  const logs = [...lives.values()].flatMap((ofTool) => {
    const middle = median(ofTool);
    return ofTool.map((life) => Math.log(life / middle));
  });
  const head = { id: "C9", source: WEAR_CURVE.source, fitted: true };
  return [
    ...WEAR_CURVE.points.map(([share, target]) => {
      const near_ = seen.filter(({ used }) => Math.abs(used - share) <= WINDOW).map(({ wear }) => wear);
      const what = `flank wear over its limit after ${share} of an edge's life (${near_.length} cuts)`;
      return near({ ...head, what, value: median(near_) }, target, 0.08);
    }),
    near(
      {
        ...head,
        what: `deviation of the logarithm of life from edge to edge (${logs.length} edges)`,
        value: logs.length > 0 ? deviation(logs) : NaN,
      },
      0.24,
      0.1,
    ),
  ];
}
