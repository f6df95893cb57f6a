/** FiniteStateVariables (Part 16, 4.4.4): the id and number of a state that the machine's type has. */
import { DataType } from "node-opcua";
import type { NodeId } from "node-opcua";

import type { Findings } from "./finding.ts";
import type { Instance } from "./instance-walk.ts";
import { keyOf, type Neighbour } from "./session-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import { usableValue } from "./value-check.ts";
import { WELL_KNOWN } from "./well-known.ts";

const isStateVariable = (snapshot: Snapshot, { typeDefinition }: Neighbour): boolean =>
  snapshot.isA(typeDefinition, WELL_KNOWN.finiteStateVariableType);

/** The states of a machine's type and its supertypes, by node id. */
function statesOf(snapshot: Snapshot, machineType: string): Map<string, Neighbour> {
  const states = snapshot
    .chain(machineType)
    .flatMap((type) => snapshot.children(type))
    .filter(({ typeDefinition }) => snapshot.isA(typeDefinition, WELL_KNOWN.stateType));
  return new Map(states.map((state) => [state.id, state]));
}

const property = (snapshot: Snapshot, id: string, name: string): Neighbour | undefined =>
  snapshot.children(id).find((child) => child.name === name);

/** Reads the numbers of all states that check() will ask for. */
export async function loadStates(snapshot: Snapshot, instances: readonly Instance[]): Promise<void> {
  const machines = instances.filter((node) => isStateVariable(snapshot, node)).map(({ parent }) => parent);
  const types = new Set(machines.map((machine) => machine?.typeDefinition ?? ""));
  const states = [...types].flatMap((type) => [...statesOf(snapshot, type).values()]);
  const numbers = states.flatMap(({ id }) => property(snapshot, id, "StateNumber")?.id ?? []);
  await snapshot.loadValues(numbers);
}

/** Does nothing for other Variables, and for those that are not right below a finite state machine. */
export function checkState(snapshot: Snapshot, node: Instance, findings: Findings): void {
  const machine = node.parent?.typeDefinition ?? "";
  if (!isStateVariable(snapshot, node) || !snapshot.isA(machine, WELL_KNOWN.finiteStateMachineType)) return;
  if (!usableValue(snapshot, node.id)) return;
  const states = statesOf(snapshot, machine);
  const [id, number] = ["Id", "Number"].map((name) => property(snapshot, node.id, name));
  if (!number) findings.add("state-number-missing", node, "has no Number, which clients ask for");
  const idValue = id && usableValue(snapshot, id.id);
  if (idValue?.dataType !== DataType.NodeId) return;
  const key = keyOf(idValue.value as NodeId);
  const state = states.get(key);
  if (!state) {
    const names = [...states.values()].map((it) => `${it.id} ${it.name}`).join(", ");
    findings.add("state-id", node, `has the id ${key}, the states of the type are ${names || "none"}`);
    return;
  }
  const numberOf = (it: Neighbour | undefined): unknown => it && usableValue(snapshot, it.id)?.value;
  const [is, declared] = [numberOf(number), numberOf(property(snapshot, state.id, "StateNumber"))];
  if (is !== undefined && declared !== undefined && is !== declared)
    findings.add("state-number", node, `has the number ${is}, its state ${state.name} is number ${declared}`);
}
