/**
 * All signals of a unit, as the machine's controller publishes them: a folder Process below the machine's
 * Monitoring, in our own namespace, since the companion specifications have no place for most of them.
 * Node ids are "<unit>/<signal>", whatever the folder.
 */
import type { UAObject, UAVariable } from "node-opcua";

import type { SignalDescription } from "../port.ts";
import { dataTypeOf } from "./live-values.ts";
import { scalar, type UnitNodes } from "./unit-nodes.ts";

/** Adds the folder below `monitoring` and a Variable for each signal, in the order of the unit's groups. @returns the folder */
export function addSignals(nodes: UnitNodes, monitoring: UAObject): UAObject {
  const folder = nodes.namespace.addObject({
    browseName: "Process",
    componentOf: monitoring,
    typeDefinition: "FolderType",
    nodeId: nodes.nodeId("Monitoring/Process"),
  });
  for (const group of nodes.unit.groups) {
    for (const signal of group.signals) {
      const variable = addVariable(nodes, folder, signal);
      const dataType = dataTypeOf(signal.type);
      nodes.live.bind(variable, [signal.id], (value) => scalar(dataType, value));
    }
  }
  return folder;
}

/** AnalogUnitRangeType for a number with a unit and a range, AnalogUnitType without a range, else plain. */
function addVariable(nodes: UnitNodes, folder: UAObject, signal: SignalDescription): UAVariable {
  const type = signal.unit
    ? signal.range
      ? "AnalogUnitRangeType"
      : "AnalogUnitType"
    : "BaseDataVariableType";
  const variable = nodes.variableType(type).instantiate({
    browseName: { name: signal.id, namespaceIndex: nodes.namespace.index },
    displayName: signal.title,
    description: signal.description,
    dataType: dataTypeOf(signal.type),
    organizedBy: folder,
    namespace: nodes.namespace,
    nodeId: nodes.nodeId(signal.id),
  });
  nodes.setUnitAndRange(variable, signal);
  return variable;
}
