import type { Value } from "../../src/protocol/port.ts";
import type { PlannedUnit } from "../../src/scenario/plan.ts";
import { FastRun, MachineRun } from "./fleet.ts";
import type { Variant } from "./library.ts";
import { progress } from "./progress.ts";
import { OKUMA } from "./references.ts";
import { autocorrelation, mean, median, quantile, quantiles } from "./statistics.ts";
import { inside, near, type FidelityRow } from "./table.ts";

const SHIFT_S = 8 * 3600;
/** Relative tolerance of the scorecard for figures of the Okuma log. */
const TOLERANCE = 0.2;
/** A program that is shorter says nothing of an autocorrelation. */
const POLLS_LEAST = 100;

/** What one axis did while programs ran. */
class AxisRecord {
  readonly loads: number[] = [];
  /** Between two changes of its position while it was on its way. */
  readonly intervals_s: number[] = [];
  readonly autocorrelations: number[][] = OKUMA.level.autocorrelation.map(() => []);
  changes = 0;
  #program: number[] = [];
  #position: Value | undefined;
  #changed_s = NaN;
  #moving = false;

  add(load: number, position: Value | undefined, time_s: number): void {
    if (load !== this.#program[this.#program.length - 1]) this.changes++;
    this.#program.push(load);
    // A standing axis dithers in its last digit, which is no motion.
    const moving = Math.abs(Number(position) - Number(this.#position)) > 0.01;
    if (moving) {
      if (this.#moving) this.intervals_s.push(time_s - this.#changed_s);
      this.#changed_s = time_s;
    }
    this.#moving = moving;
    this.#position = position;
  }

  /** The program has ended. */
  close(): void {
    this.loads.push(...this.#program);
    if (this.#program.length >= POLLS_LEAST) {
      for (const [i, [lag]] of OKUMA.level.autocorrelation.entries()) {
        const found = autocorrelation(this.#program, lag);
        if (!Number.isNaN(found)) this.autocorrelations[i]!.push(found);
      }
    }
    this.#program = [];
    this.#moving = false;
  }
}

/** The reference's programs are light cuts, spindle load below 10 %; so the same part is made in many thin ones. */
export const LIGHT_CUTS: Variant = {
  reference: "programs/fidelity-light",
  from: "programs/shaft-42crmo4",
  edit: (program) => {
    for (const [i, passes] of [20, 11, 1].entries()) {
      const cut = { depth_mm: 0.4, feed_mm_rev: 0.12, passes };
      for (const [field, value] of Object.entries(cut)) program.setIn(["operations", i, field], value);
    }
  },
};

/** Which axis of a machine stands for which of the reference's. */
export interface AxisRoles {
  /** Level, carries nothing. */
  readonly level: string;
  /** Carries its weight. */
  readonly slanting: string;
}

/** C5 and C6: how a shift of machines is published, at the controller's own polls. */
export function streamRows(units: readonly PlannedUnit[], roles: AxisRoles, seed: number): FidelityRow[] {
  const records = { level: new AxisRecord(), slanting: new AxisRecord() };
  for (const [i, unit] of units.entries()) {
    progress(`stream: machine ${i + 1} of ${units.length}`);
    watchShift(new MachineRun(unit, seed), roles, records);
  }
  const intervals = [...records.level.intervals_s, ...records.slanting.intervals_s];
  return [
    ...OKUMA.interval_s.map(([share, target]) =>
      near(
        {
          id: "C5",
          what: `update interval of a moving axis at ${100 * share} %, s`,
          value: quantile(intervals, share),
          source: OKUMA.source,
          fitted: true,
        },
        target,
        TOLERANCE * target,
      ),
    ),
    ...(["level", "slanting"] as const).flatMap((role) => axisRows(role, roles[role], records[role])),
  ];
}

function watchShift(
  run: MachineRun,
  { level, slanting }: AxisRoles,
  records: { readonly level: AxisRecord; readonly slanting: AxisRecord },
): void {
  let running = false;
  run.onEvent(({ source, fields }) => {
    if (source !== "program-state") return;
    running = fields.to === "Running";
    if (running) return;
    records.level.close();
    records.slanting.close();
  });
  const ids = [level, slanting].flatMap((axis) => [`${axis}-load`, `${axis}-position`]);
  run.watch(ids, ([levelLoad, levelAt, slantingLoad, slantingAt], time_s) => {
    if (!running) return;
    records.level.add(Number(levelLoad), levelAt, time_s);
    records.slanting.add(Number(slantingLoad), slantingAt, time_s);
  });
  run.plant.advance(SHIFT_S);
  // What is cut off by the shift's end is no whole program.
  records.level.close();
  records.slanting.close();
}

function axisRows(role: "level" | "slanting", axis: string, record: AxisRecord): FidelityRow[] {
  const target = OKUMA[role];
  const [middle = NaN, high = NaN, max = NaN] = quantiles(record.loads, [0.5, 0.95, 1]);
  const name = `${axis.toUpperCase()} load (${role === "level" ? "level axis" : "axis that carries weight"})`;
  const head = { id: "C6", source: OKUMA.source, fitted: true };
  const relative = (what: string, value: number, to: number): FidelityRow =>
    near({ ...head, what: `${name}, ${what}`, value }, to, TOLERANCE * to);
  const whole = record.loads.filter(Number.isInteger).length / record.loads.length;
  return [
    relative("median, %", middle, target.median),
    relative("95 % quantile, %", high, target.p95),
    relative("largest, %", max, target.max),
    inside({ ...head, what: `${name}, share of integers`, value: whole }, 1, 1),
    ...target.autocorrelation.map(([lag, to], i) =>
      near(
        {
          ...head,
          what: `${name}, autocorrelation after ${plainSeconds(lag)} s`,
          value: mean(record.autocorrelations[i]!),
          fitted: true,
        },
        to,
        0.2,
      ),
    ),
    near(
      {
        ...head,
        id: "C5",
        what: `${name}, changes a poll`,
        value: record.changes / record.loads.length,
        fitted: true,
      },
      target.changes,
      0.2,
    ),
  ];
}

const plainSeconds = (polls: number): string => (polls * OKUMA.period_s).toFixed(2);

const FINE_S = 0.02;
const DRIVE_SPAN_S = 1800;

/** C7 and C8: run-ups, rapids and tool changes of one machine after the other, looked at faster than they are. */
export function driveRows(units: readonly PlannedUnit[], seed: number): FidelityRow[] {
  const found = units.map((unit, i) => {
    progress(`drives: machine ${i + 1} of ${units.length}`);
    return watchDrives(unit, seed);
  });
  const gaps_s = found.flatMap((it) => it.gaps_s);
  const head = { source: OKUMA.source, fitted: true };
  const { low, high, median: middle } = OKUMA.toolChange_s;
  const [first = NaN, half = NaN, third = NaN] = quantiles(gaps_s, [0.25, 0.5, 0.75]);
  return [
    inside(
      {
        ...head,
        id: "C7",
        what: "largest spindle load at run-up, %",
        value: Math.max(...found.map((it) => it.load)),
      },
      140,
      190,
    ),
    near(
      {
        ...head,
        id: "C7",
        what: "fastest axis over its rapid traverse",
        value: median(found.map((it) => it.rapid)),
        fitted: false,
      },
      1,
      0.01,
    ),
    near(
      {
        ...head,
        id: "C8",
        what: `tool number empty during a change, median of ${gaps_s.length}, s`,
        value: half,
      },
      middle,
      0.4,
    ),
    near({ ...head, id: "C8", what: "the same, lower quartile, s", value: first }, low, 0.4),
    near({ ...head, id: "C8", what: "the same, upper quartile, s", value: third }, high, 0.4),
  ];
}

interface DriveRecord {
  readonly load: number;
  /** Largest velocity of an axis over its limit. */
  readonly rapid: number;
  /** How long no tool was in the spindle. */
  readonly gaps_s: readonly number[];
}

function watchDrives(unit: PlannedUnit, seed: number): DriveRecord {
  const run = new FastRun(unit, seed);
  const axes = (["x", "y", "z"] as const).map((name) => ({
    id: `${name}-position`,
    limit: unit.model.axes[name].rapid_mm_min / 60,
  }));
  const gaps_s: number[] = [];
  let [load, rapid, empty_s] = [0, 0, NaN];
  let before: readonly (Value | undefined)[] = [];
  const ids = ["spindle-load", "tool-number", ...axes.map((it) => it.id)];
  run.run(0, DRIVE_SPAN_S, FINE_S, ids, (values, time_s) => {
    const [shown, tool, ...positions] = values;
    load = Math.max(load, Number(shown));
    if (tool === "" && before[1] !== "" && before[1] !== undefined) empty_s = time_s;
    if (tool !== "" && !Number.isNaN(empty_s)) {
      gaps_s.push(time_s - empty_s);
      empty_s = NaN;
    }
    for (const [i, { limit }] of axes.entries()) {
      const velocity = Math.abs(Number(positions[i]) - Number(before[i + 2])) / FINE_S;
      if (velocity / limit > rapid) rapid = velocity / limit;
    }
    before = values;
  });
  return { load, rapid, gaps_s };
}
