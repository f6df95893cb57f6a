import {
  DONE,
  REFUSAL,
  refuse,
  type CommandHead,
  type CommandOutcome,
  type UnitCommand,
} from "../command.ts";
import { commandJob } from "../job-commands.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { OVERRIDE_MAX } from "./overrides.ts";

/** What the panel of a machining centre offers. */
export const CNC_COMMANDS: readonly CommandHead[] = [
  {
    name: "start",
    title: "Start",
    description: "Cycle start: goes on after a hold, or makes parts again after a stop.",
    arguments: [],
  },
  {
    name: "hold",
    title: "Hold",
    description: "Feed hold: the axes come to rest, the spindle turns on; start goes on.",
    arguments: [],
  },
  {
    name: "stop",
    title: "Stop",
    description: "Aborts the program that runs, which leaves scrap, and begins no other until start.",
    arguments: [],
  },
  {
    name: "reset",
    title: "Reset",
    description: "Aborts the program that runs, or takes an aborted one back to its begin.",
    arguments: [],
  },
  {
    name: "select-program",
    title: "Select program",
    description: "Chooses what is made when no job order is due, from the next part on.",
    arguments: [
      { name: "program", type: "string", description: "Name of a program in the control's memory." },
    ],
  },
  {
    name: "set-override",
    title: "Set override",
    description: "Turns an override switch; it takes effect at once.",
    arguments: [
      { name: "which", type: "string", description: "feed, rapid or spindle" },
      { name: "percent", type: "double", description: "From 1; feed to 150, rapid to 100, spindle to 120." },
    ],
  },
  {
    name: "change-tool",
    title: "Change tool",
    description:
      "Puts a new edge into the magazine's place of a tool, between two parts or while it is not in the cut.",
    arguments: [{ name: "tool", type: "double", description: "Number of a tool in the magazine." }],
  },
];

/** Does a command of the panel, or one of job orders. */
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
    case "change-tool":
      return machine.changeTool(Number(given.tool));
    default:
      return (
        commandJob(machine, command) ??
        refuse(REFUSAL.notSupported, `a machining centre has no command "${name}"`)
      );
  }
}

function setOverride(machine: CncMachine, { which, percent }: UnitCommand["arguments"]): CommandOutcome {
  if (which !== "feed" && which !== "rapid" && which !== "spindle") {
    return refuse(REFUSAL.invalidArgument, `"which" cannot be ${which}; one of feed, rapid, spindle`);
  }
  if (typeof percent !== "number")
    return refuse(REFUSAL.invalidArgument, `"percent" cannot be ${percent}; a number`);
  const max = OVERRIDE_MAX[which];
  if (!(percent >= 1 && percent <= max)) {
    return refuse(REFUSAL.outOfRange, `"percent" cannot be ${percent}; 1 to ${max}`);
  }
  machine.machining.overrides.turn(which, percent);
  return DONE;
}
