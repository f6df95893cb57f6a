import type { RandomKey } from "../../engine/random.ts";
import type { SignalGroup } from "../sensors.ts";
import type { Watched } from "./conditions.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { axisSignals, pathSignals, spindleSignals } from "./drive-signals.ts";
import { ENERGY, MONITOR, MOTION, SLOW, STATUS } from "./poll-rhythms.ts";
import { energySignals, fluidSignals, monitorSignals, thermalSignals } from "./sensor-signals.ts";
import { statusSignals } from "./status-signals.ts";
import { toolSignals } from "./tool-signals.ts";

/** Everything that the machine's controller publishes, in its poll groups. */
export function signalGroups(machine: CncMachine, watched: readonly Watched[]): SignalGroup[] {
  const { context } = machine;
  const noise: RandomKey = context.key.child("noise");
  const { axes, spindles } = machine.machining;
  return [
    context.group("motion", MOTION, [
      ...axes.flatMap((axis) => axisSignals(axis, noise)),
      ...spindles.flatMap((spindle) => spindleSignals(spindle, noise)),
      ...pathSignals(machine),
    ]),
    context.group("status", STATUS, statusSignals(machine, watched)),
    context.group("energy", ENERGY, energySignals(machine, noise)),
    context.group("monitor", MONITOR, monitorSignals(machine, noise)),
    context.group("fluids", SLOW, fluidSignals(machine, noise)),
    context.group("thermal", SLOW, thermalSignals(machine, noise)),
    context.group("tools", SLOW, toolSignals(machine)),
  ];
}
