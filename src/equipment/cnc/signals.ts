import type { RandomKey } from "../../engine/random.ts";
import { PollGroup, type PollRhythm } from "../../signal/poll-group.ts";
import type { Signal } from "../../signal/signal.ts";
import type { SignalGroup } from "../unit-context.ts";
import type { Watched } from "./conditions.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { axisSignals, pathSignals, spindleSignals } from "./drive-signals.ts";
import { ENERGY, MONITOR, MOTION, SLOW, STATUS } from "./poll-rhythms.ts";
import { energySignals, fluidSignals, monitorSignals, thermalSignals } from "./sensor-signals.ts";
import { statusSignals } from "./status-signals.ts";
import { toolSignals } from "./tool-signals.ts";

/** Everything that the machine's controller publishes, in its poll groups. */
export function signalGroups(machine: CncMachine, watched: readonly Watched[]): SignalGroup[] {
  const key = machine.context.key;
  const group = (id: string, rhythm: PollRhythm, signals: Signal[]): SignalGroup => ({
    poll: new PollGroup(id, rhythm, key.child("poll").child(id)),
    signals,
  });
  const noise: RandomKey = key.child("noise");
  const { axes, spindles } = machine.machining;
  return [
    group("motion", MOTION, [
      ...axes.flatMap((axis) => axisSignals(axis, noise)),
      ...spindles.flatMap((spindle) => spindleSignals(spindle, noise)),
      ...pathSignals(machine),
    ]),
    group("status", STATUS, statusSignals(machine, watched)),
    group("energy", ENERGY, energySignals(machine, noise)),
    group("monitor", MONITOR, monitorSignals(machine, noise)),
    group("fluids", SLOW, fluidSignals(machine, noise)),
    group("thermal", SLOW, thermalSignals(machine, noise)),
    group("tools", SLOW, toolSignals(machine)),
  ];
}
