/** A channel of OPC 40502: what the control does with its program, and where the tool's centre is. */
import { DataType, VariantArrayType } from "node-opcua";
import type { UAObject, VariantOptions } from "node-opcua";

import type { EngineeringUnit } from "../port.ts";
import { fillPosition, flag, type AxisName } from "./cnc-drives.ts";
import { scalar, text, type Measure, type Shown, type UnitNodes } from "./unit-nodes.ts";

const MILLIMETRE: EngineeringUnit = { code: "MMT", symbol: "mm", name: "millimetre" };
const MM_MIN: EngineeringUnit = { code: "H81", symbol: "mm/min", name: "millimetre per minute" };

/** Of what no signal describes. */
const FEED: Measure = { unit: MM_MIN, range: { low: 0, high: 100_000 } };
const INCREMENT: Measure = { unit: MILLIMETRE, range: { low: 0, high: 100 } };

/** The zero offset that programs are written for: G54 */
const ZERO_OFFSET_FUNCTION = 54;

/** CncOperationMode, by the channel mode of OPC 40501-1; any other is manual. */
const OPERATION_MODES: Readonly<Record<string, string>> = { Automatic: "Automatic", MdaMdi: "MDA" };

/** CncChannelProgramStatus, by the state of OPC 40501-1's active program. */
const PROGRAM_STATUSES: Readonly<Record<string, string>> = {
  Initializing: "Stopped",
  Running: "Running",
  Interrupted: "Interrupted",
  Ended: "Stopped",
  Aborted: "Canceled",
};

const TCP_AXES: readonly AxisName[] = ["x", "y", "z", "a", "b", "c"];

export function fillCncChannel(nodes: UnitNodes, channel: UAObject): void {
  nodes.set(channel, "Id", scalar(DataType.UInt32, 1));
  fillMode(nodes, channel);
  fillProgram(nodes, channel);
  fillFeed(nodes, channel);
  // Without an offset and a tool's length, base and workpiece are one, and the tool's centre is where the axes are.
  for (const axis of TCP_AXES) {
    for (const system of ["Bcs", "Wcs"]) {
      fillPosition(nodes, channel, `PosTcp${system}${axis.toUpperCase()}`, axis);
    }
  }
}

function fillMode(nodes: UnitNodes, channel: UAObject): void {
  for (const name of ["ActOperationMode", "CmdOperationMode"]) {
    const mode = nodes.enumeration(channel, name);
    const show = (given: Shown): VariantOptions | undefined =>
      mode(OPERATION_MODES[String(given)] ?? "Manual");
    nodes.bind(channel, name, { signals: ["channel-mode"], show, otherwise: show("Automatic")! });
  }
  const status = nodes.enumeration(channel, "ActStatus");
  nodes.bind(channel, "ActStatus", { signals: ["channel-state"], show: status, otherwise: status("Reset")! });
  nodes.bind(channel, "FeedHold", {
    signals: ["channel-state"],
    show: (state) => flag(state === "Interrupted"),
    otherwise: flag(false),
  });
  nodes.set(channel, "BlockMode", flag(false));
  nodes.bind(channel, "ToolId", {
    signals: ["tool-number"],
    show: (tool) => scalar(DataType.UInt32, toolId(tool)),
    otherwise: scalar(DataType.UInt32, 0),
  });
}

/** "T3" or 3 is 3; no tool is 0. */
const toolId = (tool: Shown): number => Number(/\d+/.exec(String(tool))?.[0] ?? 0);

function fillProgram(nodes: UnitNodes, channel: UAObject): void {
  for (const name of ["ActProgramName", "ActProgramFile", "ActMainProgramName", "ActMainProgramFile"]) {
    nodes.bind(channel, name, { signals: ["program"], show: text, otherwise: text("") });
  }
  const status = nodes.enumeration(channel, "ActProgramStatus");
  nodes.bind(channel, "ActProgramStatus", {
    signals: ["program-state"],
    show: (state) => status(PROGRAM_STATUSES[String(state)]),
    otherwise: status("Stopped")!,
  });
  const lines = (block: Shown): VariantOptions => array(DataType.String, [String(block)]);
  nodes.bind(channel, "ActProgramBlock", { signals: ["block"], show: lines, otherwise: lines("") });
  for (const [name, letter] of [
    ["ActGFunctions", "G"],
    ["ActMFunctions", "M"],
  ] as const) {
    const show = (block: Shown): VariantOptions => array(DataType.UInt32, functionsOf(String(block), letter));
    nodes.bind(channel, name, { signals: ["block"], show, otherwise: show("") });
  }
  nodes.set(channel, "ActModalOffsetFunction", scalar(DataType.UInt32, ZERO_OFFSET_FUNCTION));
  if (!nodes.live.signal("block-number")) return;
  const show = (line: Shown): VariantOptions => text(String(line));
  for (const name of LINES)
    nodes.bind(channel, name, { signals: ["block-number"], show, otherwise: text("") });
}

/** Optional: there when the control tells its line. */
const LINES = ["ActProgramLine", "ActMainProgramLine"];

export const channelOptionals = (nodes: UnitNodes): string[] =>
  nodes.live.signal("block-number") ? LINES : [];

/** Those of one block, "N120 G01 X10 M08": 1 for G, 8 for M; comments in parentheses are none. */
function functionsOf(block: string, letter: "G" | "M"): number[] {
  const code = block.replaceAll(/\([^)]*\)|;.*/g, "");
  const found = code.matchAll(letter === "G" ? /(?<![A-Z])G(\d+)/g : /(?<![A-Z])M(\d+)/g);
  return Array.from(found, ([, number]) => Number(number));
}

const array = (dataType: DataType, value: readonly unknown[]): VariantOptions => ({
  dataType,
  arrayType: VariantArrayType.Array,
  value: [...value],
});

function fillFeed(nodes: UnitNodes, channel: UAObject): void {
  nodes.bindAnalog(channel, "ActFeedrate", "feed-rate", 0, FEED);
  const command = nodes.live.signal("feed-command") ? "feed-command" : "feed-rate";
  nodes.bindAnalog(channel, "CmdFeedrate", command, 0, FEED);
  for (const name of ["ActOverride", "CmdOverride"]) nodes.bindAnalog(channel, name, "feed-override", 100);
  nodes.setAnalog(channel, "DryRunFeed", 0, FEED);
  nodes.setAnalog(channel, "ActJogIncrement", 0, INCREMENT);
}
