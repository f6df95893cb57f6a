import { Derived } from "../../signal/trajectory.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** Operating hours between two services, as makers of such machines ask for. */
const SERVICE_INTERVAL_H = 2000;
/** Share of the time on which a machine in use works off programs; assumed. */
const USUAL_USE = 0.55;
/** Share of its program's time that a tool is in the cut, where nothing better is known; assumed. */
const USUAL_CUT = 0.25;

/** Minutes until the first tool of the selected program reaches its planned life; what its counter says. */
export function toolChangeDue(machine: CncMachine): Derived {
  return new Derived((time_s) => {
    let least_min = Infinity;
    for (const operation of machine.workpiece.program.operations) {
      const { limit_min, minutes } = machine.machining.magazine.get(operation.tool)!;
      least_min = Math.min(least_min, Math.max(0, limit_min - minutes.value(time_s)));
    }
    return least_min / USUAL_CUT;
  });
}

/** Hours until the operating hours reach the next multiple of the service interval. */
export function maintenanceDue({ operationTime }: CncMachine): Derived {
  return new Derived((time_s) => {
    const left_h = SERVICE_INTERVAL_H - (operationTime.hours.value(time_s) % SERVICE_INTERVAL_H);
    return left_h / USUAL_USE;
  });
}
