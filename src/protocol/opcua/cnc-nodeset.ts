/** What the nodeset of OPC 40502, version 1.0.0 of 2017, has and its specification has not. */
import type { AddressSpace, UAObject } from "node-opcua";

const CNC = "http://opcfoundation.org/UA/CNC";

/** An instance that the nodeset was tried out with and that came along, below Objects for every client to see. */
const LEFTOVER = { id: 5008, name: "test" } as const;

/** CncSpindleListType's placeholder; by a slip it has all that a channel has, and would ask it of every spindle. */
const SPINDLE = { id: 5002, name: "<CncSpindle>" } as const;

/** To be called before anything is made of the types; harmless without them, or with a nodeset that was mended. */
export function mendCncNodeset(space: AddressSpace): void {
  const index = space.getNamespaceIndex(CNC);
  if (index < 0) return;
  const find = ({ id, name }: { id: number; name: string }): UAObject | undefined => {
    const node = space.findNode(`ns=${index};i=${id}`);
    return node?.browseName.name === name ? (node as UAObject) : undefined;
  };
  const leftover = find(LEFTOVER);
  if (leftover) space.deleteNode(leftover);
  const declared = new Set<string | null>();
  for (let type = space.findObjectType("CncSpindleType", index); type; type = type.subtypeOfObj ?? null) {
    for (const { browseName } of type.getAggregates()) declared.add(browseName.name);
  }
  for (const node of find(SPINDLE)?.getAggregates() ?? []) {
    if (!declared.has(node.browseName.name)) space.deleteNode(node);
  }
}
