import type { Trajectory } from "../signal/trajectory.ts";
import type { CommandHead, CommandOutcome, UnitCommand } from "./command.ts";
import type { Condition } from "./condition.ts";
import type { FaultListener, FaultWindow, ScheduledFault } from "./fault-injection.ts";
import type { FaultParameters, Objection } from "./fault-kind.ts";
import type { JobMachine } from "./job-commands.ts";
import type { ComponentPlate, Nameplate } from "./nameplate.ts";
import type { SignalGroup } from "./sensors.ts";
import type { TimeModel } from "./time-model.ts";
import type { UnitContext } from "./unit-context.ts";

/** A tool, and the ids of the signals that show its use and whether it is locked. */
export interface ToolHead {
  readonly number: number;
  readonly title: string;
  readonly life: string;
  readonly locked: string;
}

/** What goes wrong with a unit: every window so far, and how a scenario lets more come. */
export interface UnitFaults {
  readonly windows: readonly FaultWindow[];
  /** Windows of those that are there, by their begin. */
  readonly present: readonly FaultWindow[];
  listen(listener: FaultListener): void;
  /** Lets a fault come at its time, which is now or later. */
  schedule(fault: ScheduledFault): void;
  /** What speaks against a fault of a kind that the unit can have; undefined for nothing. */
  objection(kind: string, parameters: FaultParameters): Objection | undefined;
}

/** A piece of equipment: what it is called, what is on its plate, what its controller publishes. */
export interface Unit {
  readonly context: UnitContext;
  readonly kind: string;
  readonly nameplate: Nameplate;
  readonly components: readonly ComponentPlate[];
  readonly groups: readonly SignalGroup[];
  /** Tools that it changes by itself, by number; with the signals that tell of their life. */
  readonly tools: readonly ToolHead[];
  /** What is so, whatever its controller publishes of it, by id: wear, growth. */
  readonly truths: ReadonlyMap<string, Trajectory>;
  readonly conditions: readonly Condition[];
  /** What its machine states mean for its time. */
  readonly timeModel: TimeModel;
  /** What truly happens to it. */
  readonly faults: UnitFaults;
  /** Those beside its conditions' and job orders'. */
  readonly commands: readonly CommandHead[];
  /** Undefined for equipment that works off no job orders. */
  readonly jobMachine: JobMachine | undefined;
  /** Puts the unit's processes into the simulation. */
  start(): void;
  /** Does what is asked at the current time, or refuses. */
  command(command: UnitCommand): CommandOutcome;
}
