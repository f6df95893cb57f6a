/**
 * The numerical control of a machine as OPC 40502 shows it (nodeset 1.0.0 of 2017): CncInterface with lists of axes,
 * spindles and channels. The specification knows it by itself, below Objects; here it is the machine's as well.
 *
 * All of its nodes are mandatory, whatever a control knows: what no signal tells is held at the value of a machine
 * that has it and does not use it, see docs/opcua.md.
 */
import { DataType } from "node-opcua";
import type { UAObject } from "node-opcua";

import { fillCncAxis, fillCncSpindle, type AxisName } from "./cnc-drives.ts";
import { channelOptionals, fillCncChannel } from "./cnc-channel.ts";
import { NAMESPACE, scalar, text, type UnitNodes } from "./unit-nodes.ts";

/** In the order of a control's screen. */
const AXES: readonly AxisName[] = ["x", "y", "z", "a", "b", "c"];

/** As OPC 40502 wants its version written, so that clients can compare it. */
const VERSION = "1.00";

/** Adds the control to a machine with axes; one without has none. */
export function addCncInterface(nodes: UnitNodes, machine: UAObject): void {
  const axes = AXES.filter((axis) => nodes.live.signal(`${axis}-position`));
  if (axes.length === 0) return;
  const cnc = nodes.instantiate("CncInterfaceType", NAMESPACE.cnc, {
    browseName: { name: "CncInterface", namespaceIndex: nodes.space.getNamespaceIndex(NAMESPACE.cnc) },
    componentOf: machine,
    optionals: ["CncTypeName"],
  });
  nodes.space.rootFolder.objects.addReference({ referenceType: "Organizes", nodeId: cnc });
  const { manufacturer, model, softwareRevision } = nodes.unit.nameplate;
  nodes.set(cnc, "VendorName", text(manufacturer));
  nodes.set(cnc, "VendorRevision", text(softwareRevision));
  nodes.set(cnc, "Version", text(VERSION));
  nodes.set(cnc, "CncTypeName", text(model));
  addDrives(nodes, cnc, axes);
}

function addDrives(nodes: UnitNodes, cnc: UAObject, axes: readonly AxisName[]): void {
  const channelList = nodes.object(cnc, "CncChannelList");
  const channel = addMember(nodes, channelList, "CncChannelType", "Channel1", channelOptionals(nodes));
  fillCncChannel(nodes, channel);
  const administer = (drive: UAObject): void => {
    nodes.set(drive, "ActChannel", scalar(DataType.NodeId, channel.nodeId));
    channel.addReference({ referenceType: "Organizes", nodeId: drive });
  };
  const axisList = nodes.object(cnc, "CncAxisList");
  for (const axis of axes) {
    const drive = addMember(nodes, axisList, "CncAxisType", axis.toUpperCase());
    fillCncAxis(nodes, drive, axis);
    administer(drive);
  }
  if (!nodes.live.signal("spindle-speed")) return;
  const spindleList = nodes.object(cnc, "CncSpindleList");
  const spindle = addMember(nodes, spindleList, "CncSpindleType", "Spindle1", [
    "ActOverride.EngineeringUnits",
  ]);
  fillCncSpindle(nodes, spindle);
  administer(spindle);
}

function addMember(
  nodes: UnitNodes,
  list: UAObject,
  type: string,
  name: string,
  optionals: string[] = [],
): UAObject {
  return nodes.instantiate(type, NAMESPACE.cnc, {
    browseName: { name, namespaceIndex: nodes.namespace.index },
    componentOf: list,
    optionals,
  });
}
