/**
 * What a finite state machine says of its current state and last transition (Part 16, 4.4.4): the id and number of
 * a state or transition that the machine's type, or a supertype, has.
 */
import { DataType } from "node-opcua";
import type { NodeId } from "node-opcua";

import type { Findings, Rule } from "./finding.ts";
import type { Instance } from "./instance-walk.ts";
import { keyOf, type Neighbour } from "./session-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import { usableValue } from "./value-check.ts";
import { WELL_KNOWN } from "./well-known.ts";

interface Kind {
  readonly variableType: string;
  /** Of the nodes of a machine's type that the Variable speaks of */
  readonly elementType: string;
  /** Their property that the Variable's Number has to equal */
  readonly number: string;
  readonly noun: string;
  readonly rules: { readonly id: Rule; readonly number: Rule };
}

const KINDS: readonly Kind[] = [
  {
    variableType: WELL_KNOWN.finiteStateVariableType,
    elementType: WELL_KNOWN.stateType,
    number: "StateNumber",
    noun: "state",
    rules: { id: "state-id", number: "state-number" },
  },
  {
    variableType: WELL_KNOWN.finiteTransitionVariableType,
    elementType: WELL_KNOWN.transitionType,
    number: "TransitionNumber",
    noun: "transition",
    rules: { id: "transition-id", number: "transition-number" },
  },
];

const kindOf = (snapshot: Snapshot, { typeDefinition }: Neighbour): Kind | undefined =>
  KINDS.find(({ variableType }) => snapshot.isA(typeDefinition, variableType));

/** The states or transitions of a machine's type and its supertypes, by node id. */
function elementsOf(snapshot: Snapshot, machineType: string, { elementType }: Kind): Map<string, Neighbour> {
  const found = snapshot
    .chain(machineType)
    .flatMap((type) => snapshot.children(type))
    .filter(({ typeDefinition }) => snapshot.isA(typeDefinition, elementType));
  return new Map(found.map((element) => [element.id, element]));
}

const property = (snapshot: Snapshot, id: string, name: string): Neighbour | undefined =>
  snapshot.children(id).find((child) => child.name === name);

/** Reads the numbers of all states and transitions that checkState() will ask for. */
export async function loadStates(snapshot: Snapshot, instances: readonly Instance[]): Promise<void> {
  const numbers = new Set<string>();
  for (const node of instances) {
    const kind = kindOf(snapshot, node);
    if (!kind || !node.parent) continue;
    for (const { id } of elementsOf(snapshot, node.parent.typeDefinition, kind).values()) {
      const number = property(snapshot, id, kind.number);
      if (number) numbers.add(number.id);
    }
  }
  await snapshot.loadValues(numbers);
}

/** Does nothing for other Variables, and for those that are not right below a finite state machine. */
export function checkState(snapshot: Snapshot, node: Instance, findings: Findings): void {
  const kind = kindOf(snapshot, node);
  const machine = node.parent?.typeDefinition ?? "";
  if (!kind || !snapshot.isA(machine, WELL_KNOWN.finiteStateMachineType)) return;
  if (!usableValue(snapshot, node.id)) return;
  const [id, number] = ["Id", "Number"].map((name) => property(snapshot, node.id, name));
  if (!number && kind.variableType === WELL_KNOWN.finiteStateVariableType)
    findings.add("state-number-missing", node, "has no Number, which clients ask for");
  const idValue = id && usableValue(snapshot, id.id);
  if (idValue?.dataType !== DataType.NodeId) return;
  const elements = elementsOf(snapshot, machine, kind);
  const key = keyOf(idValue.value as NodeId);
  const element = elements.get(key);
  if (!element) {
    const names = [...elements.values()].map((it) => `${it.id} ${it.name}`).join(", ");
    findings.add(
      kind.rules.id,
      node,
      `has the id ${key}, the ${kind.noun}s of the type are ${names || "none"}`,
    );
    return;
  }
  const numberOf = (it: Neighbour | undefined): unknown => it && usableValue(snapshot, it.id)?.value;
  const [is, declared] = [numberOf(number), numberOf(property(snapshot, element.id, kind.number))];
  if (is !== undefined && declared !== undefined && is !== declared) {
    const wanted = `its ${kind.noun} ${element.name} is number ${declared}`;
    findings.add(kind.rules.number, node, `has the number ${is}, ${wanted}`);
  }
}
