/**
 * What the library's classes have to do differently for shared nodes and overlays. Every patch passes through for
 * the nodes of an ordinary address space. They are installed once a process and stay.
 */
import { AddressSpace, ServerEngine, StatusCodes, Subscription, sameNodeId } from "node-opcua";
import type {
  BaseNode,
  MonitoredItemCreateRequest,
  Namespace,
  NodeId,
  NodesetSource,
  OPCUAServerOptions,
  StatusCode,
  TimestampsToReturn,
  UAMethod,
} from "node-opcua";

import {
  SAMPLES,
  namespaceOf,
  recordOf,
  type HeldReference,
  type InnerMethod,
  type Space,
} from "./internals.ts";
import { baseBelow, disposeOverlay, makeOverlay, materialise, ownVersion } from "./overlay.ts";
import { baseOfShared, isFrozen, isRouter, type SharedBase } from "./shared-base.ts";
import { byPattern } from "./stamps.ts";

type Method<This> = (this: This, ...args: any[]) => any;

/** Replaces a method where the prototype chain of `object` has it. */
function patch<This extends object>(
  object: This,
  name: string,
  wrap: (original: Method<This>) => Method<This>,
): void {
  let owner: object = object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  const original = Reflect.get(owner, name) as Method<This>;
  const replacement = wrap(original);
  // The library tells callback from promise form by the length of a function.
  Object.defineProperty(replacement, "length", { value: original.length });
  Object.defineProperty(owner, name, { value: replacement, writable: true, configurable: true });
}

function refuse(node: BaseNode, action: string): never {
  throw new Error(
    `${action} of ${node.browseName.toString()} (${node.nodeId.toString()}) would change every server, since it ` +
      "is shared: look the node up in the address space of one",
  );
}

let installed = false;

/** @param space  any space that has namespace 0 */
export function installPatches(space: Space): void {
  if (installed) return;
  installed = true;
  const sample = (name: keyof typeof SAMPLES): BaseNode => space.findNode(SAMPLES[name])!;
  patchCreation(sample("objectType"), sample("variableType"));
  for (const name of ["object", "variable", "method"] as const)
    patch(sample(name), "clone", inOverlayOfOptions);
  patchMethods(sample("method"));
  patchNamespaces(namespaceOf(space, 0));
  patchReferences(sample("object"));
  patchWrites(sample("variable"), sample("method"), sample("object"));
  patchSpaces(space);
  patchEngine();
  patchMonitoring();
}

/** Options of an instantiation, a clone or an addition that hold a node or namespace of the space it is for. */
const PARENTS = [
  "namespace",
  "componentOf",
  "organizedBy",
  "propertyOf",
  "addInOf",
  "eventSourceOf",
  "notifierOf",
  "conditionSource",
] as const;

/** The overlay that such options point at. */
function overlayOfOptions(options: Record<string, unknown> | undefined): Space | undefined {
  for (const name of PARENTS) {
    const parent = options?.[name];
    const space = (parent as { addressSpace?: Space } | null | undefined)?.addressSpace;
    if (space && !isRouter(space)) return space;
  }
  return undefined;
}

/** While a shared node makes a node for an overlay, all shared nodes see that overlay. */
function inOverlayOfOptions(original: Method<BaseNode>): Method<BaseNode> {
  return function (options: Record<string, unknown>, ...rest) {
    const base = baseOfShared(this);
    const overlay = base && (overlayOfOptions(options) ?? base.current);
    const make = (): unknown => original.call(this, options, ...rest);
    return overlay && baseBelow(overlay) ? base.within(overlay, make) : make();
  };
}

function patchCreation(...types: readonly BaseNode[]): void {
  for (const type of types) {
    patch(type, "instantiate", (original) => {
      const make = byPattern(original);
      const shared = inOverlayOfOptions(make);
      return function (options: Record<string, unknown>) {
        const own = this.addressSpace as Space;
        const base = baseBelow(own);
        // An overlay's copy of a type goes through its supertypes, which are shared.
        if (base) return base.within(own, () => make.call(this, options));
        const overlay = baseOfShared(this) && overlayOfOptions(options);
        const namespace = options.namespace ?? (baseBelow(overlay) ? overlay?.getOwnNamespace() : undefined);
        return shared.call(this, namespace ? { ...options, namespace } : options);
      };
    });
  }
}

function patchMethods(sample: BaseNode): void {
  // An instance's Method takes over what this server, not another, bound to the type's Method.
  patch(sample as UAMethod, "clone", (original) => {
    return function (...args) {
      const copy = original.apply(this, args) as InnerMethod;
      const own = baseOfShared(this) && ownVersion(copy.addressSpace as Space, this.nodeId);
      if (own) copy._asyncExecutionFunction = (own as InnerMethod)._asyncExecutionFunction;
      return copy;
    };
  });
  // A Method called on a type, as ConditionRefresh is, acts on this server's version of the type.
  patch(sample as UAMethod, "execute", (original) => {
    return function (target: BaseNode | null, ...rest) {
      const own = this.addressSpace as Space;
      const isForeign = target && baseBelow(own) && baseOfShared(target);
      return original.call(this, isForeign ? materialise(own, target) : target, ...rest);
    };
  });
}

const MAKERS = /^(add|create|instantiate|deleteNode)/;
const TYPE_MAKERS = /^(addObjectType|addVariableType|addReferenceType|addEventType|createDataType)$/;

function patchNamespaces(sample: Namespace): void {
  const prototype = Object.getPrototypeOf(sample) as Namespace;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (!MAKERS.test(name) || typeof Reflect.get(prototype, name) !== "function") continue;
    patch(prototype, name, (original) => {
      return function (...args) {
        const own = this.addressSpace as Space;
        const base = baseBelow(own);
        if (!base) return original.apply(this, args);
        if (TYPE_MAKERS.test(name))
          throw new Error(`${name}: types are shared; they have to come from a nodeset`);
        return base.within(own, () => original.apply(this, args));
      };
    });
  }
  patch(prototype, "_register", (original) => {
    return function (node: BaseNode) {
      // Not by baseOfShared: a new node has the base itself for its space.
      if (isFrozen(this.addressSpace)) refuse(node, "creation");
      return original.call(this, node);
    };
  });
}

function patchReferences(sample: BaseNode): void {
  // A reference from an instance back to a shared node is held by the overlay's version of that node.
  patch(sample, "_add_backward_reference", (original) => {
    return function (reference: HeldReference) {
      const base = baseOfShared(this);
      if (!base) return original.call(this, reference);
      const holder = reference.node?.addressSpace as Space | undefined;
      const overlay = baseBelow(holder) ? holder! : base.current;
      if (!baseBelow(overlay)) refuse(this, "a back reference");
      return original.call(materialise(overlay, this), reference);
    };
  });
  // Deleting an instance asks the nodes that it refers to; a shared one knows it in the overlay's version at most.
  patch(sample, "removeReference", (original) => {
    return function (options: { nodeId: NodeId | BaseNode }) {
      const base = baseOfShared(this);
      if (!base) return original.call(this, options);
      if (!baseBelow(base.current)) refuse(this, "removal of a reference");
      const own = versionHolding(this, base.current, options.nodeId);
      return own && original.call(own, options);
    };
  });
  patch(sample, "unpropagate_back_references", (original) => {
    return function () {
      const own = this.addressSpace as Space;
      for (const reference of baseBelow(own) ? recordOf(this)._referenceIdx.values() : []) {
        const target = reference.node ?? own.findNode(reference.nodeId);
        if (target && baseOfShared(target)) {
          reference.node = versionHolding(target, own, this.nodeId) ?? target;
        }
      }
      return original.call(this);
    };
  });
}

/** The overlay's version of a shared node, when some version of it refers to `nodeId`. */
function versionHolding(node: BaseNode, overlay: Space, target: NodeId | BaseNode): BaseNode | undefined {
  const nodeId = "nodeId" in target ? target.nodeId : target;
  const { _referenceIdx, _back_referenceIdx } = recordOf(ownVersion(overlay, node.nodeId) ?? node);
  const holds = [_referenceIdx, _back_referenceIdx].some((references) =>
    [...references.values()].some((reference) => sameNodeId(reference.nodeId, nodeId)),
  );
  return holds ? materialise(overlay, node) : undefined;
}

/**
 * Fields of a shared node are frozen; these change what the fields refer to, or would fail halfway. A client that
 * writes to a shared node, an instance declaration, gets a version of its server's own.
 */
function patchWrites(variable: BaseNode, method: BaseNode, object: BaseNode): void {
  const guarded: readonly (readonly [BaseNode, string])[] = [
    [object, "addReference"],
    [object, "dispose"],
    [object, "setRolePermissions"],
    [variable, "setValueFromSource"],
    [variable, "bindVariable"],
    [method, "bindMethod"],
  ];
  for (const [sample, name] of guarded) {
    patch(sample, name, (original) => {
      return function (...args) {
        if (baseOfShared(this)) refuse(this, name);
        return original.apply(this, args);
      };
    });
  }
  for (const name of ["writeAttribute", "writeValue"]) {
    patch(variable, name, (original) => {
      return function (context: WriteContext, ...rest) {
        if (!baseOfShared(this)) return original.call(this, context, ...rest);
        const overlay = context?.server?.engine.addressSpace;
        if (overlay && baseBelow(overlay)) return original.call(materialise(overlay, this), context, ...rest);
        const answer = rest.at(-1) as unknown;
        if (typeof answer !== "function") return Promise.resolve(StatusCodes.BadNotWritable);
        return (answer as (error: null, status: StatusCode) => void)(null, StatusCodes.BadNotWritable);
      };
    });
  }
}

type WriteContext = { readonly server?: { readonly engine: { readonly addressSpace: Space | null } } } | null;

function patchSpaces(sample: Space): void {
  patch(sample, "installHistoricalDataNode", (original) => {
    return function (...args) {
      const base = baseBelow(this);
      return base ? base.within(this, () => original.apply(this, args)) : original.apply(this, args);
    };
  });
  patch(sample, "installAlarmsAndConditionsService", (original) => {
    return function (...args) {
      return baseBelow(this) ? undefined : original.apply(this, args); // the base has it
    };
  });
  patch(sample, "dispose", (original) => {
    return function () {
      if (baseBelow(this)) disposeOverlay(this, () => original.call(this));
      else original.call(this);
    };
  });
}

/** A nodeset without a node stands for a base: the engine that is to load it gets an overlay. */
const baseOfNodeset = new WeakMap<object, SharedBase>();

export function emptyNodeset(base: SharedBase): NodesetSource {
  const xml = '<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"></UANodeSet>';
  const nodeset = { name: "shared types", source: () => [Buffer.from(xml)] };
  baseOfNodeset.set(nodeset, base);
  return nodeset;
}

function patchEngine(): void {
  patch(ServerEngine.prototype, "initialize", (original) => {
    return function (options: OPCUAServerOptions, ...rest) {
      const [nodeset] = options.nodesets ?? [];
      const base = typeof nodeset === "object" ? baseOfNodeset.get(nodeset) : undefined;
      if (!base) return original.call(this, options, ...rest);
      // The engine creates its space at once, before it waits for anything.
      const { create } = AddressSpace;
      AddressSpace.create = () => makeOverlay(base);
      try {
        return original.call(this, options, ...rest);
      } finally {
        AddressSpace.create = create;
      }
    };
  });
}

/** A monitored item listens to its node; a shared node has no listeners, so the server's own version is monitored. */
function patchMonitoring(): void {
  patch(Subscription.prototype, "preCreateMonitoredItem", (original) => {
    return function (space: Space, timestamps: TimestampsToReturn, request: MonitoredItemCreateRequest) {
      const node = baseBelow(space) && space.findNode(request.itemToMonitor.nodeId);
      if (node && baseOfShared(node)) materialise(space, node);
      return original.call(this, space, timestamps, request);
    };
  });
}
