/**
 * What of node-opcua is not its public interface and yet is leaned on by the sharing of type nodes: all of it is
 * named here, with the reason, and `missingInternals` tests for it before anything is shared.
 */
import { createRequire } from "node:module";

import { AddressSpace } from "node-opcua";
import type { BaseNode, DataValue, Namespace, NodeId, UAMethod, UAVariable } from "node-opcua";

/** The one release of node-opcua-address-space that the comparison test has held against plain servers. */
export const VERIFIED_VERSION = "2.186.4";

/** A reference as a node holds it. `node` and `_referenceType` memoise what the ids lead to. */
export interface HeldReference {
  readonly nodeId: NodeId;
  readonly referenceType: NodeId;
  readonly isForward: boolean;
  /** Has to be resolved ahead of time on a shared node, or it would remember the nodes of some server */
  node: BaseNode | undefined;
  _referenceType: BaseNode | undefined;
  /** The reference's key in the maps of a NodeRecord: cheaper copied than computed */
  readonly __key: unknown;
}

export type References = Map<unknown, HeldReference>;

/** What a node hides under a symbol. A copy of a node needs a record of its own, with its server's space in it. */
export interface NodeRecord {
  __address_space: Space | null;
  _referenceIdx: References;
  /** One map shared by all nodes without back references; it is replaced, never written to */
  _back_referenceIdx: References;
  /** Memos of other nodes, all three made anew when undefined */
  _cache: { readonly typeDefinitionObj?: BaseNode | null } | undefined;
  _childByNameMap: unknown;
  _parent: BaseNode | null | undefined;
  _childByNameMapIncomplete?: boolean;
}

/** Key of a node in the index of its namespace, see `indexKey`. */
export type IndexKey = string | number;
export type NodeIndex = Map<IndexKey, BaseNode>;

/** A layer over these maps is what makes a namespace of one server show the shared nodes. */
export interface InnerNamespace extends Namespace {
  _nodeid_index: NodeIndex;
  _objectTypeMap: Map<string, BaseNode>;
  _variableTypeMap: Map<string, BaseNode>;
  /** Never changed after loading, so a layer takes them as they are */
  _referenceTypeMap: unknown;
  _referenceTypeMapInv: unknown;
  _dataTypeMap: unknown;
  _aliases: unknown;
  _requiredModels: unknown;
  defaultAccessRestrictions: unknown;
  defaultRolePermissions: unknown;
}

export interface Space extends AddressSpace {
  /** Small numbers for reference types, part of a reference's key: all spaces have to agree on them */
  _referenceTypeOrdinals: Map<unknown, number>;
  /** Constructors of structures, by DataType: extracted once, which takes half of a server's start */
  $$extraDataTypeManager: unknown;
}

/** Fields that a copied Variable needs for itself. */
export interface InnerVariable extends UAVariable {
  /** Without the checks and clones of reading it */
  $dataValue: DataValue;
}

export interface InnerMethod extends UAMethod {
  /** The handler; instances take over what a server bound to its copy of the type's Method */
  _asyncExecutionFunction: unknown;
}

/** What a node that was copied has to have done to it, as the library does to one that it makes. */
export interface InnerNode extends BaseNode {
  /** Tells the nodes that it refers to */
  propagate_back_references(): void;
  /** Children as fields, for the names that the nodesets do not have */
  install_extra_properties(): void;
  _clear_caches(): void;
}

/** A type: what it does to its instances when they are complete. */
export interface InnerType extends BaseNode {
  readonly _postInstantiateFunc?: (instance: BaseNode, type: BaseNode, options: object) => void;
}

const NAMESPACE_MAPS = [
  "_nodeid_index",
  "_objectTypeMap",
  "_variableTypeMap",
  "_referenceTypeMap",
  "_referenceTypeMapInv",
  "_dataTypeMap",
  "_aliases",
] as const;
const RECORD_FIELDS = ["__address_space", "_referenceIdx", "_back_referenceIdx", "_cache", "_parent"];
const REFERENCE_FIELDS = ["nodeId", "referenceType", "isForward", "node", "_referenceType", "__key"];

/** Nodes of namespace 0 whose classes are patched. */
export const SAMPLES = {
  objectType: "i=58",
  variableType: "i=62",
  object: "i=85",
  variable: "i=2258",
  method: "i=11492",
} as const;

/** Methods that patches.ts wraps or stamps.ts calls, by the sample whose class has them. */
const METHODS: Readonly<Record<keyof typeof SAMPLES, readonly string[]>> = {
  objectType: ["instantiate"],
  variableType: ["instantiate"],
  object: [
    "clone",
    "_add_backward_reference",
    "addReference",
    "removeReference",
    "propagate_back_references",
    "unpropagate_back_references",
    "install_extra_properties",
    "_clear_caches",
    "dispose",
  ],
  variable: ["clone", "bindVariable", "setValueFromSource", "writeAttribute", "writeValue"],
  method: ["clone", "bindMethod", "execute", "isBound"],
};

/** Where the library keeps a node's record; found by `missingInternals`. */
let recordSymbol: symbol | undefined;

/** The field of a node that holds this record, to be spread into a copy. */
export const asRecord = (record: NodeRecord): object => ({ [recordSymbol!]: record });

export function recordOf(node: BaseNode): NodeRecord {
  return (node as unknown as Record<symbol, NodeRecord>)[recordSymbol!]!;
}

/** As the library computes it: identifiers of whatever type are unique by their value within a namespace. */
export function indexKey({ value }: NodeId): IndexKey {
  return Buffer.isBuffer(value) ? value.toString() : (value as IndexKey);
}

/** The library's own `AddressSpace.create`, whatever stands there at the moment. */
const create = AddressSpace.create;
export const createSpace = (): Space => create.call(AddressSpace) as Space;

export const namespaceOf = (space: Space, index: number): InnerNamespace =>
  space.getNamespace(index) as InnerNamespace;

export const namespacesOf = (space: Space): InnerNamespace[] => space.getNamespaceArray() as InnerNamespace[];

/** The version of the address space that node-opcua itself loads. */
function installedVersion(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("node-opcua"));
  return (require("node-opcua-address-space/package.json") as { version: string }).version;
}

/** One line for a library that is not the verified one; undefined for the verified one. */
export function foreignVersion(version = installedVersion()): string | undefined {
  return version === VERIFIED_VERSION
    ? undefined
    : `node-opcua-address-space is ${version}, verified is ${VERIFIED_VERSION}`;
}

const has = (value: unknown, name: string): boolean =>
  typeof value === "object" && value !== null && name in value;
const lacks = (value: unknown, names: readonly string[]): string[] =>
  names.filter((name) => !has(value, name));

/** What a loaded space lacks of all this; to be called before `recordOf`. */
export function missingInternals(space: Space): string[] {
  const root = space.findNode("i=84")!;
  recordSymbol = Object.getOwnPropertySymbols(root).find((it) => it.description === "BaseNodePrivate");
  if (!recordSymbol) return ["the record of a node"];
  const record = recordOf(root);
  const namespace = namespaceOf(space, 0);
  const missing = [
    ...lacks(record, RECORD_FIELDS),
    ...lacks(record._referenceIdx.values().next().value, REFERENCE_FIELDS),
    ...NAMESPACE_MAPS.filter((name) => !(namespace[name] instanceof Map)),
    ...lacks(namespace, ["_register", "nodeIterator", "namespaceUri"]),
    ...lacks(space, ["_referenceTypeOrdinals", "$$extraDataTypeManager", "installHistoricalDataNode"]),
    ...(AddressSpace.create === create ? [] : ["AddressSpace.create as the library made it"]),
  ];
  for (const [sample, methods] of Object.entries(METHODS)) {
    const node = space.findNode(SAMPLES[sample as keyof typeof SAMPLES]);
    missing.push(...lacks(node, methods).map((name) => `${sample}.${name}`));
  }
  return missing;
}
