/**
 * Instances of a type with the same optional nodes are alike but for their ids and values. The library makes each one
 * by walking the type, its supertypes and its interfaces; here it makes the first one, in an address space that no
 * server has, and what is below the root of all others is copied from that: a tenth of the time.
 */
import { DataValue, ExtensionObject, NodeClass, NodeId, NodeIdType, Variant } from "node-opcua";
import type { BaseNode, DataType, Namespace, UAVariable } from "node-opcua";

import { isTied, untieStructure } from "../library-mends.ts";
import {
  asRecord,
  namespaceOf,
  recordOf,
  type HeldReference,
  type InnerNamespace,
  type InnerNode,
  type InnerType,
  type InnerVariable,
  type References,
  type Space,
} from "./internals.ts";
import { baseBelow, fieldsOf, makeOverlay } from "./overlay.ts";
import { baseOfShared, type SharedBase } from "./shared-base.ts";

/** A reference of a pattern's node: to another one of the pattern, or to a node that all servers have. */
interface Link {
  readonly reference: HeldReference;
  /** Place in the pattern, 0 for its root; undefined for a node outside */
  readonly target: number | undefined;
  /** The reference's key up to the id of the node that it leads to */
  readonly keyStart: string;
}

/** A node of a pattern, ready to be copied. */
interface Mould {
  readonly source: BaseNode;
  /** What a copy has as it is */
  readonly fields: object;
  /** Its id after that of the root: "/Identification/Model" */
  readonly suffix: string;
  readonly forward: readonly Link[];
  readonly backward: readonly Link[];
  /** Whether a node outside has to learn that this one refers to it */
  readonly isKnownOutside: boolean;
}

/** The nodes of an instance, its root first. */
type Pattern = readonly Mould[];

/** HasTypeDefinition and HasModellingRule, of which the library keeps no back references. */
const ONE_WAY: ReadonlySet<unknown> = new Set([37, 40]);

/** Where the library makes the first instance of each kind. */
class PatternBook {
  readonly space: Space;
  readonly #namespace: InnerNamespace;
  readonly #patterns = new Map<string, Pattern>();

  constructor(base: SharedBase) {
    this.space = makeOverlay(base);
    this.space.registerNamespace("urn:taktwerk:patterns:server"); // index 1 is a server's own
    const { index } = this.space.registerNamespace("urn:taktwerk:patterns");
    this.#namespace = namespaceOf(this.space, index);
  }

  /** @param make  makes an instance with this id in this namespace, when there is no pattern of this name yet */
  pattern(name: string, make: (namespace: InnerNamespace, nodeId: string) => BaseNode): Pattern {
    let pattern = this.#patterns.get(name);
    if (!pattern) {
      const { _nodeid_index: index } = this.#namespace;
      const before = index.size;
      const root = make(this.#namespace, `s=${this.#patterns.size}`);
      const nodes = [...index.values()].slice(before);
      loosen(nodes);
      pattern = nodes.map((node) => mouldOf(node, root, nodes));
      this.#patterns.set(name, pattern);
    }
    return pattern;
  }
}

function mouldOf(node: BaseNode, root: BaseNode, nodes: readonly BaseNode[]): Mould {
  const links = (references: References): Link[] =>
    [...references.values()].map((reference) => {
      const target = nodes.findIndex(
        ({ nodeId }) => nodeId === reference.nodeId || nodeId.toString() === reference.nodeId.toString(),
      );
      const key = String(reference.__key);
      const keyStart = target < 0 ? "" : key.slice(0, key.length - reference.nodeId.toString().length);
      return { reference, target: target < 0 ? undefined : target, keyStart };
    });
  const { _referenceIdx, _back_referenceIdx } = recordOf(node);
  const forward = links(_referenceIdx);
  return {
    source: node,
    fields: fieldsOf(node),
    suffix: String(node.nodeId.value).slice(String(root.nodeId.value).length),
    forward,
    backward: links(_back_referenceIdx),
    isKnownOutside: forward.some(
      ({ target, reference: { referenceType } }) =>
        target === undefined && !(referenceType.namespace === 0 && ONE_WAY.has(referenceType.value)),
    ),
  };
}

/**
 * The library ties Variables that hold a structure, and those of its fields, to one another by closures, which copies
 * could not have; their values stay.
 */
function loosen(nodes: readonly BaseNode[]): void {
  const values = nodes.map((node) =>
    isTied(node) ? looseValue((node as InnerVariable).$dataValue) : undefined,
  );
  nodes.forEach((node, i) => {
    const value = values[i];
    if (value && untieStructure(node as UAVariable)) (node as InnerVariable).$dataValue = value;
  });
}

function looseValue(tied: DataValue): DataValue {
  const { dataType, arrayType, value } = tied.value as {
    dataType: DataType;
    arrayType: number;
    value: unknown;
  };
  const copy: unknown =
    value instanceof ExtensionObject ? Reflect.construct(value.constructor, [value]) : value;
  const { statusCode, sourceTimestamp, serverTimestamp } = tied;
  return new DataValue({
    statusCode,
    sourceTimestamp,
    serverTimestamp,
    value: new Variant({ dataType, arrayType, value: copy }),
  });
}

/** Adds copies of all that a pattern has below its root to this root. */
function stamp(pattern: Pattern, root: BaseNode, space: Space): void {
  const { namespace: index, value } = root.nodeId;
  const { _nodeid_index: nodes } = namespaceOf(space, index);
  const ids = pattern.map(({ suffix }) => new NodeId(NodeIdType.STRING, `${String(value)}${suffix}`, index));
  const texts = ids.map((id) => id.toString());
  const copies = pattern.map(({ source, fields }, i) =>
    i === 0 ? root : copyOf(source, fields, ids[i]!, space),
  );
  const hold = (references: References, links: readonly Link[]): void => {
    for (const { reference, target, keyStart } of links) {
      const inside = target !== undefined;
      const __key = inside ? `${keyStart}${texts[target]!}` : reference.__key;
      references.set(__key, {
        __proto__: Object.getPrototypeOf(reference) as object,
        ...reference,
        nodeId: inside ? ids[target]! : reference.nodeId,
        node: inside ? copies[target] : undefined,
        __key,
      } as HeldReference);
    }
  };
  pattern.forEach(({ forward, backward, isKnownOutside }, i) => {
    const node = copies[i]!;
    const record = recordOf(node);
    const within = (links: readonly Link[]): readonly Link[] =>
      i === 0 ? links.filter(({ target }) => target !== undefined) : links;
    hold(record._referenceIdx, within(forward));
    if (backward.length > 0) {
      if (record._back_referenceIdx.size === 0) record._back_referenceIdx = new Map();
      hold(record._back_referenceIdx, within(backward));
    }
    if (i === 0) return;
    const key = String(ids[i]!.value);
    if (nodes.has(key)) throw new Error(`there is a node ${texts[i]!} already`);
    nodes.set(key, node);
    if (isKnownOutside) (node as InnerNode).propagate_back_references();
  });
  (root as InnerNode)._clear_caches();
}

function copyOf(source: BaseNode, fields: object, nodeId: NodeId, space: Space): BaseNode {
  const record = recordOf(source);
  const copy = {
    __proto__: Object.getPrototypeOf(source) as object,
    ...fields,
    nodeId,
    ...asRecord({
      ...record,
      __address_space: space,
      _referenceIdx: new Map(),
      // The empty one is the library's own for all nodes
      _back_referenceIdx: record._back_referenceIdx.size === 0 ? record._back_referenceIdx : new Map(),
      _cache: undefined,
      _childByNameMap: undefined,
      _parent: undefined,
    }),
  } as unknown as InnerVariable;
  if ("$dataValue" in fields) copy.$dataValue = (source as InnerVariable).$dataValue.clone();
  return copy;
}

/** The namespaces of a server that the library's engine makes nodes in: the standard's and the server's own. */
const ENGINE_NAMESPACES = 2;

const books = new WeakMap<SharedBase, PatternBook>();

type Instantiate = (this: BaseNode, options: InstanceOptions) => BaseNode;

/** `instantiate` of a type, as the library has it, with what is below the root of an instance copied. */
export function byPattern(original: Instantiate): Instantiate {
  return function (options) {
    const { namespace, optionals = [], dataType, copyAlsoAllOptionals, modellingRule } = options;
    const space = namespace?.addressSpace as Space | undefined;
    const base = baseBelow(space);
    const type = base?.space.findNode(this.nodeId);
    if (!base || !type || !baseOfShared(type)) return original.call(this, options);
    if (namespace!.index < ENGINE_NAMESPACES || copyAlsoAllOptionals || modellingRule)
      return original.call(this, options);
    const book = books.get(base) ?? new PatternBook(base);
    books.set(base, book);
    const pattern = book.pattern([type.nodeId.toString(), ...optionals].join(" "), (patterns, nodeId) => {
      const first = { browseName: "Pattern", namespace: patterns, nodeId, optionals, dataType };
      return base.within(book.space, () => original.call(type, first));
    });
    return stamped(original, this, options, pattern);
  };
}

interface InstanceOptions {
  readonly browseName?: unknown;
  readonly nodeId?: unknown;
  readonly namespace?: Namespace;
  readonly optionals?: readonly string[];
  readonly dataType?: unknown;
  readonly copyAlsoAllOptionals?: boolean;
  readonly modellingRule?: unknown;
}

/** The library makes the root, of a type that has nothing below it. */
function stamped(
  original: Instantiate,
  type: BaseNode,
  options: InstanceOptions,
  pattern: Pattern,
): BaseNode {
  const space = options.namespace!.addressSpace as Space;
  const top = type.nodeClass === NodeClass.ObjectType ? "BaseObjectType" : "BaseVariableType";
  const bare = Object.create(type, {
    findReferencesEx: { value: () => [] },
    subtypeOfObj: { value: space.findObjectType(top) ?? space.findVariableType(top) },
    _postInstantiateFunc: { value: undefined },
  }) as BaseNode;
  const root = original.call(bare, options) as InnerNode;
  stamp(pattern, root, space);
  root.install_extra_properties();
  (type as InnerType)._postInstantiateFunc?.(root, type, options);
  return root;
}
