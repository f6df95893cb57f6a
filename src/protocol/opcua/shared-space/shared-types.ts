/**
 * Type nodes loaded once a process and shared by its servers.
 *
 * A plain server of node-opcua loads all nodesets for itself: 8,500 nodes, most of them types that are the same on
 * every server. Here they are loaded into a base that nobody owns; a server gets an address space that holds its
 * own nodes and shows the base's types as they are.
 *
 * It leans on internals of node-opcua (internals.ts names them), so it works with one exact release only and tests
 * itself before the first server; when something is not as expected, servers are plain ones.
 */
import type { OPCUAServerOptions } from "node-opcua";

import { foreignVersion } from "./internals.ts";
import { loadBase } from "./load-base.ts";
import { emptyNodeset, installPatches } from "./patches.ts";
import { selfTest } from "./self-test.ts";
import type { Fingerprint, SharedBase } from "./shared-base.ts";

/** What makes a server share its types, in place of the same options of a plain one. */
export type SharedOptions = Required<Pick<OPCUAServerOptions, "nodesets" | "auditEventRoles">>;

const bases = new Map<string, Promise<SharedBase | undefined>>();

/**
 * Loads the nodesets the first time that they are asked for.
 *
 * @param nodesets  files, the standard nodeset first; servers that name the same ones share them
 * @param warn      is told once why the types cannot be shared
 * @returns undefined when a server has to load the nodesets itself
 */
export async function sharedOptions(
  nodesets: readonly string[],
  warn: (reason: string) => void,
): Promise<SharedOptions | undefined> {
  const base = await baseOf(nodesets, warn);
  return base && { nodesets: [emptyNodeset(base)], auditEventRoles: null };
}

/** Counts of what is shared, to prove that servers leave it alone; undefined when it was never loaded. */
export async function fingerprint(nodesets: readonly string[]): Promise<Fingerprint | undefined> {
  return (await bases.get(nodesets.join()))?.fingerprint();
}

function baseOf(
  nodesets: readonly string[],
  warn: (reason: string) => void,
): Promise<SharedBase | undefined> {
  const key = nodesets.join();
  let base = bases.get(key);
  if (!base) {
    base = makeBase(nodesets).catch((error: Error) => {
      warn(`each OPC UA server loads all types for itself: ${error.message}`);
      return undefined;
    });
    bases.set(key, base);
  }
  return base;
}

async function makeBase(nodesets: readonly string[]): Promise<SharedBase> {
  const foreign = foreignVersion();
  if (foreign) throw new Error(foreign);
  const base = await loadBase(nodesets);
  installPatches(base.space);
  const problems = selfTest(base);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return base;
}
