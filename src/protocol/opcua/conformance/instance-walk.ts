/** Finds the machines of a server and every node below them. */
import { NodeClass } from "node-opcua";

import type { Findings, Place } from "./finding.ts";
import type { Neighbour } from "./session-reader.ts";
import type { Snapshot } from "./snapshot.ts";

/** One node; several paths may lead to it, and the shortest is its own. */
export interface Instance extends Neighbour, Place {
  readonly parent: Instance | undefined;
}

export interface Instances {
  /** Right below the folder of machines, by name */
  readonly machines: readonly Instance[];
  /** Machines included, each once, nearest to the folder first */
  readonly all: ReadonlyMap<string, Instance>;
}

/** The standard's own nodes, such as the Server object, are not a part of any machine. */
const STANDARD = "ns=0;";

const byName = (a: Neighbour, b: Neighbour): number => {
  const [one, other] = [`${a.name} ${a.id}`, `${b.name} ${b.id}`];
  return one < other ? -1 : one > other ? 1 : 0;
};

/**
 * Breadth first from the folder of machines along forward hierarchical references, whatever their circles.
 *
 * @param nodesMax  after as many nodes the rest is left out, which is a finding of rule `truncated`
 */
export async function walkInstances(
  snapshot: Snapshot,
  folder: Place,
  nodesMax: number,
  findings: Findings,
): Promise<Instances> {
  const all = new Map<string, Instance>();
  await snapshot.loadForward([folder.id]);
  const machines = snapshot
    .children(folder.id)
    .filter(({ nodeClass }) => nodeClass === NodeClass.Object)
    .sort(byName)
    .map((it) => ({ ...it, path: `${folder.path}/${it.name}`, parent: undefined }));
  let wave: Instance[] = machines;
  while (wave.length > 0) {
    const added: Instance[] = [];
    for (const node of wave) {
      if (all.has(node.id) || all.size >= nodesMax) continue;
      all.set(node.id, node);
      added.push(node);
    }
    await snapshot.loadForward(added.map(({ id }) => id));
    if (wave.some(({ id }) => !all.has(id)))
      findings.add("truncated", folder, `has more than ${nodesMax} nodes below, the rest was not checked`);
    wave = added.flatMap((parent) =>
      snapshot
        .children(parent.id)
        .filter(({ id }) => !id.startsWith(STANDARD) && id !== folder.id)
        .sort(byName)
        .map((child) => ({ ...child, path: `${parent.path}/${child.name}`, parent })),
    );
  }
  return { machines, all };
}
