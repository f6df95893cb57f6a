/**
 * Instances against their types (Part 3, 6.4): what each type, its supertypes and interfaces declare has to be
 * below an instance, and what a declaration itself has below it, below the node that stands for it.
 */
import { AttributeIds, NodeClass } from "node-opcua";

import type { Findings } from "./finding.ts";
import type { Instance, Instances } from "./instance-walk.ts";
import type { Neighbour } from "./session-reader.ts";
import type { Declaration, Shape, Snapshot } from "./snapshot.ts";

const isPlaceholder = ({ rule }: Declaration): boolean => rule.endsWith("Placeholder");

/** Part 3, 5.6.2: which ranks a Variable may have where its declaration has this one. */
function allowsRank(declared: number, rank: number): boolean {
  if (declared === -2 || declared === rank) return true;
  if (declared === -3) return rank === -1 || rank === 1;
  return declared === 0 && rank > 0;
}

/** Every node is held against each declaration once, however many paths lead to it, so circles end. */
export class StructureCheck {
  readonly #snapshot: Snapshot;
  readonly #instances: Instances;
  readonly #findings: Findings;
  readonly #done = new Map<string, Set<string>>();

  constructor(snapshot: Snapshot, instances: Instances, findings: Findings) {
    this.#snapshot = snapshot;
    this.#instances = instances;
    this.#findings = findings;
  }

  run(): void {
    for (const node of this.#instances.all.values()) {
      this.#checkType(node);
      const queue: { node: Instance; sources: readonly string[] }[] = [
        { node, sources: this.#typeSources(node) },
      ];
      for (let visit = queue.pop(); visit; visit = queue.pop()) queue.push(...this.#check(visit));
    }
  }

  /** Nodes whose declarations an instance has to meet because of what it is. */
  #typeSources({ id, typeDefinition, nodeClass }: Instance): string[] {
    if (nodeClass === NodeClass.Method) return [];
    const found = new Set<string>();
    const add = (type: string): void => {
      for (const source of this.#snapshot.chain(type)) {
        if (found.has(source)) continue;
        found.add(source);
        this.#snapshot.interfaces(source).forEach(add);
      }
    };
    [typeDefinition, ...this.#snapshot.interfaces(id)].forEach(add);
    return [...found];
  }

  #checkType(node: Instance): void {
    const { typeDefinition, nodeClass } = node;
    if (nodeClass === NodeClass.Method) return;
    const isAbstract = this.#snapshot.attribute(AttributeIds.IsAbstract, typeDefinition);
    if (typeof isAbstract !== "boolean")
      this.#findings.add("type-unknown", node, `has the type definition ${typeDefinition}, which is no type`);
    if (isAbstract === true)
      this.#findings.add(
        "type-abstract",
        node,
        `is an instance of ${this.#snapshot.nameOf(typeDefinition)}, which is abstract`,
      );
    if (nodeClass !== NodeClass.Variable) return;
    if (!this.#snapshot.shape(node.id))
      this.#findings.add("data-type", node, "does not say its data type or value rank");
    const shape = this.#snapshot.shape(typeDefinition);
    if (shape) this.#checkShape(node, shape, "its type");
  }

  /** Answers the children that have to meet declarations in turn. */
  #check({ node, sources }: { node: Instance; sources: readonly string[] }): {
    node: Instance;
    sources: readonly string[];
  }[] {
    const done = this.#done.get(node.id) ?? new Set<string>();
    this.#done.set(node.id, done);
    const fresh = sources.filter((source) => !done.has(source));
    for (const source of fresh) done.add(source);
    const declarations = fresh.flatMap((source) => this.#snapshot.declarations(source));
    const children = this.#snapshot.children(node.id);
    const named = declarations.filter((it) => !isPlaceholder(it));
    const next = named.flatMap((it) => this.#checkNamed(node, children, it));
    const names = new Set(named.map(({ name }) => name));
    const unnamed = children.filter(({ name }) => !names.has(name));
    next.push(...this.#checkPlaceholders(node, unnamed, declarations.filter(isPlaceholder)));
    return next.flatMap(({ child, source }) => {
      const instance = this.#instances.all.get(child.id);
      return instance ? [{ node: instance, sources: [source] }] : [];
    });
  }

  #checkNamed(
    node: Instance,
    children: readonly Neighbour[],
    declaration: Declaration,
  ): { child: Neighbour; source: string }[] {
    const found = children.filter(({ name }) => name === declaration.name);
    if (found.length === 0 && declaration.rule === "Mandatory") {
      const bare = (name: string): string => name.replace(/^\d+:/, "");
      const other = children.find(({ name }) => bare(name) === bare(declaration.name));
      const hint = other ? `; ${other.name} is of another namespace` : "";
      this.#findings.add("mandatory", node, `has no ${declaration.name}, which is mandatory${hint}`);
    }
    for (const child of found) this.#checkDeclared(node, child, declaration);
    return found.map((child) => ({ child, source: declaration.id }));
  }

  #checkDeclared(node: Instance, child: Neighbour, declared: Declaration): void {
    const place = this.#instances.all.get(child.id) ?? { path: `${node.path}/${child.name}`, id: child.id };
    if (child.nodeClass !== declared.nodeClass) {
      const [is, wanted] = [NodeClass[child.nodeClass], NodeClass[declared.nodeClass]];
      this.#findings.add("node-class", place, `is a node of class ${is}, declared as ${wanted}`);
      return;
    }
    if (!this.#snapshot.isA(child.referenceType, declared.referenceType)) {
      const [is, wanted] = [child, declared].map((it) => this.#snapshot.nameOf(it.referenceType));
      this.#findings.add("reference-type", place, `is referenced by ${is}, declared with ${wanted}`);
    }
    if (child.nodeClass === NodeClass.Method) return;
    if (!this.#snapshot.isA(child.typeDefinition, declared.typeDefinition)) {
      const [is, wanted] = [child, declared].map((it) => this.#snapshot.nameOf(it.typeDefinition));
      this.#findings.add("type-definition", place, `is of type ${is}, declared as ${wanted} or a subtype`);
    }
    const shape = this.#snapshot.shape(declared.id);
    if (child.nodeClass === NodeClass.Variable && shape) this.#checkShape(place, shape, "its declaration");
  }

  #checkShape(place: { path: string; id: string }, declared: Shape, by: string): void {
    const shape = this.#snapshot.shape(place.id);
    if (!shape) return;
    if (!this.#meetsDataType(shape, declared)) {
      const [is, wanted] = [shape, declared].map((it) => this.#snapshot.nameOf(it.dataType));
      this.#findings.add(
        "data-type",
        place,
        `has the data type ${is}, ${by} asks for ${wanted} or a subtype`,
      );
    }
    if (!allowsRank(declared.valueRank, shape.valueRank)) {
      const wanted = `${by} asks for ${declared.valueRank}`;
      this.#findings.add("value-rank", place, `has the value rank ${shape.valueRank}, ${wanted}`);
    }
  }

  #meetsDataType(shape: Shape, declared: Shape): boolean {
    // Some nodesets leave the data type out, which is the null node id and means any.
    return declared.dataType === "ns=0;i=0" || this.#snapshot.isA(shape.dataType, declared.dataType);
  }

  /** A child stands for the placeholder of the most derived type that it fits, and has to meet that one. */
  #checkPlaceholders(
    node: Instance,
    children: readonly Neighbour[],
    placeholders: readonly Declaration[],
  ): { child: Neighbour; source: string }[] {
    for (const placeholder of placeholders) {
      if (placeholder.rule !== "MandatoryPlaceholder") continue;
      if (children.some((child) => this.#fits(child, placeholder))) continue;
      this.#findings.add(
        "placeholder",
        node,
        `has nothing for ${placeholder.name}, of which one is mandatory`,
      );
    }
    return children.flatMap((child) => {
      const chain = this.#snapshot.chain(child.typeDefinition);
      const fitting = placeholders
        .filter((placeholder) => this.#fits(child, placeholder))
        .map(({ id, typeDefinition }) => ({ id, distance: chain.indexOf(typeDefinition) }));
      const nearest = Math.min(...fitting.map(({ distance }) => distance));
      return fitting.filter(({ distance }) => distance === nearest).map(({ id }) => ({ child, source: id }));
    });
  }

  #fits(child: Neighbour, placeholder: Declaration): boolean {
    if (child.nodeClass !== placeholder.nodeClass) return false;
    if (!this.#snapshot.isA(child.referenceType, placeholder.referenceType)) return false;
    if (child.nodeClass === NodeClass.Method) return true;
    if (!this.#snapshot.isA(child.typeDefinition, placeholder.typeDefinition)) return false;
    const [shape, declared] = [this.#snapshot.shape(child.id), this.#snapshot.shape(placeholder.id)];
    return !shape || !declared || this.#meetsDataType(shape, declared);
  }
}
