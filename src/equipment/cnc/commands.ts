import type { Quantity } from "../../signal/quantity.ts";
import { Constant } from "../../signal/trajectory.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "../command.ts";
import { commandJob } from "../job-commands.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** Highest setting of each override on the panel, percent. */
export const OVERRIDE_MAX = { feed: 150, rapid: 100, spindle: 120 } as const;

/**
 * Commands of a machining centre, beside those of its conditions.
 *
 * `start` `hold` `stop` `reset` – the keys of its panel
 * `select-program` { program } – for the parts that no job order asks for
 * `set-override` { which: "feed" | "rapid" | "spindle", percent } – takes effect with the next move or speed
 * and those of job orders, see job-commands.ts
 */
export function commandCnc(machine: CncMachine, command: UnitCommand): CommandOutcome {
  const { name, arguments: given } = command;
  switch (name) {
    case "start":
      return machine.start();
    case "hold":
      return machine.hold();
    case "stop":
      return machine.stop();
    case "reset":
      return machine.reset();
    case "select-program":
      return machine.selectProgram(String(given.program));
    case "set-override":
      return setOverride(machine, given);
    default:
      return (
        commandJob(machine, command) ??
        refuse(REFUSAL.notSupported, `a machining centre has no command "${name}"`)
      );
  }
}

function setOverride(machine: CncMachine, { which, percent }: UnitCommand["arguments"]): CommandOutcome {
  const overrides: Readonly<Record<keyof typeof OVERRIDE_MAX, Quantity>> = {
    feed: machine.feedOverride,
    rapid: machine.rapidOverride,
    spindle: machine.spindleOverride,
  };
  if (which !== "feed" && which !== "rapid" && which !== "spindle") {
    return refuse(REFUSAL.invalidArgument, `"which" cannot be ${which}; one of feed, rapid, spindle`);
  }
  if (typeof percent !== "number")
    return refuse(REFUSAL.invalidArgument, `"percent" cannot be ${percent}; a number`);
  const max = OVERRIDE_MAX[which];
  if (!(percent >= 1 && percent <= max)) {
    return refuse(REFUSAL.outOfRange, `"percent" cannot be ${percent}; 1 to ${max}`);
  }
  overrides[which].jump(machine.context.now_s, new Constant(percent));
  return DONE;
}
