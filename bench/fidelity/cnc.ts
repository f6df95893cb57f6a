import type { PlannedUnit } from "../../src/scenario/plan.ts";
import { cutRows } from "./cut-rows.ts";
import { failureRows } from "./failure-rows.ts";
import { experimentRows } from "./experiments.ts";
import { planFleet } from "./fleet.ts";
import { libraryWith } from "./library.ts";
import { ruleRows } from "./rule-rows.ts";
import { driveRows, LIGHT_CUTS, streamRows } from "./stream-rows.ts";
import type { FidelityTable } from "./table.ts";
import { wearRows } from "./wear-rows.ts";
import { fleetWeek, oeeRows, PROFILES } from "./week.ts";

/** The reference is a mill-turn, so ours is what is held against it: Z is level, X carries the turret. */
const MILL_TURN = { model: "cnc/mill-turn-22kw", program: LIGHT_CUTS.reference, name: "mtc" };
const SHAFT = "programs/shaft-42crmo4";
const ROLES = { level: "z", slanting: "x" };
const CENTRE = { model: "cnc/vmc-3axis-15kw", program: "programs/housing-steel", name: "vmc" };
const OPERATION = { operation: "operations/continuous", failures: "none" } as const;

/** Every row of the scorecard that simulated machines can answer, and the experiments. */
export function cncRows(table: FidelityTable, machines: number, seed: number): void {
  const fleet = (line: typeof CENTRE): PlannedUnit[] =>
    planFleet([{ ...line, ...OPERATION, count: machines }], libraryWith([LIGHT_CUTS]));
  table.heading(`Spindle in the cut: ${machines} of ${CENTRE.model}, an hour at 10 Hz`);
  table.add(...cutRows(machines, seed));
  table.heading(
    `Published stream: ${machines} of ${MILL_TURN.model} with ${MILL_TURN.program}, a shift of 8 h`,
  );
  const lathes = fleet(MILL_TURN);
  table.add(...streamRows(lathes, ROLES, seed));
  table.heading(`Drives: ${machines} of ${MILL_TURN.model} with ${SHAFT}, half an hour at 50 Hz`);
  table.add(...driveRows(fleet({ ...MILL_TURN, program: SHAFT }), seed));
  table.heading(`Tools and rules: ${machines} of ${CENTRE.model} with ${CENTRE.program}, a shift of 8 h`);
  const centres = fleet(CENTRE);
  table.add(...wearRows(centres, seed), ...ruleRows(centres, seed));
  table.heading(`Effectiveness: ${machines} machines of three models in each organisation, a week`);
  for (const profile of PROFILES) table.add(...oeeRows(fleetWeek(profile, machines, seed)));
  table.add(...failureRows(seed));
  table.heading("Experiments: one thing changed, the same seed");
  table.add(...experimentRows(seed));
}
