import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FastRun, MachineRun, planFleet } from "./fleet.ts";
import { libraryWith } from "./library.ts";
import { OKUMA_ITEMS, OkumaStream } from "./okuma.ts";
import { mean } from "./statistics.ts";
import { ToolTrace, WEAR_LIMIT_MM } from "./wear-rows.ts";
import { chart, type Column, type Line } from "./svg.ts";
import type { Value } from "../../src/protocol/port.ts";

/** Of the same kind as the machine of the recorded stream. */
const CYCLE = { model: "cnc/mill-turn-22kw", program: "programs/shaft-42crmo4" } as const;
const LIFE = { model: "cnc/vmc-3axis-15kw", program: "programs/housing-steel" } as const;
/** Which program of the log has turning, milling and tool changes. */
const OKUMA_SEGMENT = 2;

/** Values of signals of one group against time. */
class Recording {
  readonly #lines: readonly [number, number][][];
  readonly #ids: readonly string[];

  constructor(ids: readonly string[]) {
    this.#ids = ids;
    this.#lines = ids.map(() => []);
  }

  add(values: readonly (Value | undefined)[], abscissa: number): void {
    for (const [i, value] of values.entries())
      if (typeof value === "number") this.#lines[i]!.push([abscissa, value]);
  }

  line(id: string, name = id): Line {
    return { name, points: this.#lines[this.#ids.indexOf(id)] ?? [] };
  }
}

/** Programs that have run before the one that is drawn, so that the machine is in its stride. */
const PROGRAMS_BEFORE = 2;
const CYCLE_MAX_S = 4 * 3600;

/** Speed, load, axes and temperature of one program from its begin to its end, as published. */
function drawCycle(model: string, program: string, seed: number): Column {
  const run = new MachineRun(planFleet([{ model, program, count: 1, name: "cnc" }], libraryWith())[0]!, seed);
  let [begun, start_s, done] = [0, NaN, false];
  run.onEvent(({ source, fields, time_s }) => {
    if (source !== "program-state") return;
    if (fields.to === "Running" && fields.from === "Initializing" && ++begun > PROGRAMS_BEFORE && !done)
      start_s = time_s;
    if (fields.to === "Ended" && !Number.isNaN(start_s)) [done, start_s] = [true, NaN];
  });
  const record = (ids: readonly string[]): Recording => {
    const recording = new Recording(ids);
    run.watch(ids, (values, time_s) => {
      if (!Number.isNaN(start_s)) recording.add(values, time_s - start_s);
    });
    return recording;
  };
  const speeds = ["spindle-speed", "tool-spindle-speed"].filter((id) => run.has(id));
  const loads = ["spindle-load", "tool-spindle-load"].filter((id) => run.has(id));
  const axes = ["x", "y", "z"];
  const motion = record([...speeds, ...loads, ...axes.flatMap((it) => [`${it}-position`, `${it}-load`])]);
  const thermal = record(["spindle-temperature"]);
  for (let until_s = 60; !done && until_s < CYCLE_MAX_S; until_s += 60) run.plant.advance(until_s);
  return {
    title: `Taktwerk: ${model}, ${program}`,
    abscissa: "time, s",
    panels: [
      { title: "spindle speed, r/min", lines: speeds.map((id) => motion.line(id, spindleName(id))) },
      { title: "spindle load, %", lines: loads.map((id) => motion.line(id, spindleName(id))) },
      {
        title: "axis positions, mm",
        lines: axes.map((it) => motion.line(`${it}-position`, it.toUpperCase())),
      },
      { title: "axis loads, %", lines: axes.map((it) => motion.line(`${it}-load`, it.toUpperCase())) },
      { title: "spindle temperature, °C", lines: [thermal.line("spindle-temperature")] },
    ],
  };
}

const spindleName = (id: string): string => (id.startsWith("tool-") ? "tool" : "main");

/** The same of the real machine; its log has no temperature. */
function drawOkuma(file: string): Column {
  const stream = new OkumaStream(file, OKUMA_SEGMENT);
  const lines = (items: readonly string[], names: readonly string[]): Line[] =>
    items.map((item, i) => ({ ...stream.line(item), name: names[i]! }));
  const axes = ["X", "Y", "Z"];
  return {
    title: "Okuma mill-turn, MTConnect log",
    abscissa: "time, s",
    panels: [
      { title: "spindle speed, r/min", lines: lines(OKUMA_ITEMS.speed, ["main", "tool"]) },
      { title: "spindle load, %", lines: lines(OKUMA_ITEMS.load, ["main", "tool"]) },
      { title: "axis positions, mm", lines: lines(OKUMA_ITEMS.positions, axes) },
      { title: "axis loads, %", lines: lines(OKUMA_ITEMS.axisLoads, axes) },
    ],
  };
}

/** One that roughs, whose load shows its wear, and the one that finishes, whose wear the parts show. */
const TOOLS = ["4", "9"] as const;
const LIFE_PARTS = 60;
const LIFE_PERIOD_S = 1;

/** Wear of a tool, load of its cuts and the parts' dimension, part by part, over some of its edges. */
function drawToolLife(tool: string, seed: number): Column {
  const { model, program } = LIFE;
  const run = new FastRun(planFleet([{ model, program, count: 1, name: "cnc" }], libraryWith())[0]!, seed);
  const trace = new ToolTrace(run);
  const points = {
    wear: [] as [number, number][],
    load: [] as [number, number][],
    deviation: [] as [number, number][],
  };
  let [part, loads]: [number, number[]] = [0, []];
  run.onEvent(({ kind, time_s }) => {
    if (kind !== "production") return;
    part++;
    const last = trace.engagements.findLast((it) => it.tool === tool);
    if (last) points.wear.push([part, last.wear * WEAR_LIMIT_MM]);
    if (loads.length > 0) points.load.push([part, mean(loads)]);
    points.deviation.push([part, run.truth("part-deviation", time_s)]);
    loads = [];
  });
  for (let until_s = 0; part < LIFE_PARTS && until_s < 20 * CYCLE_MAX_S; until_s += 600) {
    run.run(
      until_s,
      until_s + 600,
      LIFE_PERIOD_S,
      ["machine-state", "tool-number", "spindle-load"],
      ([state, inSpindle, load]) => {
        if (state === "Cutting" && inSpindle === tool) loads.push(Number(load));
      },
    );
  }
  return {
    title: `Taktwerk: ${model}, ${program}, tool ${tool}`,
    abscissa: "parts",
    panels: [
      {
        title: "flank wear when the part was begun, mm (truth)",
        lines: [{ name: "wear", points: points.wear, stepped: true }],
      },
      { title: "mean spindle load while it cuts, %", lines: [{ name: "load", points: points.load }] },
      { title: "deviation of the part, µm", lines: [{ name: "deviation", points: points.deviation }] },
    ],
  };
}

export interface ChartOptions {
  /** Folder, made when it is not there. */
  readonly out: string;
  readonly seed: number;
  /** A real stream to draw beside ours. */
  readonly okuma?: string;
}

/** Writes the charts as SVG files. @returns their names */
export function writeCharts({ out, seed, okuma }: ChartOptions): string[] {
  mkdirSync(out, { recursive: true });
  const cycle = [
    drawCycle(CYCLE.model, CYCLE.program, seed),
    ...(okuma === undefined ? [] : [drawOkuma(okuma)]),
  ];
  const files = {
    "cnc-cycle.svg": chart("One part, as the controller publishes it", cycle),
    "cnc-tool-life.svg": chart(
      "Lives of two tools",
      TOOLS.map((tool) => drawToolLife(tool, seed)),
    ),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  return Object.keys(files);
}
