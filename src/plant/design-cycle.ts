import { RandomKey } from "../engine/random.ts";
import { Cell, type UnitPlan } from "./cell.ts";

/** What was planned for one part of a program, on a machine that nothing disturbs. */
export interface DesignCycle {
  /** From the program's begin to its end, s. */
  readonly program_s: number;
  /** With the handling that is planned for: from part to part, s. */
  readonly cycle_s: number;
}

/** No program that there is takes longer. */
const LONGEST_S = 8 * 3600;

/** Finds out by making one part of each program in a unit's memory. @returns by the program's name */
export function designCycles(plan: UnitPlan): ReadonlyMap<string, DesignCycle> {
  const { pallets } = plan.organisation;
  const { load, unload } = plan.model.handling;
  const handling_s = pallets?.change_s ?? load.median_s + unload.median_s;
  return new Map(
    plan.workpieces.map((workpiece) => {
      const program_s = programTime_s({ ...undisturbed(plan), workpieces: [workpiece] });
      return [workpiece.program.name, { program_s, cycle_s: program_s + handling_s }];
    }),
  );
}

/** Nobody is away, nothing is set up, nothing breaks. */
function undisturbed({ organisation, ...plan }: UnitPlan): UnitPlan {
  const { shifts: _shifts, batch: _batch, microStops: _microStops, ...rest } = organisation;
  const around = { ...rest, warmUp_min: 0 };
  return { ...plan, organisation: around, failures: "none", faults: [], history_s: 0 };
}

function programTime_s(plan: UnitPlan): number {
  const cell = new Cell(plan, RandomKey.root("design"));
  let [begun_s, taken_s] = [0, NaN];
  cell.unit.context.events.listen(({ source, fields, time_s }) => {
    if (source !== "program-state" || !Number.isNaN(taken_s)) return;
    if (fields["to"] === "Running") begun_s = time_s;
    if (fields["to"] === "Ended") taken_s = time_s - begun_s;
  });
  while (Number.isNaN(taken_s) && cell.now_s < LONGEST_S) cell.run(cell.next_s);
  return taken_s;
}
