/** The tools of a machine as OPC 40501-1 lists them, each with its life. */
import { DataType } from "node-opcua";
import type { UAObject, VariantOptions } from "node-opcua";

import type { SignalDescription, ToolDescription } from "../port.ts";
import { NAMESPACE, scalar, text, type Shown, type UnitNodes } from "./unit-nodes.ts";

/** Optional nodes that a machine with tools has. */
export const toolOptionals = (nodes: UnitNodes): string[] =>
  (nodes.unit.tools ?? []).length > 0 ? ["Equipment.Tools"] : [];

/** Adds the unit's tools to the list below `equipment`. */
export function addTools(nodes: UnitNodes, equipment: UAObject): void {
  for (const tool of nodes.unit.tools ?? []) addTool(nodes, nodes.object(equipment, "Tools"), tool);
}

function addTool(nodes: UnitNodes, list: UAObject, { number, title, life, locked }: ToolDescription): void {
  const signal = nodes.live.signal(life);
  const tool = nodes.instantiate("ToolType", NAMESPACE.machineTool, {
    browseName: { name: `T${number}`, namespaceIndex: nodes.namespace.index },
    displayName: title,
    componentOf: list,
    optionals: ["Identifier", "Name", ...(signal?.lifetime ? ["ToolLife"] : [])],
  });
  nodes.set(tool, "ControlIdentifier1", scalar(DataType.UInt32, number));
  nodes.setEnumeration(tool, "ControlIdentifierInterpretation", "NumberBased");
  nodes.set(tool, "Identifier", text(`T${number}`));
  nodes.set(tool, "Name", text(title));
  const show = (isLocked: Shown): VariantOptions => scalar(DataType.Boolean, isLocked);
  nodes.bind(tool, "Locked", { signals: [locked], show, otherwise: show(false) });
  const reason = nodes.enumeration(tool, "Locked/ReasonForLocking");
  const limit = signal?.lifetime?.limit ?? Infinity;
  nodes.bind(tool, "Locked/ReasonForLocking", {
    signals: [locked, life],
    show: (isLocked, used) => reason(reasonForLocking(isLocked === true, Number(used ?? 0), limit)),
    otherwise: reason("CapabilityUnavailable")!,
  });
  if (signal?.lifetime) addLife(nodes, nodes.object(tool, "ToolLife"), signal);
}

/** A tool that is locked before its life is over broke. The enumeration has no name for one that is not locked. */
function reasonForLocking(isLocked: boolean, used: number, limit: number): string {
  if (!isLocked) return "CapabilityUnavailable";
  return used >= limit ? "ToolLife" : "ToolBreak";
}

function addLife(nodes: UnitNodes, entries: UAObject, { id, unit, lifetime }: SignalDescription): void {
  const entry = nodes.variableType("ToolLifeType", NAMESPACE.machineTool).instantiate({
    browseName: { name: "Time", namespaceIndex: nodes.namespace.index },
    dataType: DataType.Double,
    componentOf: entries,
    namespace: nodes.namespace,
    optionals: ["StartValue", "LimitValue"],
  });
  nodes.live.bind(entry, [id], (value) => scalar(DataType.Double, value));
  nodes.setUnitAndRange(entry, { unit: unit! });
  nodes.setEnumeration(entry, "Indication", "Time");
  nodes.set(entry, "IsCountingUp", scalar(DataType.Boolean, true));
  nodes.setNumber(entry, "StartValue", lifetime!.start);
  nodes.setNumber(entry, "LimitValue", lifetime!.limit);
}
