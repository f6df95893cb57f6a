/**
 * What the checker has read of a server: filled in waves of large batches, then asked without waiting. Nothing is
 * read twice, so types cost once whatever the number of their instances.
 */
import { AttributeIds, DataType, NodeClass } from "node-opcua";
import type { DataValue, NodeId, QualifiedName } from "node-opcua";

import { keyOf, qualified, type Neighbour, type SessionReader } from "./session-reader.ts";
import { MODELLING_RULES, WELL_KNOWN, type ModellingRule } from "./well-known.ts";

/** What a Variable or VariableType says about its values. */
export interface Shape {
  readonly dataType: string;
  readonly valueRank: number;
}

/** A node below a type, or below such a node, that instances are held against. */
export interface Declaration extends Neighbour {
  readonly rule: ModellingRule;
}

const INSTANCE_CLASSES: ReadonlySet<NodeClass> = new Set([
  NodeClass.Object,
  NodeClass.Variable,
  NodeClass.Method,
]);

/** Deeper than any type; a circle of supertypes ends here. */
const DEPTH_MAX = 64;

export class Snapshot {
  readonly #reader: SessionReader;
  readonly #forward = new Map<string, readonly Neighbour[]>();
  readonly #supertypes = new Map<string, string | undefined>();
  readonly #shapes = new Map<string, Shape | undefined>();
  readonly #values = new Map<string, DataValue>();
  readonly #attributes = new Map<string, DataValue>();
  readonly #names = new Map<string, string>();

  constructor(reader: SessionReader) {
    this.#reader = reader;
  }

  /** Forward references of nodes and, so that they can be told apart, the supertypes of the references' types. */
  async loadForward(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#forward.has(id));
    const found = await this.#reader.forward(missing);
    missing.forEach((id, i) => this.#forward.set(id, found[i]!));
    await this.loadSupertypes(found.flat().map(({ referenceType }) => referenceType));
  }

  async loadSupertypes(ids: Iterable<string>): Promise<void> {
    let wave = [...new Set(ids)];
    while (wave.length > 0) {
      const missing = wave.filter((id) => !this.#supertypes.has(id));
      const found = await this.#reader.supertypes(missing);
      missing.forEach((id, i) => this.#supertypes.set(id, found[i]![0]?.id));
      await this.#loadNames(missing);
      wave = [...new Set(found.flatMap(([supertype]) => (supertype ? [supertype.id] : [])))];
    }
  }

  /** Types with their supertypes, interfaces and everything that is declared below them. */
  async loadTypes(types: Iterable<string>): Promise<void> {
    const sources = new Set<string>();
    let wave = [...new Set(types)];
    while (wave.length > 0) {
      await this.loadSupertypes(wave);
      const added = [...new Set(wave.flatMap((id) => this.chain(id)))].filter((id) => !sources.has(id));
      await this.loadForward(added);
      for (const id of added) sources.add(id);
      wave = added.flatMap((id) => this.interfaces(id));
    }
    await this.#loadDeclarations(sources);
  }

  async #loadDeclarations(types: ReadonlySet<string>): Promise<void> {
    const variables: string[] = [];
    let wave = [...types];
    for (let depth = 0; wave.length > 0 && depth < DEPTH_MAX; depth++) {
      const children = wave.flatMap((id) => this.children(id));
      await this.loadForward(children.map(({ id }) => id));
      await this.loadSupertypes(children.map(({ typeDefinition }) => typeDefinition));
      const declared = wave.flatMap((id) => this.declarations(id));
      variables.push(...declared.filter((it) => it.nodeClass === NodeClass.Variable).map(({ id }) => id));
      wave = [...new Set(declared.map(({ id }) => id))];
    }
    await this.loadShapes(variables);
  }

  /** Data type and value rank of Variables and VariableTypes, with the supertypes of the data types. */
  async loadShapes(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#shapes.has(id));
    const found = await this.#reader.read(
      missing.flatMap((nodeId) => [
        { nodeId, attributeId: AttributeIds.DataType },
        { nodeId, attributeId: AttributeIds.ValueRank },
      ]),
    );
    missing.forEach((id, i) => {
      const dataType = found[2 * i]!.value;
      const valueRank: unknown = found[2 * i + 1]!.value.value;
      const isKnown = dataType.dataType === DataType.NodeId && typeof valueRank === "number";
      this.#shapes.set(id, isKnown ? { dataType: keyOf(dataType.value as NodeId), valueRank } : undefined);
    });
    await this.loadSupertypes([...this.#shapes.values()].flatMap((shape) => (shape ? [shape.dataType] : [])));
  }

  async loadValues(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#values.has(id));
    const found = await this.#reader.readValues(missing);
    missing.forEach((id, i) => this.#values.set(id, found[i]!));
  }

  async loadAttribute(attributeId: AttributeIds, ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#attributes.has(`${attributeId} ${id}`));
    const found = await this.#reader.read(missing.map((nodeId) => ({ nodeId, attributeId })));
    missing.forEach((id, i) => this.#attributes.set(`${attributeId} ${id}`, found[i]!));
  }

  /** Objects, Variables and Methods right below a node. */
  children(id: string): Neighbour[] {
    return this.#neighbours(id).filter(
      ({ nodeClass, referenceType }) =>
        INSTANCE_CLASSES.has(nodeClass) && this.isA(referenceType, WELL_KNOWN.hierarchicalReferences),
    );
  }

  /** Children of a type, or of a declaration, that have a modelling rule. */
  declarations(id: string): Declaration[] {
    return this.children(id).flatMap((child) => {
      const rule = MODELLING_RULES[this.#target(child.id, WELL_KNOWN.hasModellingRule) ?? ""];
      return rule ? [{ ...child, rule }] : [];
    });
  }

  /** Event types that a node, or a type, says that it generates. */
  generated(id: string): string[] {
    const found = this.#neighbours(id).filter(({ referenceType }) =>
      this.isA(referenceType, WELL_KNOWN.generatesEvent),
    );
    return found.map((it) => it.id);
  }

  interfaces(id: string): string[] {
    const found = this.#neighbours(id).filter((it) => it.referenceType === WELL_KNOWN.hasInterface);
    return found.map((it) => it.id);
  }

  /** A type and its supertypes, the type first. */
  chain(id: string): string[] {
    const found: string[] = [];
    for (let at: string | undefined = id; at && found.length < DEPTH_MAX; at = this.#supertypes.get(at))
      found.push(at);
    return found;
  }

  isA(type: string, ancestor: string): boolean {
    return this.chain(type).includes(ancestor);
  }

  /** The browse name of a type, as findings show it; its node id when the server has no such type. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** Undefined when the server does not say. */
  shape(id: string): Shape | undefined {
    return this.#shapes.get(id);
  }

  value(id: string): DataValue | undefined {
    return this.#values.get(id);
  }

  attribute(attributeId: AttributeIds, id: string): unknown {
    return this.#attributes.get(`${attributeId} ${id}`)?.value.value;
  }

  async #loadNames(types: readonly string[]): Promise<void> {
    const attributeId = AttributeIds.BrowseName;
    const found = await this.#reader.read(types.map((nodeId) => ({ nodeId, attributeId })));
    types.forEach((id, i) => {
      const { dataType, value } = found[i]!.value;
      if (dataType === DataType.QualifiedName) this.#names.set(id, qualified(value as QualifiedName));
    });
  }

  #neighbours(id: string): readonly Neighbour[] {
    return this.#forward.get(id) ?? [];
  }

  #target(id: string, referenceType: string): string | undefined {
    return this.#neighbours(id).find((it) => it.referenceType === referenceType)?.id;
  }
}
