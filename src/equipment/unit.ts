import type { CommandHead, CommandOutcome, UnitCommand } from "./command.ts";
import type { Condition } from "./condition.ts";
import type { JobMachine } from "./job-commands.ts";
import type { ComponentPlate, Nameplate } from "./nameplate.ts";
import type { SignalGroup, UnitContext } from "./unit-context.ts";

/** A piece of equipment: what it is called, what is on its plate, what its controller publishes. */
export interface Unit {
  readonly context: UnitContext;
  readonly kind: string;
  readonly nameplate: Nameplate;
  readonly components: readonly ComponentPlate[];
  readonly groups: readonly SignalGroup[];
  readonly conditions: readonly Condition[];
  /** Those beside its conditions' and job orders'. */
  readonly commands: readonly CommandHead[];
  /** Undefined for equipment that works off no job orders. */
  readonly jobMachine: JobMachine | undefined;
  /** Puts the unit's processes into the simulation. */
  start(): void;
  /** Does what is asked at the current time, or refuses. */
  command(command: UnitCommand): CommandOutcome;
}
