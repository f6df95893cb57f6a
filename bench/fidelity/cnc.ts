import { cutRows } from "./cut-rows.ts";
import { planFleet } from "./fleet.ts";
import { libraryWith } from "./library.ts";
import { driveRows, streamRows, type AxisRoles } from "./stream-rows.ts";
import type { FidelityTable } from "./table.ts";

/** The reference is a mill-turn, so ours is what is held against it. */
const MILL_TURN = {
  model: "cnc/mill-turn-22kw",
  program: "programs/shaft-42crmo4",
  roles: { level: "z", slanting: "x" },
};
const CENTRE = {
  model: "cnc/vmc-3axis-15kw",
  program: "programs/housing-steel",
  roles: { level: "x", slanting: "z" },
};

/** Every row of the scorecard that a simulated shift can answer. */
export function cncRows(table: FidelityTable, machines: number, seed: number): void {
  table.heading(`spindle in the cut: ${machines} machining centres, an hour each at 10 Hz`);
  table.add(...cutRows(machines, seed));
  const { model, program, roles } = streamed();
  table.heading(`published stream: ${machines} machines, ${model} with ${program}, a shift of 8 h`);
  const units = planFleet([{ model, program, count: machines, name: "cnc" }], libraryWith());
  table.add(...streamRows(units, roles, seed), ...driveRows(units, seed));
}

function streamed(): { model: string; program: string; roles: AxisRoles } {
  const known = libraryWith().list();
  return known.some((it) => it.reference === MILL_TURN.model) ? MILL_TURN : CENTRE;
}
