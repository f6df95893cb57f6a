import type { Command } from "../../src/protocol/port.ts";
import type { Catalog } from "../../src/plant/catalog.ts";
import { CutFinder } from "./cuts.ts";
import { FastRun, planFleet } from "./fleet.ts";
import { mean, median } from "./statistics.ts";
import { ToolTrace } from "./wear-rows.ts";

/** One setting of a machine and its work; experiments change one thing in it. */
export interface Setting {
  readonly catalog: Catalog;
  readonly model: string;
  readonly program: string;
  readonly operation?: string;
  /** Given before the first part. */
  readonly commands?: readonly Command[];
  /** In whose cuts load and power are measured. */
  readonly tool: string;
  readonly span_s: number;
}

/** What a machine did, as it published it. */
export interface Response {
  /** In steady cuts of the tool, means. */
  readonly power_kw: number;
  readonly load: number;
  /** Cutting force over that of a sharp tool, as the control shows it. */
  readonly toolLoad: number;
  readonly vibration_mm_s: number;
  readonly coolant_bar: number;
  /** From a program's begin to its end, median. */
  readonly cycle_s: number;
  /** Of the parts, in their order; the last is the newest. */
  readonly deviations_um: readonly number[];
  /** Of the spindle, at the end. */
  readonly temperature_c: number;
  /** Minutes in the cut that the tool's edge lasts as it is used; from the chronicle, since no signal shows it. */
  readonly life_min: number;
  readonly parts: number;
  readonly alarms: readonly string[];
}

const PERIOD_S = 0.1;
const LEAST_S = 4;
const ENDS_S = 0.5;
const MEASURED = ["spindle-power", "spindle-load", "tool-load", "vibration", "coolant-pressure"];
const POSITIONS = ["x-position", "y-position", "z-position"];

/** Runs machines of one setting, alike but for their names, and takes their means. */
export function respond(setting: Setting, machines: number, seed: number): Response {
  const { model, program, operation, catalog } = setting;
  const line = {
    model,
    program,
    count: machines,
    name: "cnc",
    ...(operation === undefined ? {} : { operation }),
  };
  const all = planFleet([line], catalog).map((unit) => respondAlone(new FastRun(unit, seed), setting));
  const over = (figure: (response: Response) => number): number => mean(all.map(figure));
  const parts = Math.min(...all.map((it) => it.deviations_um.length));
  return {
    power_kw: over((it) => it.power_kw),
    load: over((it) => it.load),
    toolLoad: over((it) => it.toolLoad),
    vibration_mm_s: over((it) => it.vibration_mm_s),
    coolant_bar: over((it) => it.coolant_bar),
    cycle_s: over((it) => it.cycle_s),
    deviations_um: Array.from({ length: parts }, (_, i) => over((it) => it.deviations_um[i]!)),
    temperature_c: over((it) => it.temperature_c),
    life_min: over((it) => it.life_min),
    parts: over((it) => it.parts),
    alarms: [...new Set(all.flatMap((it) => it.alarms))],
  };
}

function respondAlone(run: FastRun, { commands = [], tool, span_s }: Setting): Response {
  const cycles_s: number[] = [];
  const deviations_um: number[] = [];
  const alarms: string[] = [];
  let [begun_s, parts] = [NaN, 0];
  run.onEvent(({ kind, source, fields, time_s }) => {
    if (kind === "condition" && fields.active === true) alarms.push(source);
    if (kind === "production") {
      parts++;
      deviations_um.push(run.truth("part-deviation", time_s));
    }
    if (source !== "program-state") return;
    if (fields.to === "Ended" && !Number.isNaN(begun_s)) cycles_s.push(time_s - begun_s);
    begun_s = fields.to === "Running" && fields.from === "Initializing" ? time_s : NaN;
  });
  for (const command of commands) run.command(command.name, command.arguments);
  const finder = new CutFinder(LEAST_S / PERIOD_S, ENDS_S / PERIOD_S);
  const trace = new ToolTrace(run);
  run.run(
    0,
    span_s,
    PERIOD_S,
    ["machine-state", "tool-number", ...POSITIONS, ...MEASURED],
    (seen, time_s) => {
      const [state, inSpindle, ...rest] = seen;
      const position = rest.slice(0, POSITIONS.length).map(Number);
      finder.add({
        time_s,
        state,
        tool: inSpindle,
        position,
        values: rest.slice(POSITIONS.length).map(Number),
      });
    },
  );
  finder.close();
  const cuts = finder.cuts.filter((it) => it.tool === tool);
  const [power_kw = NaN, load = NaN, toolLoad = NaN, vibration_mm_s = NaN, coolant_bar = NaN] = MEASURED.map(
    (_id, i) => mean(cuts.flatMap(({ series }) => series[i]!)),
  );
  return {
    ...{
      power_kw,
      load,
      toolLoad: toolLoad / 100,
      vibration_mm_s,
      coolant_bar,
      deviations_um,
      parts,
      alarms,
    },
    cycle_s: median(cycles_s),
    temperature_c: run.truth("spindle-temperature", span_s),
    // Of the first edge, which is the same one whatever is changed; its last cut, when what is changed has set in.
    life_min: trace.lives_min.get(tool)?.[0]?.at(-1) ?? NaN,
  };
}
