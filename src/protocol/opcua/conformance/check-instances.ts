/**
 * The instance checker: walks any OPC UA server through a client's session and holds the instances below
 * Objects/Machines against their types, as the server itself has them. It knows no internals of a server, so it
 * works on those of third parties.
 *
 * Events are the part of event-watch.ts. Not checked: arguments and results of Methods, whether the last transition
 * leads to the current state, whether a unit's code is in UNECE's list, whether the profiles that are claimed hold.
 */
import { AttributeIds, NodeClass } from "node-opcua";
import type { ClientSession } from "node-opcua";

import { checkRange, checkUnit } from "./analog-check.ts";
import { Findings, type Finding } from "./finding.ts";
import { walkInstances, type Instance, type Instances } from "./instance-walk.ts";
import { checkServer, readNamespaces } from "./server-check.ts";
import { SessionReader } from "./session-reader.ts";
import { Snapshot } from "./snapshot.ts";
import { checkState, loadStates } from "./state-check.ts";
import { StructureCheck } from "./structure-check.ts";
import { checkValue, structuresIn, usableValue } from "./value-check.ts";
import { DI, MACHINERY, WELL_KNOWN } from "./well-known.ts";

const MACHINE_IDENTIFICATION_TYPE = 1012;

export interface CheckOptions {
  /** Nodes below Objects/Machines; more are left out and `truncated` says so. 20,000 when left out */
  readonly nodesMax?: number;
  /** Findings of each rule; more are left out and `truncated` says so. 500 when left out */
  readonly findingsMax?: number;
}

/**
 * Reads a server once and answers what is wrong with it, in the order of browse paths. The server's values may
 * change meanwhile: values are read in one go, so that a value and its range or a state and its number are as
 * close as the server can read them.
 *
 * Never throws because of the server: a service that fails is a finding of rule `service`.
 */
export async function checkInstances(session: ClientSession, options: CheckOptions = {}): Promise<Finding[]> {
  const { nodesMax = 20_000, findingsMax = 500 } = options;
  const findings = new Findings(findingsMax);
  const reader = new SessionReader(session, findings);
  await reader.prepare();
  const snapshot = new Snapshot(reader);
  const namespaces = await readNamespaces(snapshot);
  if (namespaces.length === 0) {
    const place = { path: "Server/NamespaceArray", id: WELL_KNOWN.namespaceArray };
    findings.add("service", place, "cannot be read, so nothing was checked");
    return findings.sorted();
  }
  await checkServer(snapshot, namespaces, findings);
  const index = namespaces.indexOf(MACHINERY);
  const folder = { path: "Machines", id: `ns=${index};i=1001` };
  if (index < 0)
    findings.add("machines-folder", folder, `is missing: the server has no namespace ${MACHINERY}`);
  else {
    const instances = await walkInstances(snapshot, folder, nodesMax, findings);
    if (instances.machines.length === 0) findings.add("no-machine", folder, "has no machine");
    await load(snapshot, instances);
    checkMachines(snapshot, instances, namespaces, findings);
    new StructureCheck(snapshot, instances, findings).run();
    for (const node of variablesOf(instances)) {
      checkValue(snapshot, node, findings);
      checkUnit(snapshot, node, findings);
      checkRange(snapshot, node, findings);
      checkState(snapshot, node, findings);
    }
  }
  return findings.sorted();
}

const variablesOf = ({ all }: Instances): Instance[] =>
  [...all.values()].filter(({ nodeClass }) => nodeClass === NodeClass.Variable);

/** Everything that the checks ask for, values last. */
async function load(snapshot: Snapshot, instances: Instances): Promise<void> {
  const all = [...instances.all.values()];
  const typed = all.filter(({ nodeClass }) => nodeClass !== NodeClass.Method);
  const types = new Set(typed.map(({ typeDefinition }) => typeDefinition));
  await snapshot.loadTypes([...types, ...all.flatMap(({ id }) => snapshot.interfaces(id))]);
  await snapshot.loadAttribute(AttributeIds.IsAbstract, types);
  const variables = variablesOf(instances);
  const ids = variables.map(({ id }) => id);
  await snapshot.loadShapes([...ids, ...variables.map(({ typeDefinition }) => typeDefinition)]);
  await snapshot.loadAttribute(AttributeIds.AccessLevel, ids);
  await snapshot.loadAttribute(
    AttributeIds.DataTypeDefinition,
    ids
      .map((id) => snapshot.shape(id)?.dataType ?? "")
      .filter((it) => snapshot.isA(it, WELL_KNOWN.enumeration)),
  );
  await loadStates(snapshot, variables);
  await snapshot.loadValues(ids);
  const values = ids.flatMap((id) => usableValue(snapshot, id) ?? []);
  await snapshot.loadSupertypes(values.flatMap(structuresIn));
}

/** Machinery (OPC 40001-1): a machine is what has an Identification, with a name of DI and a type of Machinery. */
function checkMachines(
  snapshot: Snapshot,
  { machines }: Instances,
  namespaces: readonly string[],
  findings: Findings,
): void {
  const name = `${namespaces.indexOf(DI)}:Identification`;
  const type = `ns=${namespaces.indexOf(MACHINERY)};i=${MACHINE_IDENTIFICATION_TYPE}`;
  for (const machine of machines) {
    const found = snapshot.children(machine.id).find((child) => child.name === name);
    if (!found) findings.add("identification", machine, `has no ${name}, a name of ${DI}`);
    else if (!snapshot.isA(found.typeDefinition, type))
      findings.add(
        "identification",
        machine,
        `has a ${name} of type ${snapshot.nameOf(found.typeDefinition)}, which is no MachineIdentificationType`,
      );
  }
}
