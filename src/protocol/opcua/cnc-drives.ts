/** Axes and spindles of OPC 40502, and the positions that axes and channels show. */
import { DataType } from "node-opcua";
import type { UAObject, VariantOptions } from "node-opcua";

import type { EngineeringUnit } from "../port.ts";
import { NAMESPACE, scalar, type Measure, type Shown, type UnitNodes } from "./unit-nodes.ts";

export type AxisName = "x" | "y" | "z" | "a" | "b" | "c";

const MILLIMETRE: EngineeringUnit = { code: "MMT", symbol: "mm", name: "millimetre" };
const DEGREE: EngineeringUnit = { code: "DD", symbol: "°", name: "degree [unit of angle]" };
const NEWTON_METRE: EngineeringUnit = { code: "NU", symbol: "N·m", name: "newton metre" };
const KILOWATT: EngineeringUnit = { code: "KWT", symbol: "kW", name: "kilowatt" };

/** Of what no signal describes. */
const TORQUE: Measure = { unit: NEWTON_METRE, range: { low: -1000, high: 1000 } };
const POWER: Measure = { unit: KILOWATT, range: { low: -100, high: 100 } };
const LENGTH: Measure = { unit: MILLIMETRE, range: { low: -10_000, high: 10_000 } };
const ANGLE: Measure = { unit: DEGREE, range: { low: -360, high: 360 } };

/** How far from its commanded speed a spindle is there, and below which speed it stands. */
const TARGET_AREA_RATIO = 0.02;
const TARGET_AREA_MIN_RPM = 5;
const STANDSTILL_RPM = 1;

const isRotary = (axis: AxisName): boolean => axis === "a" || axis === "b" || axis === "c";

const measureOf = (axis: AxisName): Measure => (isRotary(axis) ? ANGLE : LENGTH);

export const flag = (value: boolean): VariantOptions => scalar(DataType.Boolean, value);
const double = (value: Shown): VariantOptions => scalar(DataType.Double, value);

/** Of a machine whose axes are referenced; its two measuring systems are one. */
export function fillCncAxis(nodes: UnitNodes, axis: UAObject, name: AxisName): void {
  fillDrive(nodes, axis, name);
  nodes.set(axis, "IsReferenced", flag(true));
  nodes.set(axis, "IsRotational", flag(isRotary(name)));
  nodes.setAnalog(axis, "ZeroOffset", 0, measureOf(name));
  fillPosition(nodes, axis, "PosDirect", name);
  fillPosition(nodes, axis, "PosIndirect", name);
  const status = nodes.enumeration(axis, "ActStatus");
  nodes.bind(axis, "ActStatus", {
    signals: [`${name}-remaining`],
    show: (remaining) => status(remaining === 0 ? "InPosition" : "Moving"),
    otherwise: status("InPosition")!,
  });
}

export function fillCncSpindle(nodes: UnitNodes, spindle: UAObject): void {
  fillDrive(nodes, spindle, "spindle");
  nodes.bindAnalog(spindle, "ActSpeed", "spindle-speed", 0);
  const command = nodes.live.signal("spindle-command") ? "spindle-command" : "spindle-speed";
  nodes.bindAnalog(spindle, "CmdSpeed", command, 0);
  for (const name of ["ActOverride", "CmdOverride"]) nodes.bindAnalog(spindle, name, "spindle-override", 100);
  for (const name of ["ActGear", "CmdGear"]) nodes.set(spindle, name, scalar(DataType.UInt32, 1));
  fillPosition(nodes, spindle, "AnglePos", undefined);
  const status = nodes.enumeration(spindle, "ActStatus");
  nodes.bind(spindle, "ActStatus", {
    signals: ["spindle-speed", command],
    show: (speed, wanted) => status(spindleStatus(Number(speed), Number(wanted))),
    otherwise: status("Stopped")!,
  });
  const direction = nodes.enumeration(spindle, "ActTurnDirection");
  nodes.bind(spindle, "ActTurnDirection", {
    signals: ["spindle-speed"],
    show: (speed) => direction(turnDirection(Number(speed))),
    otherwise: direction("None")!,
  });
}

function spindleStatus(speed_rpm: number, wanted_rpm: number): string {
  const [is, wanted] = [Math.abs(speed_rpm), Math.abs(wanted_rpm)];
  if (is < STANDSTILL_RPM && wanted < STANDSTILL_RPM) return "Stopped";
  const area_rpm = Math.max(TARGET_AREA_MIN_RPM, wanted * TARGET_AREA_RATIO);
  if (Math.abs(speed_rpm - wanted_rpm) <= area_rpm) return "InTargetArea";
  return is < wanted ? "Accelerating" : "Decelerating";
}

const turnDirection = (speed_rpm: number): string =>
  Math.abs(speed_rpm) < STANDSTILL_RPM ? "None" : speed_rpm > 0 ? "CW" : "CCW";

/** What axes and spindles have in common; the channel is the caller's. */
function fillDrive(nodes: UnitNodes, drive: UAObject, name: string): void {
  nodes.bindAnalog(drive, "ActLoad", `${name}-load`, 0);
  nodes.bindAnalog(drive, "ActPower", `${name}-power`, 0, POWER);
  for (const torque of ["ActTorque", "CmdTorque"])
    nodes.bindAnalog(drive, torque, `${name}-torque`, 0, TORQUE);
  nodes.set(drive, "IsInactive", flag(false));
  nodes.set(drive, "IsVirtual", flag(false));
}

/** The structure and its elements, from the position signals of an axis; a spindle's angle has none and is zero. */
export function fillPosition(
  nodes: UnitNodes,
  parent: UAObject,
  path: string,
  axis: AxisName | undefined,
): void {
  const measure = axis ? measureOf(axis) : ANGLE;
  const position = `${axis}-position`;
  const ifThere = (id: string, instead: string): string => (nodes.live.signal(id) ? id : instead);
  const command = ifThere(`${axis}-command`, position);
  const remaining = `${axis}-remaining`;
  const type = nodes.space.findDataType("CncPositionDataType", nodes.space.getNamespaceIndex(NAMESPACE.cnc))!;
  const structure = (actPos: Shown, cmdPos: Shown, remDist: Shown = 0): VariantOptions =>
    scalar(DataType.ExtensionObject, nodes.space.constructExtensionObject(type, { actPos, cmdPos, remDist }));
  nodes.bind(parent, path, {
    signals: [position, command, remaining],
    show: structure,
    otherwise: structure(0, 0, 0),
  });
  const variable = nodes.variable(parent, path);
  nodes.setUnitAndRange(variable, { ...measure, ...nodes.live.signal(position) });
  for (const [element, signal] of [
    ["ActPos", position],
    ["CmdPos", command],
    ["RemDist", remaining],
  ] as const) {
    nodes.bind(variable, element, { signals: [signal], show: double, otherwise: double(0) });
  }
}
