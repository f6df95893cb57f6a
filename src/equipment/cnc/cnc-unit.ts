import { partOf, type Nameplate } from "../nameplate.ts";
import type { UnitContext } from "../unit-context.ts";
import type { Unit } from "../unit.ts";
import { CNC_COMMANDS, commandCnc } from "./commands.ts";
import { CncMachine, type Workpiece } from "./cnc-machine.ts";
import type { CncModel } from "./cnc-model.ts";
import { produce } from "./production.ts";
import { signalGroups } from "./signals.ts";

/** A CNC machine as a unit of a plant: the machine, what it publishes, and its working life. */
export function createCncUnit(
  context: UnitContext,
  model: CncModel,
  nameplate: Nameplate,
  workpieces: readonly Workpiece[],
): Unit {
  const machine = new CncMachine(context, model, workpieces);
  const groups = signalGroups(machine);
  const start = (): void => {
    machine.control.life = context.simulation.process(context.name, produce(machine));
    context.audit(groups);
  };
  return {
    context,
    kind: "cnc",
    nameplate,
    components: [
      partOf(nameplate, "main-spindle", "Main spindle", "Spindle"),
      ...(["x", "y", "z"] as const).map((axis) =>
        partOf(nameplate, `${axis}-axis`, `${axis.toUpperCase()} axis`, "LinearAxis"),
      ),
      partOf(nameplate, "tool-changer", "Tool changer", "ToolChanger"),
      partOf(nameplate, "control", "Numerical control", "NumericalControl"),
    ],
    groups,
    conditions: [machine.spindleTemperatureHigh],
    commands: CNC_COMMANDS,
    jobMachine: machine,
    start,
    command: (command) => commandCnc(machine, command),
  };
}
