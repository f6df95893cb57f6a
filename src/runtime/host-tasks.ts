import type { RecordedInput } from "../plant/cell.ts";
import type { Plan } from "../scenario/plan.ts";
import type { HostTask } from "./host-link.ts";
import { unitsOfHost } from "./opcua-servers.ts";

/** Deals the cells out in turn, so that every host gets its share of each group. A cell is one unit so far. */
export function partition(
  plan: Plan,
  inputs: readonly RecordedInput[],
  hosts: number,
): Pick<HostTask, "plan" | "inputs">[] {
  return Array.from({ length: hosts }, (_, host) => {
    const units = unitsOfHost(plan.units, host, hosts);
    const names = new Set(units.map((unit) => unit.name));
    return { plan: { ...plan, units }, inputs: inputs.filter((input) => names.has(input.cell)) };
  });
}
