/**
 * A unit of kind "cnc" as a MachineTool of OPC 40501-1 (nodeset 1.02), modelled after its Basic server profile.
 *
 * 40501-1 has no axis positions, spindle speeds or feed rates: those are in the control's own model, see
 * cnc-interface.ts, and under Monitoring/Process, see signal-variables.ts.
 */
import { DataType } from "node-opcua";
import type { UAObject, VariantOptions } from "node-opcua";

import { addCncInterface } from "./cnc-interface.ts";
import { NAMEPLATE_OPTIONALS, fillIdentification } from "./identification.ts";
import { blockOptionals, fillBuildingBlocks } from "./building-blocks.ts";
import { planOptionals } from "./production-plan.ts";
import { addPrognoses, prognosisOptionals } from "./prognoses.ts";
import { addTools, toolOptionals } from "./tools.ts";
import { NAMESPACE, scalar, text, type Shown, type UnitNodes } from "./unit-nodes.ts";

/** Optional nodes that every machine has. */
const OPTIONALS = [
  ...NAMEPLATE_OPTIONALS.map((name) => `Identification.${name}`),
  "Monitoring.Stacklight",
  "Notification.Messages",
];

/** Optional nodes that a machine has when it has their signal. */
const OPTIONALS_OF_SIGNALS: readonly (readonly [signal: string, path: string])[] = [
  ["feed-override", "Monitoring.MachineTool.FeedOverride"],
  ["parts-produced", "Production.Statistics.PartsProducedInLifetime"],
];

/** Three lights as many shops wire them: green executes, yellow waits, red is out of service. */
const LIGHTS = [
  { color: "Red", itemState: "OutOfService" },
  { color: "Yellow", itemState: "NotExecuting" },
  { color: "Green", itemState: "Executing" },
] as const;

/** MachineOperationMode, from the unit's operation mode and the mode of its channel. */
function machineOperationMode(operationMode: Shown, channelMode: Shown): string {
  if (operationMode === "Maintenance") return "Service";
  if (operationMode === "Setup") return "Setup";
  if (channelMode === "Automatic") return "Automatic";
  if (channelMode === undefined) return operationMode === "Processing" ? "Automatic" : "Other";
  return channelMode === "Remote" || channelMode === "Other" ? "Other" : "Manual";
}

/** Makes the instance below Objects/Machines. */
export function addMachineTool(nodes: UnitNodes): { machine: UAObject; messages: UAObject } {
  const optionals = OPTIONALS_OF_SIGNALS.filter(([signal]) => nodes.live.signal(signal)).map(
    ([, path]) => path,
  );
  const machine = nodes.objectType("MachineToolType", NAMESPACE.machineTool).instantiate({
    browseName: { name: nodes.unit.name, namespaceIndex: nodes.namespace.index },
    organizedBy: nodes.machinesFolder,
    namespace: nodes.namespace,
    nodeId: nodes.nodeId(""),
    optionals: [
      ...OPTIONALS,
      ...optionals,
      ...blockOptionals(nodes, "MachineryBuildingBlocks"),
      ...toolOptionals(nodes),
      ...prognosisOptionals(nodes),
      ...planOptionals(nodes),
    ],
  });
  fillIdentification(nodes, nodes.object(machine, "Identification"));
  fillBuildingBlocks(nodes, nodes.object(machine, "MachineryBuildingBlocks"));
  fillProduction(nodes, nodes.object(machine, "Production"));
  const monitoring = nodes.object(machine, "Monitoring");
  fillOperation(nodes, nodes.object(monitoring, "MachineTool"));
  addChannel(nodes, monitoring);
  addSpindle(nodes, monitoring);
  addLights(nodes, nodes.object(monitoring, "Stacklight"));
  addTools(nodes, nodes.object(machine, "Equipment"));
  addPrognoses(nodes, nodes.object(machine, "Notification"));
  addCncInterface(nodes, machine);
  return { machine, messages: nodes.object(machine, "Notification/Messages") };
}

function fillProduction(nodes: UnitNodes, production: UAObject): void {
  nodes.bind(production, "ActiveProgram/Name", { signals: ["program"], show: text, otherwise: text("") });
  nodes.set(production, "ActiveProgram/NumberInList", scalar(DataType.UInt16, 0));
  nodes.bindStateMachine(production, "ActiveProgram/State", "program-state", "Initializing");
  if (!nodes.live.signal("parts-produced")) return;
  const show = (parts: Shown): VariantOptions => scalar(DataType.UInt32, parts);
  const path = "Statistics/PartsProducedInLifetime";
  nodes.bind(production, path, { signals: ["parts-produced"], show, otherwise: show(0) });
}

function fillOperation(nodes: UnitNodes, operation: UAObject): void {
  const mode = nodes.enumeration(operation, "OperationMode");
  nodes.bind(operation, "OperationMode", {
    signals: ["operation-mode", "channel-mode"],
    show: (operationMode, channelMode) => mode(machineOperationMode(operationMode, channelMode)),
    otherwise: mode("Other")!,
  });
  if (nodes.live.signal("feed-override")) nodes.bindAnalog(operation, "FeedOverride", "feed-override", 100);
}

function addChannel(nodes: UnitNodes, monitoring: UAObject): void {
  const hasRapid = nodes.live.signal("rapid-override") !== undefined;
  const optionals = hasRapid ? ["RapidOverride"] : [];
  const channel = addElement(nodes, monitoring, "ChannelMonitoringType", "Channel1", optionals);
  const mode = nodes.enumeration(channel, "ChannelMode");
  nodes.bind(channel, "ChannelMode", { signals: ["channel-mode"], show: mode, otherwise: mode("Other")! });
  const state = nodes.enumeration(channel, "ChannelState");
  nodes.bind(channel, "ChannelState", {
    signals: ["channel-state"],
    show: state,
    otherwise: state("Reset")!,
  });
  nodes.bindAnalog(channel, "FeedOverride", "feed-override", 100);
  if (hasRapid) nodes.bindAnalog(channel, "RapidOverride", "rapid-override", 100);
}

function addSpindle(nodes: UnitNodes, monitoring: UAObject): void {
  const hasOverride = nodes.live.signal("spindle-override") !== undefined;
  const optionals = hasOverride ? ["Override"] : [];
  const spindle = addElement(nodes, monitoring, "SpindleMonitoringType", "Spindle1", optionals);
  const show = (speed: Shown): VariantOptions => scalar(DataType.Boolean, speed !== 0);
  nodes.bind(spindle, "IsRotating", { signals: ["spindle-speed"], show, otherwise: show(0) });
  if (hasOverride) nodes.bindAnalog(spindle, "Override", "spindle-override", 100);
}

function addElement(
  nodes: UnitNodes,
  monitoring: UAObject,
  type: string,
  name: string,
  optionals: string[],
): UAObject {
  const element = nodes.objectType(type, NAMESPACE.machineTool).instantiate({
    browseName: { name, namespaceIndex: nodes.namespace.index },
    componentOf: monitoring,
    namespace: nodes.namespace,
    optionals,
  });
  nodes.set(element, "Name", text(name));
  return element;
}

function addLights(nodes: UnitNodes, stacklight: UAObject): void {
  nodes.setEnumeration(stacklight, "StacklightMode", "Segmented");
  const type = nodes.objectType("StackElementLightType", NAMESPACE.ia);
  LIGHTS.forEach(({ color, itemState }, place) => {
    const light = type.instantiate({
      browseName: { name: `${color}Light`, namespaceIndex: nodes.namespace.index },
      references: [{ referenceType: "HasOrderedComponent", isForward: false, nodeId: stacklight }],
      namespace: nodes.namespace,
      optionals: ["SignalColor", "SignalMode", "SignalOn"],
    });
    nodes.set(light, "NumberInList", scalar(DataType.UInt32, place));
    nodes.setEnumeration(light, "SignalColor", color);
    nodes.setEnumeration(light, "SignalMode", "Continuous");
    const show = (state: Shown): VariantOptions => scalar(DataType.Boolean, state === itemState);
    nodes.bind(light, "SignalOn", { signals: ["item-state"], show, otherwise: show(undefined) });
  });
}
