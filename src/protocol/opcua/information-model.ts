/**
 * Which nodes a unit's server shows. A kind of equipment has a map file, which knows the companion
 * specification and which signals fill it; a kind without one has its nameplate and its signals.
 */
import { nodesets } from "node-opcua";
import type { AddressSpace, Namespace, UAObject } from "node-opcua";

import type { PlantPort, UnitDescription } from "../port.ts";
import { NAMEPLATE_OPTIONALS, fillIdentification } from "./identification.ts";
import { addAlarms } from "./alarms.ts";
import { addBuildingBlocks, addComponents, addProcessValues } from "./building-blocks.ts";
import { addEvents } from "./events.ts";
import { addHistory } from "./history.ts";
import { addJobs } from "./jobs.ts";
import { addMachineTool } from "./machine-tool.ts";
import { permitByDefault } from "./permissions.ts";
import { addMethods } from "./methods.ts";
import { addNamespaceMetadata } from "./namespace-metadata.ts";
import { addProductionPlan } from "./production-plan.ts";
import { addResults } from "./results.ts";
import { addSignals } from "./signal-variables.ts";
import { NAMESPACE, UnitNodes } from "./unit-nodes.ts";

/**
 * The namespace of all instance nodes, one for all units: node ids begin with the unit's name, so they stay
 * unique when a gateway aggregates servers. Its index differs from server to server; resolve it by this URI.
 */
export const UNIT_NAMESPACE = "urn:taktwerk:unit";

/** Of the node ids and their meaning: a new major version may rename, a minor one only adds. */
const UNIT_NAMESPACE_VERSION = "1.0.0";
const UNIT_NAMESPACE_DATE = new Date(Date.UTC(2026, 0, 1));

/** What every server loads, so that namespaces have the same index on all of them. */
export const NODESETS: readonly string[] = [
  nodesets.standard,
  nodesets.di,
  nodesets.ia,
  nodesets.isa95JobControl,
  nodesets.machinery,
  nodesets.machineryJobs,
  nodesets.irdi,
  nodesets.padim,
  nodesets.machineryProcessValues,
  nodesets.machineryResult,
  nodesets.machineTool,
  nodesets.cnc,
];

/** What a map file answers. */
export interface MappedMachine {
  /** The instance below Objects/Machines; it has an object Monitoring. */
  readonly machine: UAObject;
  /** Where its alarms are, and clients look for its events */
  readonly messages: UAObject;
}

/** By UnitDescription.kind: makes the instance. */
const MAPS: Readonly<Record<string, (nodes: UnitNodes) => MappedMachine>> = {
  cnc: addMachineTool,
};

/**
 * Adds a unit's nodes to the address space of its server and binds them to the port.
 *
 * @returns ends what listens to the port
 */
export function addUnit(space: AddressSpace, port: PlantPort, unit: UnitDescription): () => void {
  const namespace = space.registerNamespace(UNIT_NAMESPACE);
  permitByDefault(namespace);
  const nodes = new UnitNodes(space, namespace, unit, port);
  const { machine, messages } = (MAPS[unit.kind] ?? addPlainMachine)(nodes);
  const folder = addSignals(nodes, nodes.object(machine, "Monitoring"));
  addProcessValues(nodes, folder);
  addComponents(nodes, machine);
  addHistory(nodes);
  const notifier = addEvents(nodes, machine, messages);
  addResults(nodes, machine, notifier);
  addAlarms(nodes, machine, messages);
  addMethods(nodes, machine);
  const blocks = nodes.find(machine, "MachineryBuildingBlocks");
  if (unit.jobs && blocks) addJobs(nodes, blocks as UAObject, unit.jobs, notifier);
  const production = nodes.find(machine, "Production");
  if (production) addProductionPlan(nodes, production as UAObject, notifier);
  if (!namespace.findNode("s=Namespace")) describeNamespace(nodes, namespace);
  return () => nodes.release();
}

/** A machine of a kind without a companion specification. */
function addPlainMachine(nodes: UnitNodes): MappedMachine {
  const { namespace } = nodes;
  const machine = namespace.addObject({
    browseName: nodes.unit.name,
    organizedBy: nodes.machinesFolder,
    nodeId: nodes.nodeId(""),
  });
  const identification = nodes.objectType("MachineIdentificationType", NAMESPACE.machinery).instantiate({
    browseName: { name: "Identification", namespaceIndex: nodes.space.getNamespaceIndex(NAMESPACE.di) },
    references: [{ referenceType: "HasAddIn", isForward: false, nodeId: machine }],
    namespace,
    optionals: [...NAMEPLATE_OPTIONALS],
  });
  fillIdentification(nodes, identification);
  addBuildingBlocks(nodes, machine);
  namespace.addObject({
    browseName: "Monitoring",
    componentOf: machine,
    typeDefinition: "FolderType",
    nodeId: nodes.nodeId("Monitoring"),
  });
  const messages = namespace.addObject({
    browseName: "Notifications",
    componentOf: machine,
    typeDefinition: "FolderType",
    nodeId: nodes.nodeId("Notifications"),
  });
  return { machine, messages };
}

/** The nodesets bring the metadata of theirs; our namespace has only strings as identifiers. */
function describeNamespace(nodes: UnitNodes, namespace: Namespace): void {
  const variables = addNamespaceMetadata(nodes.space, namespace, {
    uri: UNIT_NAMESPACE,
    version: UNIT_NAMESPACE_VERSION,
    published: UNIT_NAMESPACE_DATE,
    // This server has the nodes of one unit, not of all that the namespace is for.
    isSubset: true,
    staticNodeIdTypes: [],
  });
  variables.forEach((variable) => nodes.fix(variable));
}
