import { Timeline } from "../../signal/timeline.ts";
import type { DiscreteSignal, NumericSignal, Signal } from "../../signal/signal.ts";
import type { Trajectory } from "../../signal/trajectory.ts";
import { HOUR, PERCENT } from "../../signal/unit-of-measure.ts";
import type { CncMachine } from "./cnc-machine.ts";
import type { Watched } from "./conditions.ts";
import { OVERRIDE_MAX, type OverrideName } from "./overrides.ts";
import { CNC_KEEP_S } from "./poll-rhythms.ts";
import { USEFUL_LIFE_H, type Spindle } from "./spindle.ts";

/** States, names, overrides, counters and conditions. */
export function statusSignals(machine: CncMachine, watched: readonly Watched[]): Signal[] {
  return [
    ...stateSignals(machine),
    ...workSignals(machine),
    ...(["feed", "rapid", "spindle"] as const).map((name) => override(machine, name)),
    ...counters(machine),
    ...hours(machine),
    ...watched.map(({ condition: { head, history } }): DiscreteSignal => ({
      id: head.id,
      title: head.title,
      description: `Condition: ${head.description[0]!.toLowerCase()}${head.description.slice(1)}`,
      type: "boolean",
      history,
    })),
  ];
}

const text = (
  id: string,
  title: string,
  description: string,
  history: DiscreteSignal["history"],
): DiscreteSignal => ({ id, title, description, type: "string", history });

function stateSignals({ control, operationMode }: CncMachine): Signal[] {
  const { machineState, itemState, channelState, programState } = control;
  const automatic = new Timeline<string>(CNC_KEEP_S, "Automatic");
  return [
    text("machine-state", "Machine state", "What the machine does just now.", machineState.history),
    text("item-state", "Item state", "State of the machine (OPC 40001-1).", itemState.history),
    text("operation-mode", "Operation mode", "Mode of operation (OPC 40001-1).", operationMode.history),
    text("channel-state", "Channel state", "State of the control's channel.", channelState.history),
    text("channel-mode", "Channel mode", "Mode of the control's channel.", automatic),
    text("program-state", "Program state", "State of the selected part program.", programState.history),
  ];
}

function workSignals({ program, block, blockNumber, machining, jobs }: CncMachine): Signal[] {
  const { toolNumber } = machining;
  return [
    text("program", "Program", "Name of the selected part program.", program.history),
    text("block", "Block", "Block of the program that is worked off; empty between programs.", block.history),
    {
      id: "block-number",
      title: "Block number",
      description: "Number of the operation that is worked off, from 1; 0 between programs.",
      type: "uint32",
      history: blockNumber.history,
    },
    text("tool-number", "Tool number", "Tool in the spindle; empty during a change.", toolNumber.history),
    text("job", "Job order", "Id of the order that runs; empty without one.", jobs.active.history),
  ];
}

function override({ machining }: CncMachine, name: OverrideName): NumericSignal {
  const title = `${name[0]!.toUpperCase()}${name.slice(1)} override`;
  return {
    id: `${name}-override`,
    title,
    description: `${title} as set on the panel.`,
    type: "int32",
    truth: machining.overrides[name],
    unit: PERCENT,
    range: { low: 0, high: OVERRIDE_MAX[name] },
    decimals: 0,
  };
}

function hours({ powerOnTime, operationTime, machining }: CncMachine): Signal[] {
  const counted = (id: string, title: string, description: string, truth: Trajectory): NumericSignal => ({
    id,
    title,
    description,
    type: "double",
    truth,
    unit: HOUR,
    range: { low: 0, high: 200_000 },
    decimals: 2,
  });
  const turned = ({ name, operationTime: time }: Spindle): NumericSignal => ({
    ...counted(
      `${name}-time`,
      name === "spindle" ? "Spindle time" : "Tool spindle time",
      "Hours in which the spindle has turned.",
      time,
    ),
    lifetime: { start: 0, limit: USEFUL_LIFE_H },
  });
  const { cuttingTime, spindles } = machining;
  const power = "Hours that the control has been powered in its life.";
  return [
    counted("power-on-time", "Power-on time", power, powerOnTime.hours),
    counted("operation-time", "Operation time", "Hours in which programs ran.", operationTime.hours),
    counted("cutting-time", "Cutting time", "Hours with a tool in the cut.", cuttingTime.hours),
    ...spindles.map(turned),
  ];
}

function counters({ partsProduced, partsScrapped }: CncMachine): Signal[] {
  return [
    {
      id: "parts-produced",
      title: "Parts produced",
      description: "Good parts finished since the scenario began.",
      type: "uint32",
      past: "stepped",
      history: partsProduced.history,
    },
    {
      id: "parts-scrapped",
      title: "Parts scrapped",
      description:
        "Parts since the scenario began that are out of tolerance, or whose program did not come to its end.",
      type: "uint32",
      history: partsScrapped.history,
    },
  ];
}
