/**
 * An overlay: the address space of one server, as thin layers over the maps of a base. It holds its own nodes,
 * copies of the private nodes that somebody asked for, and shows the shared nodes as they are.
 */
import { Argument } from "node-opcua";
import type { BaseNode, DataValue, NodeId } from "node-opcua";

import {
  createSpace,
  indexKey,
  asRecord,
  namespaceOf,
  namespacesOf,
  recordOf,
  type HeldReference,
  type IndexKey,
  type InnerVariable,
  type NodeIndex,
  type References,
  type Space,
} from "./internals.ts";
import type { SharedBase } from "./shared-base.ts";

const baseOfOverlay = new WeakMap<object, SharedBase>();

/** The base below an overlay; undefined for any other address space. */
export const baseBelow = (space: object | null | undefined): SharedBase | undefined =>
  space ? baseOfOverlay.get(space) : undefined;

/** The overlay's version of a node, if it has one by now. */
export function ownVersion(overlay: Space, nodeId: NodeId): BaseNode | undefined {
  const index = namespaceOf(overlay, nodeId.namespace)._nodeid_index;
  return index instanceof LayeredIndex ? index.own(indexKey(nodeId)) : index.get(indexKey(nodeId));
}

/** The overlay's version of a node, which may be changed; a copy is made when there is none yet. */
export function materialise<T extends BaseNode>(overlay: Space, node: T): T {
  const index = namespaceOf(overlay, node.nodeId.namespace)._nodeid_index;
  return (index instanceof LayeredIndex ? index.materialise(indexKey(node.nodeId)) : node) as T;
}

/** A new address space over the base, for one server. */
export function makeOverlay(base: SharedBase): Space {
  const overlay = createSpace();
  baseOfOverlay.set(overlay, base);
  overlay._referenceTypeOrdinals = base.space._referenceTypeOrdinals;
  overlay.$$extraDataTypeManager = base.space.$$extraDataTypeManager;
  layNamespace(overlay, base, 0);
  const { registerNamespace } = overlay;
  // The server registers its own namespace first, index 1. The nodesets' follow at once, so that an index means
  // the same namespace in all spaces.
  overlay.registerNamespace = (uri) => {
    const namespace = registerNamespace.call(overlay, uri);
    Reflect.deleteProperty(overlay, "registerNamespace"); // back to the class's
    for (const { index, namespaceUri } of namespacesOf(base.space).slice(2)) {
      overlay.registerNamespace(namespaceUri);
      layNamespace(overlay, base, index);
    }
    return namespace;
  };
  return overlay;
}

/**
 * `AddressSpace.dispose` of an overlay: lets go of all nodes at once. The library's way, node by node, takes
 * milliseconds a server to break up what the garbage collector takes as a whole, since nothing that lives on refers
 * to an overlay's nodes once sessions are closed. Only classes with something of their own to end are asked: alarms
 * have a timer.
 */
export function disposeOverlay(overlay: Space, dispose: () => void): void {
  const usual = (overlay.rootFolder as unknown as Disposable).dispose;
  const namespaces = namespacesOf(overlay);
  for (const { _nodeid_index: index } of namespaces) {
    for (const node of index.values() as Iterable<BaseNode & Disposable>) {
      if (node.dispose !== usual) node.dispose();
    }
  }
  for (const namespace of namespaces) namespace._nodeid_index = new Map();
  dispose();
}

interface Disposable {
  dispose(): void;
}

function layNamespace(overlay: Space, base: SharedBase, index: number): void {
  const shared = namespaceOf(base.space, index);
  const own = namespaceOf(overlay, index);
  own._nodeid_index = new LayeredIndex(shared._nodeid_index, base.privateKeys(index), overlay);
  own._objectTypeMap = new LayeredTypes(shared._objectTypeMap, overlay);
  own._variableTypeMap = new LayeredTypes(shared._variableTypeMap, overlay);
  own._referenceTypeMap = shared._referenceTypeMap;
  own._referenceTypeMapInv = shared._referenceTypeMapInv;
  own._dataTypeMap = shared._dataTypeMap;
  own._aliases = shared._aliases;
  own._requiredModels = shared._requiredModels;
  own.version = shared.version;
  own.publicationDate = shared.publicationDate;
  own.defaultAccessRestrictions = shared.defaultAccessRestrictions;
  own.defaultRolePermissions = shared.defaultRolePermissions;
}

/** A namespace's nodes by key: own ones, then copies of private ones, then shared ones. Iterates own ones only. */
class LayeredIndex extends Map<IndexKey, BaseNode> {
  readonly #shared: NodeIndex;
  readonly #privateKeys: ReadonlySet<IndexKey>;
  readonly #overlay: Space;
  readonly #deleted = new Set<IndexKey>();

  constructor(shared: NodeIndex, privateKeys: ReadonlySet<IndexKey>, overlay: Space) {
    super();
    this.#shared = shared;
    this.#privateKeys = privateKeys;
    this.#overlay = overlay;
  }

  override get(key: IndexKey): BaseNode | undefined {
    const own = super.get(key);
    if (own) return own;
    return this.#privateKeys.has(key) ? this.materialise(key) : this.#below(key);
  }

  override has(key: IndexKey): boolean {
    return super.has(key) || this.#below(key) !== undefined;
  }

  override delete(key: IndexKey): boolean {
    const isThere = this.has(key);
    super.delete(key);
    if (this.#shared.has(key)) this.#deleted.add(key);
    return isThere;
  }

  own(key: IndexKey): BaseNode | undefined {
    return super.get(key);
  }

  materialise(key: IndexKey): BaseNode | undefined {
    const own = super.get(key);
    const source = own ? undefined : this.#below(key);
    if (!source) return own;
    const copy = copyNode(source, this.#overlay);
    super.set(key, copy);
    return copy;
  }

  #below(key: IndexKey): BaseNode | undefined {
    return this.#deleted.has(key) ? undefined : this.#shared.get(key);
  }
}

/** A namespace's types by name, as the overlay sees them; types are never added to an overlay. */
class LayeredTypes extends Map<string, BaseNode> {
  readonly #shared: Map<string, BaseNode>;
  readonly #overlay: Space;

  constructor(shared: Map<string, BaseNode>, overlay: Space) {
    super();
    this.#shared = shared;
    this.#overlay = overlay;
  }

  override get(name: string): BaseNode | undefined {
    const shared = this.#shared.get(name);
    return shared && (this.#overlay.findNode(shared.nodeId) ?? undefined);
  }

  override has(name: string): boolean {
    return this.#shared.has(name);
  }

  override get size(): number {
    return this.#shared ? this.#shared.size : 0; // the constructor of Map asks before there is a field
  }

  override values(): MapIterator<BaseNode> {
    return this.#shared.values();
  }
}

/** A copy of a base's node that belongs to `overlay`: no listeners, no memos, own references and value. */
function copyNode(source: BaseNode, overlay: Space): BaseNode {
  const copy = {
    __proto__: Object.getPrototypeOf(source) as object,
    ...fieldsOf(source),
    ...copyRecord(source, overlay),
  };
  if ("$dataValue" in source)
    Object.assign(copy, { $dataValue: copyValue((source as InnerVariable).$dataValue) });
  return copy as unknown as BaseNode;
}

/** All fields of a node that a copy has as well, listeners left out. */
export function fieldsOf(source: BaseNode): object {
  // Spreading defines fields and is fast; assigning would meet the getters that the prototype has for children.
  const fields = { ...source, _events: undefined, _eventsCount: 0 };
  for (const key of accessorsOf(source)) Reflect.deleteProperty(fields, key);
  return fields;
}

const accessors = new WeakMap<BaseNode, readonly PropertyKey[]>();

/** Own accessors lead to children, for which a copy has those of the prototype, or are a structure's field. */
function accessorsOf(source: BaseNode): readonly PropertyKey[] {
  let keys = accessors.get(source);
  if (!keys) {
    keys = Reflect.ownKeys(source).filter((key) => Object.getOwnPropertyDescriptor(source, key)!.get);
    accessors.set(source, keys);
  }
  return keys;
}

function copyRecord(source: BaseNode, overlay: Space): object {
  const record = recordOf(source);
  return asRecord({
    ...record,
    __address_space: overlay,
    _referenceIdx: copyReferences(record._referenceIdx),
    // The empty one is the library's own for all nodes
    _back_referenceIdx:
      record._back_referenceIdx.size === 0
        ? record._back_referenceIdx
        : copyReferences(record._back_referenceIdx),
    _cache: undefined,
    _childByNameMap: undefined,
    _childByNameMapIncomplete: false,
    _parent: undefined,
  });
}

/** Same keys, but `node` is resolved again, in the overlay. */
function copyReferences(references: References): References {
  const copy: References = new Map();
  for (const [key, reference] of references) {
    const prototype = Object.getPrototypeOf(reference) as object;
    copy.set(key, { __proto__: prototype, ...reference, node: undefined } as HeldReference);
  }
  return copy;
}

function copyValue(dataValue: DataValue | undefined): DataValue | undefined {
  if (!dataValue) return undefined;
  const copy = dataValue.clone();
  const { value } = dataValue;
  if (!value) return copy;
  // Arguments of Methods never change; cloning would turn a null array into an empty one.
  const isArguments = Array.isArray(value.value) && value.value[0] instanceof Argument;
  copy.value = isArguments ? value : value.clone();
  return copy;
}
