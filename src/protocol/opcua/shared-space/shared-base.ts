/**
 * The base: one address space with all nodesets, loaded once a process, whose nodes no server owns.
 *
 * Type nodes (types, and the instance declarations below them) are shared: all servers hold the same objects. What
 * stands below Objects and Views, the Methods of types and what the library's engine writes to are private: each
 * server gets a copy the first time it asks, see overlay.ts.
 */
import type { EventEmitter } from "node:events";

import type { BaseNode, NodeId } from "node-opcua";

import { indexKey, namespacesOf, recordOf, type IndexKey, type Space } from "./internals.ts";

/** The routers of all bases; a node whose address space is one of them is shared. */
const baseOfRouter = new WeakMap<object, SharedBase>();

/** The base that a node belongs to; undefined for the nodes of a server. */
export function baseOfShared(node: BaseNode): SharedBase | undefined {
  const space = recordOf(node)?.__address_space;
  return space ? baseOfRouter.get(space) : undefined;
}

/** The spaces of frozen bases, which accept no new nodes. */
const frozenSpaces = new WeakSet<object>();
export const isFrozen = (space: object): boolean => frozenSpaces.has(space);

export const isRouter = (space: object): boolean => baseOfRouter.has(space);

/** Counts of everything shared that a server could damage: equal before and after, or something leaked. */
export interface Fingerprint {
  readonly nodes: number;
  readonly references: number;
  readonly listeners: number;
  /** References and memos that lead to a node that is not of the base */
  readonly foreign: number;
}

export class SharedBase {
  readonly space: Space;
  /** What a shared node has for an address space: the base, or the server's that is at work */
  readonly router: Space;
  #current: Space;
  /** By namespace */
  #privateKeys: readonly ReadonlySet<IndexKey>[] = [];

  constructor(space: Space) {
    this.space = space;
    this.#current = space;
    this.router = this.#makeRouter();
    baseOfRouter.set(this.router, this);
  }

  /** The server's address space that is at work, or the base's. */
  get current(): Space {
    return this.#current;
  }

  /** From now on a server that would change a shared node gets an error. */
  freeze(privateNodes: ReadonlySet<BaseNode>): void {
    this.#privateKeys = namespacesOf(this.space).map(({ _nodeid_index: index }) => {
      return new Set([...index].filter(([, node]) => privateNodes.has(node)).map(([key]) => key));
    });
    for (const node of this.nodes()) {
      recordOf(node).__address_space = this.router;
      // Items of all servers listen to it; `contained/monitored-items.ts` limits them.
      (node as unknown as EventEmitter).setMaxListeners(0);
      Object.freeze(node);
    }
    frozenSpaces.add(this.space);
  }

  /** Runs `work`, which has to be synchronous, with shared nodes seeing `space` as theirs. */
  within<T>(space: Space, work: () => T): T {
    const before = this.#current;
    this.#current = space;
    try {
      return work();
    } finally {
      this.#current = before;
    }
  }

  privateKeys(namespace: number): ReadonlySet<IndexKey> {
    return this.#privateKeys[namespace]!;
  }

  *nodes(): Generator<BaseNode> {
    for (const namespace of namespacesOf(this.space)) yield* namespace._nodeid_index.values();
  }

  fingerprint(): Fingerprint {
    let [nodes, references, listeners, foreign] = [0, 0, 0, 0];
    const isForeign = (node: BaseNode | null | undefined): boolean =>
      node ? recordOf(node).__address_space !== this.router : false;
    for (const node of this.nodes()) {
      const { _referenceIdx, _back_referenceIdx, _cache, _parent } = recordOf(node);
      nodes += 1;
      references += _referenceIdx.size + _back_referenceIdx.size;
      const emitter = node as unknown as EventEmitter;
      for (const name of emitter.eventNames()) listeners += emitter.listenerCount(name);
      const memos = [_cache?.typeDefinitionObj, _parent];
      for (const held of [_referenceIdx, _back_referenceIdx]) {
        for (const reference of held.values()) memos.push(reference.node, reference._referenceType);
      }
      foreign += memos.filter(isForeign).length;
    }
    return { nodes, references, listeners, foreign };
  }

  /**
   * Types are always looked up in the base, so that shared nodes only ever remember shared nodes; everything else
   * goes to the server at work.
   */
  #makeRouter(): Space {
    const findNode = (nodeId: NodeId | string): BaseNode | null => {
      const node = this.space.findNode(nodeId);
      const isShared = node && !this.#privateKeys[node.nodeId.namespace]?.has(indexKey(node.nodeId));
      return isShared ? node : this.#current.findNode(nodeId);
    };
    const bound = new Map<PropertyKey, unknown>([["findNode", findNode]]);
    return new Proxy(this.space, {
      get: (_target, property) => {
        // Reads and browses of shared nodes come here all the time, with no server at work.
        const known =
          property === "findNode" || this.#current === this.space ? bound.get(property) : undefined;
        if (known !== undefined) return known;
        const value: unknown = Reflect.get(this.#current, property);
        if (typeof value !== "function") return value;
        const method: unknown = value.bind(this.#current);
        if (this.#current === this.space) bound.set(property, method);
        return method;
      },
      set: (_target, property, value) => Reflect.set(this.#current, property, value),
    });
  }
}
