import type { Signal } from "../../signal/signal.ts";
import { HOUR, MINUTE } from "../../signal/unit-of-measure.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { toolChangeDue, maintenanceDue } from "./prognosis.ts";
import type { Tool } from "./tool.ts";

/** Life of each tool in the magazine, and what comes due next. */
export function toolSignals(machine: CncMachine): Signal[] {
  return [
    ...[...machine.machining.magazine.values()].flatMap(lifeSignals),
    {
      id: "tool-change-prognosis",
      title: "Tool change prognosis",
      description:
        "Minutes until a tool in use reaches its planned life, cutting a quarter of the time, as machines usually do.",
      type: "double",
      truth: toolChangeDue(machine),
      unit: MINUTE,
      range: { low: 0, high: 100_000 },
      decimals: 0,
    },
    {
      id: "maintenance-prognosis",
      title: "Maintenance prognosis",
      description: "Hours until the next maintenance by operating hours is due, at the usual use.",
      type: "double",
      truth: maintenanceDue(machine),
      unit: HOUR,
      range: { low: 0, high: 100_000 },
      decimals: 0,
    },
  ];
}

function lifeSignals({ number, title, limit_min, minutes, locked }: Tool): Signal[] {
  return [
    {
      id: `tool-${number}-life`,
      title: `Tool ${number} life`,
      description: `Minutes in the cut of tool ${number}, ${title}, since its edge was new.`,
      type: "double",
      truth: minutes,
      unit: MINUTE,
      range: { low: 0, high: 10_000 },
      decimals: 1,
      lifetime: { start: 0, limit: limit_min },
    },
    {
      id: `tool-${number}-locked`,
      title: `Tool ${number} locked`,
      description: `Tool ${number}, ${title}, is not called any more: its life is used up, or it is broken.`,
      type: "boolean",
      history: locked.history,
    },
  ];
}
