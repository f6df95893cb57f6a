import type { Quantity } from "../../signal/quantity.ts";
import { Constant } from "../../signal/trajectory.ts";
import { DONE, REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "../command.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** Highest setting of each override on the panel, percent. */
export const OVERRIDE_MAX = { feed: 150, rapid: 100, spindle: 120 } as const;

/**
 * Commands of a machining centre.
 *
 * `set-override` { which: "feed" | "rapid" | "spindle", percent } – takes effect with the next move or speed
 */
export function commandCnc(machine: CncMachine, { name, arguments: given }: UnitCommand): CommandOutcome {
  if (name !== "set-override")
    return refuse(REFUSAL.notSupported, `a machining centre has no command "${name}"`);
  const overrides: Readonly<Record<keyof typeof OVERRIDE_MAX, Quantity>> = {
    feed: machine.feedOverride,
    rapid: machine.rapidOverride,
    spindle: machine.spindleOverride,
  };
  const { which, percent } = given;
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
