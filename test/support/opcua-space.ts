import { AddressSpace, AttributeIds, NodeClass, generateAddressSpace } from "node-opcua";
import type { BaseNode, DataValue, NodeId } from "node-opcua";

import { NODESETS, addUnit } from "../../src/protocol/opcua/information-model.ts";
import { prepareLibrary, prepareSpace } from "../../src/protocol/opcua/library-mends.ts";
import { childrenOf } from "../../src/protocol/opcua/unit-nodes.ts";
import type { PlantPort, UnitDescription } from "../../src/protocol/port.ts";

/** An address space with all nodesets, as a server has it before a unit is added. */
export async function nodesetSpace(): Promise<AddressSpace> {
  prepareLibrary();
  const space = AddressSpace.create();
  space.registerNamespace("urn:test:server");
  await generateAddressSpace(space, [...NODESETS]);
  return space;
}

/** The address space of a unit's server, without the server. */
export async function unitSpace(port: PlantPort, unit: UnitDescription): Promise<AddressSpace> {
  const space = await nodesetSpace();
  prepareSpace(space);
  addUnit(space, port, unit);
  return space;
}

export const unitNamespaceIndex = (space: AddressSpace): number =>
  space.getNamespaceIndex("urn:taktwerk:unit");

/** The unit's node with this string as identifier; undefined when there is none. */
export const unitNode = (space: AddressSpace, id: string): BaseNode | undefined =>
  space.findNode(`ns=${unitNamespaceIndex(space)};s=${id}`) ?? undefined;

export function readValue(space: AddressSpace, id: string): DataValue {
  const node = unitNode(space, id);
  if (!node) throw new Error(`no node ${id}`);
  return node.readAttribute(null, AttributeIds.Value);
}

/**
 * One line for each node of the unit that can be reached from its machine: browse path, node id, node class,
 * type definition and data type. Namespaces have their last word for a prefix instead of an index. What is below a
 * node that several paths lead to is listed once.
 */
export function listNodes(space: AddressSpace, unit: string): string {
  const lines: string[] = [];
  const visited = new Set<BaseNode>();
  const prefix = (index: number): string =>
    index === 0 ? "" : `${space.getNamespaceUri(index).split(/[/:]/).filter(Boolean).at(-1)}:`;
  const nameOf = (id: NodeId | null | undefined): string => {
    const node = id && space.findNode(id);
    return node ? `${prefix(node.browseName.namespaceIndex)}${node.browseName.name}` : "-";
  };
  const visit = (node: BaseNode, parent: string): void => {
    const path = `${parent}/${prefix(node.browseName.namespaceIndex)}${node.browseName.name}`;
    const { typeDefinition, dataType } = node as BaseNode & { typeDefinition?: NodeId; dataType?: NodeId };
    const id = `${prefix(node.nodeId.namespace)}${String(node.nodeId.value)}`;
    lines.push(
      [path, id, NodeClass[node.nodeClass], nameOf(typeDefinition), nameOf(dataType)]
        .join(" | ")
        .replaceAll(unit, "{unit}"),
    );
    if (visited.has(node)) return;
    visited.add(node);
    for (const child of childrenOf(node)) visit(child, path);
  };
  visit(unitNode(space, unit)!, "");
  return `${lines.join("\n")}\n`;
}
