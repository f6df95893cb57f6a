import type { Trajectory } from "../../signal/trajectory.ts";
import { FaultInjection, type ScheduledFault } from "../fault-injection.ts";
import { partOf, type Nameplate } from "../nameplate.ts";
import { SENSOR_FAULTS } from "../sensor-faults/catalogue.ts";
import type { UnitContext } from "../unit-context.ts";
import type { Unit } from "../unit.ts";
import { Attendance } from "./attendance.ts";
import { CNC_COMMANDS, commandCnc } from "./commands.ts";
import { CncMachine } from "./cnc-machine.ts";
import type { CncModel } from "./cnc-model.ts";
import { CNC_FAULTS } from "./faults/catalogue.ts";
import { Maintenance } from "./maintenance.ts";
import { Roster, type Organisation } from "./organisation.ts";
import type { Workpiece } from "./part-program.ts";
import { Production } from "./production.ts";
import { signalGroups } from "./signals.ts";
import { CNC_TIME_MODEL } from "./time-model.ts";

/** What a machine is to do, for whom, and when. */
export interface CncPlan {
  readonly model: CncModel;
  /** In the control's memory; the first is selected. */
  readonly workpieces: readonly Workpiece[];
  readonly organisation: Organisation;
  /** Of plant time 0: seconds since Monday, 00:00, in the plant's time zone. */
  readonly weekStart_s: number;
  /** Whether faults come by themselves. */
  readonly failures: "natural" | "none";
  /** Those that the scenario schedules. */
  readonly faults: readonly ScheduledFault[];
}

/** A CNC machine as a unit of a plant: the machine, what it publishes, its working life and its faults. */
export function createCncUnit(context: UnitContext, nameplate: Nameplate, plan: CncPlan): Unit {
  const machine = new CncMachine(context, plan.model, plan.workpieces);
  const attendance = new Attendance(machine, plan.organisation);
  const faults = new FaultInjection(context, machine, [...CNC_FAULTS, ...SENSOR_FAULTS]);
  const groups = signalGroups(machine, attendance.watched);
  const roster = new Roster(plan.organisation, plan.weekStart_s);
  const production = new Production(machine, plan.organisation, roster);
  const start = (): void => {
    const { simulation, name } = context;
    machine.control.live(production.live());
    simulation.process(`${name}: attendance`, attendance.attend());
    simulation.process(`${name}: micro-stops`, production.stumble());
    for (const fault of plan.faults) faults.schedule(fault);
    if (plan.failures === "natural") new Maintenance(machine, faults, attendance).start();
    context.audit(groups);
  };
  const { axes, toolSpindle, magazine } = machine.machining;
  return {
    context,
    kind: "cnc",
    nameplate,
    components: [
      partOf(nameplate, "main-spindle", "Main spindle", "Spindle"),
      ...(toolSpindle ? [partOf(nameplate, "tool-spindle", "Tool spindle", "Spindle")] : []),
      ...axes.map(({ name, drive }) =>
        partOf(
          nameplate,
          `${name}-axis`,
          `${name.toUpperCase()} axis`,
          drive.unit === "mm" ? "LinearAxis" : "RotaryAxis",
        ),
      ),
      partOf(nameplate, "tool-changer", "Tool changer", "ToolChanger"),
      partOf(nameplate, "control", "Numerical control", "NumericalControl"),
    ],
    groups,
    tools: [...magazine.values()].map(({ number, title }) => ({
      number,
      title,
      life: `tool-${number}-life`,
      locked: `tool-${number}-locked`,
    })),
    truths: new Map<string, Trajectory>([
      ["spindle-growth", machine.machining.spindle.growth],
      ["screw-growth", machine.screw.growth],
      ...[...magazine.values()].flatMap(({ number, used, wear }) => [
        [`tool-${number}-used`, used] as const,
        [`tool-${number}-wear`, wear] as const,
      ]),
    ]),
    conditions: attendance.watched.map(({ condition }) => condition),
    timeModel: CNC_TIME_MODEL,
    faults,
    commands: CNC_COMMANDS,
    jobMachine: machine,
    start,
    command: (command) => faults.command(command) ?? commandCnc(machine, command),
  };
}
