import { TimeBook, type Effectiveness } from "../../src/runtime/effectiveness.ts";
import { CNC_TIME_MODEL } from "../../src/equipment/cnc/time-model.ts";
import type { PlannedUnit } from "../../src/scenario/plan.ts";
import { FastRun } from "./fleet.ts";

/** A while in which a machine was in one state. */
export interface Spell {
  readonly state: string;
  readonly from_s: number;
  readonly to_s: number;
}

/** What one machine did in a span, from its events and the truth behind its meters. */
export interface MachineWeek {
  readonly unit: PlannedUnit;
  readonly effectiveness: Effectiveness;
  readonly spells: readonly Spell[];
  /** By state, kWh. */
  readonly energy_kwh: ReadonlyMap<string, number>;
  /** By program, whole ones. */
  readonly parts: ReadonlyMap<string, number>;
  readonly good: number;
  readonly scrapped: number;
  /** Edges that were replaced. */
  readonly tools: number;
  readonly alarms: number;
  readonly failures: number;
}

/** By program name, the time from part to part for which the work was planned, s. */
export type DesignCycles = ReadonlyMap<string, number>;

/** Runs one machine through a span and keeps its books. */
export function watchWeek(
  unit: PlannedUnit,
  seed: number,
  span_s: number,
  cycles: DesignCycles,
): MachineWeek {
  const run = new FastRun(unit, seed);
  const energy_kwh = new Map<string, number>();
  const parts = new Map<string, number>();
  const tools = new ToolCount(run);
  const spells: Spell[] = [];
  const book = new TimeBook(CNC_TIME_MODEL);
  let [state, since_s, meter_kwh, alarms, failures] = ["Ready", 0, 0, 0, 0];
  const close = (time_s: number): void => {
    const now_kwh = run.truth("energy", time_s);
    energy_kwh.set(state, (energy_kwh.get(state) ?? 0) + now_kwh - meter_kwh);
    if (time_s > since_s) spells.push({ state, from_s: since_s, to_s: time_s });
    [since_s, meter_kwh] = [time_s, now_kwh];
  };
  run.onEvent(({ kind, source, fields, time_s }) => {
    if (kind === "condition" && fields.active === true) alarms++;
    if (kind === "production")
      parts.set(String(fields.program), (parts.get(String(fields.program)) ?? 0) + 1);
    if (source !== "machine-state") return;
    tools.look(time_s);
    close(time_s);
    if (fields.to === "Repair") failures++;
    state = String(fields.to);
    book.enter(state, time_s);
  });
  run.cell.run(span_s);
  close(span_s);
  const good = run.published("parts-produced", span_s);
  const scrapped = run.published("parts-scrapped", span_s);
  let designed_s = 0;
  for (const [program, count] of parts) designed_s += count * (cycles.get(program) ?? NaN);
  return {
    ...{ unit, spells, energy_kwh, parts, good, scrapped, alarms, failures, tools: tools.replaced },
    effectiveness: book.until(span_s, { good, scrapped, designed_s }),
  };
}

/** Counts edges that were replaced: minutes of use that begin anew. */
class ToolCount {
  replaced = 0;
  readonly #run: FastRun;
  readonly #ids: readonly string[];
  readonly #minutes: number[];

  constructor(run: FastRun) {
    this.#run = run;
    this.#ids = run.signalIds.filter((id) => /^tool-\d+-life$/.test(id));
    this.#minutes = this.#ids.map((id) => run.truth(id, 0));
  }

  look(time_s: number): void {
    for (const [i, id] of this.#ids.entries()) {
      const minutes = this.#run.truth(id, time_s);
      if (minutes < this.#minutes[i]!) this.replaced++;
      this.#minutes[i] = minutes;
    }
  }
}

/** Median time of a program that nothing disturbs, s. */
export function programTime_s(unit: PlannedUnit, seed: number, span_s: number): number {
  const times_s: number[] = [];
  let begun_s = NaN;
  const run = new FastRun(unit, seed);
  run.onEvent(({ source, fields, time_s }) => {
    if (source !== "program-state") return;
    if (fields.to === "Ended") times_s.push(time_s - begun_s);
    begun_s = fields.to === "Running" && fields.from === "Initializing" ? time_s : NaN;
  });
  run.cell.run(span_s);
  times_s.sort((a, b) => a - b);
  return times_s[times_s.length >> 1] ?? NaN;
}
