/**
 * Building blocks of OPC 40001-1 and -2 that any machine has, whatever the companion specification of its kind: item
 * state, operation mode, counters of operation and of lifetime, components, process values.
 */
import { DataType, coerceNodeId } from "node-opcua";
import type { QualifiedName, UAObject, UAObjectType, VariantOptions } from "node-opcua";

import { JOB_OPTIONALS } from "./jobs.ts";
import type { ComponentDescription, SignalDescription } from "../port.ts";
import { NAMESPACE, localizedText, scalar, text, type Shown, type UnitNodes } from "./unit-nodes.ts";

const JOBS = "http://opcfoundation.org/UA/Machinery/Jobs/";
const PROCESS_VALUES = "http://opcfoundation.org/UA/Machinery/ProcessValues/";

const HOUR_MS = 3_600_000;

/** Operation counters, the signal that each shows, and how; a Duration is in milliseconds, the signals count hours. */
const COUNTERS: readonly (readonly [name: string, signal: string, show: (value: Shown) => VariantOptions])[] =
  [
    ["PowerOnDuration", "power-on-time", (hours) => scalar(DataType.Double, Number(hours) * HOUR_MS)],
    ["OperationDuration", "operation-time", (hours) => scalar(DataType.Double, Number(hours) * HOUR_MS)],
    ["OperationCycleCounter", "parts-produced", (parts) => scalar(DataType.UInt32, parts)],
  ];

/** Paths below `blocks` of what is optional in a type that has them and that `fillBuildingBlocks` fills. */
export function blockOptionals(nodes: UnitNodes, blocks: string): string[] {
  const counters = COUNTERS.filter(([, signal]) => nodes.live.signal(signal));
  return [
    // Number is optional in the nodeset, but clients in the field refuse a machine without it.
    `${blocks}.MachineryItemState.CurrentState.Number`,
    `${blocks}.MachineryOperationMode.CurrentState.Number`,
    ...counters.map(([name]) => `${blocks}.OperationCounters.${name}`),
    ...(nodes.unit.jobs ? ["", ...JOB_OPTIONALS.map((path) => `.${path}`)] : []).map(
      (path) => `${blocks}.JobManagement${path}`,
    ),
  ];
}

/** The folder of building blocks, for a machine whose type has none: only what it has signals or job orders for. */
export function addBuildingBlocks(nodes: UnitNodes, machine: UAObject): void {
  const blocks = nodes.namespace.addObject({
    browseName: {
      name: "MachineryBuildingBlocks",
      namespaceIndex: nodes.space.getNamespaceIndex(NAMESPACE.machinery),
    },
    typeDefinition: "FolderType",
    componentOf: machine,
    nodeId: nodes.nodeId("MachineryBuildingBlocks"),
  });
  const type = (name: string): UAObjectType => nodes.objectType(name, NAMESPACE.machinery);
  const number = ["CurrentState.Number"];
  addAddIn(nodes, blocks, type("MachineryItemState_StateMachineType"), number);
  addAddIn(nodes, blocks, type("MachineryOperationModeStateMachineType"), number);
  const counters = COUNTERS.filter(([, signal]) => nodes.live.signal(signal)).map(([name]) => name);
  addAddIn(nodes, blocks, type("MachineryOperationCounterType"), counters);
  if (nodes.unit.jobs) addAddIn(nodes, blocks, nodes.objectType("JobManagementType", JOBS), JOB_OPTIONALS);
  fillBuildingBlocks(nodes, blocks);
}

/** Binds states and counters of `blocks`, and adds what has no place in its type yet. */
export function fillBuildingBlocks(nodes: UnitNodes, blocks: UAObject): void {
  nodes.bindStateMachine(blocks, "MachineryItemState", "item-state", "NotAvailable");
  nodes.bindStateMachine(blocks, "MachineryOperationMode", "operation-mode", "None");
  for (const [name, signal, show] of COUNTERS) {
    if (!nodes.live.signal(signal)) continue;
    nodes.bind(blocks, `OperationCounters/${name}`, { signals: [signal], show, otherwise: show(0) });
  }
  addLifetimeCounters(nodes, blocks);
}

/** Adds an object by which a machine is extended, with the browse name that its type proposes. */
export function addAddIn(
  nodes: UnitNodes,
  parent: UAObject,
  type: UAObjectType,
  optionals: readonly string[] = [],
): UAObject {
  const name = type.getPropertyByName("DefaultInstanceBrowseName")!.readValue().value.value as QualifiedName;
  return type.instantiate({
    browseName: { name: name.name!, namespaceIndex: name.namespaceIndex },
    references: [{ referenceType: "HasAddIn", isForward: false, nodeId: parent }],
    namespace: nodes.namespace,
    optionals: [...optionals],
  });
}

/** Signals with a lifetime, but for those of tools, which are in a list of their own; none make no such counters. */
function addLifetimeCounters(nodes: UnitNodes, blocks: UAObject): void {
  const ofTools = new Set(nodes.unit.tools?.map(({ life }) => life));
  const counted = signalsOf(nodes).filter(({ id, lifetime }) => lifetime && !ofTools.has(id));
  if (counted.length === 0) return;
  const counters = addAddIn(
    nodes,
    blocks,
    nodes.objectType("MachineryLifetimeCounterType", NAMESPACE.machinery),
  );
  for (const signal of counted) {
    const { id, title, description, lifetime } = signal;
    const variable = nodes.variableType("LifetimeVariableType", NAMESPACE.di).instantiate({
      browseName: { name: id, namespaceIndex: nodes.namespace.index },
      displayName: title,
      description,
      dataType: DataType.Double,
      componentOf: counters,
      namespace: nodes.namespace,
    });
    const show = (value: Shown): VariantOptions => scalar(DataType.Double, value);
    nodes.live.bind(variable, [id], show);
    nodes.setUnitAndRange(variable, { unit: signal.unit! });
    nodes.setNumber(variable, "StartValue", lifetime!.start);
    nodes.setNumber(variable, "LimitValue", lifetime!.limit);
  }
}

/** Parts with a plate of their own, below `components` or an object that is made for them. */
export function addComponents(nodes: UnitNodes, machine: UAObject): void {
  if (nodes.unit.components.length === 0) return;
  const components = addAddIn(nodes, machine, nodes.objectType("MachineComponentsType", NAMESPACE.machinery));
  const type = nodes.objectType("MachineryComponentIdentificationType", NAMESPACE.machinery);
  for (const component of nodes.unit.components) addComponent(nodes, components, type, component);
}

function addComponent(
  nodes: UnitNodes,
  components: UAObject,
  type: UAObjectType,
  { id, title, manufacturer, model, serialNumber, deviceClass }: ComponentDescription,
): void {
  const component = nodes.namespace.addObject({
    browseName: id,
    displayName: title,
    componentOf: components,
    nodeId: nodes.nodeId(`Components/${id}`),
  });
  const identification = type.instantiate({
    browseName: { name: "Identification", namespaceIndex: nodes.space.getNamespaceIndex(NAMESPACE.di) },
    references: [{ referenceType: "HasAddIn", isForward: false, nodeId: component }],
    namespace: nodes.namespace,
    optionals: ["Model", "DeviceClass"],
  });
  const plate = {
    Manufacturer: localizedText(manufacturer),
    Model: localizedText(model),
    SerialNumber: text(serialNumber),
    DeviceClass: text(deviceClass),
  };
  for (const [name, value] of Object.entries(plate)) nodes.set(identification, name, value);
}

/** Measured values of the process as objects of OPC 40001-2, in the folder of all signals. */
export function addProcessValues(nodes: UnitNodes, folder: UAObject): void {
  for (const signal of signalsOf(nodes)) {
    if (!signal.isProcessValue) continue;
    const value = nodes.objectType("ProcessValueType", PROCESS_VALUES).instantiate({
      browseName: { name: `${signal.id}-process-value`, namespaceIndex: nodes.namespace.index },
      displayName: signal.title,
      description: signal.description,
      componentOf: folder,
      namespace: nodes.namespace,
      nodeId: nodes.nodeId(`ProcessValues/${signal.id}`),
    });
    nodes.variable(value, "AnalogSignal").dataType = coerceNodeId(DataType.Double);
    nodes.bindAnalog(value, "AnalogSignal", signal.id, 0);
  }
}

const signalsOf = ({ unit }: UnitNodes): SignalDescription[] => unit.groups.flatMap(({ signals }) => signals);
