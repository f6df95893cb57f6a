/**
 * Nodesets that a user brings: official XML in folders of his, loaded with all models that they require. Of a model
 * that is there more than once, the highest version counts, the package's own included.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

import { AddressSpace, generateAddressSpace, nodesets as shipped, type BaseNode } from "node-opcua";

import { CodedError } from "../../errors.ts";
import { NODESETS } from "./information-model.ts";
import { prepareLibrary } from "./library-mends.ts";

/** One model of a nodeset file. */
interface Model {
  readonly uri: string;
  readonly version: string;
  readonly requires: readonly string[];
  readonly file: string;
}

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(tag)?.[1] ?? "";

/** The models that a file says it defines, OPC 10000-6 Annex F; the rest of it is for the library to read. */
function modelsOf(file: string): Model[] {
  const [, models = ""] = /<Models\s*>([\s\S]*?)<\/Models>/.exec(readFileSync(file, "utf8")) ?? [];
  return models
    .split(/(?=<Model\s)/)
    .filter((part) => part.startsWith("<Model"))
    .map((part) => {
      const [, tag = ""] = /^(<Model\s[^>]*)>/.exec(part) ?? [];
      const required = part.match(/<RequiredModel\s[^>]*>/g) ?? [];
      return {
        uri: attribute(tag, "ModelUri"),
        version: attribute(tag, "Version"),
        requires: required.map((it) => attribute(it, "ModelUri")),
        file,
      };
    });
}

/** "1.10" is higher than "1.9" */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/\D+/).map(Number));
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Files ending in .xml below a folder. @throws CodedError `nodeset-unusable` when it cannot be read */
function filesBelow(folder: string): string[] {
  try {
    if (!statSync(folder).isDirectory()) throw new Error("it is a file");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.toLowerCase().endsWith(".xml"))
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    const what = `the folder of nodesets cannot be read: ${(error as Error).message}`;
    throw unusable(folder, what, "Name a folder with nodesets in XML.", error);
  }
}

/** All models by their URI, each in its highest version. */
function indexModels(files: readonly string[]): Map<string, Model> {
  const index = new Map<string, Model>();
  for (const model of files.flatMap(modelsOf)) {
    const known = index.get(model.uri);
    if (!known || compareVersions(model.version, known.version) > 0) index.set(model.uri, model);
  }
  return index;
}

/**
 * What a server loads for these folders: the package's own nodesets, then those of the folders with what they
 * require, each after what it requires.
 *
 * @throws CodedError `nodeset-unusable`, which names the file
 */
export function nodesetFiles(folders: readonly string[]): string[] {
  const found = folders.flatMap(filesBelow);
  const own = found.flatMap((file) => {
    const models = modelsOf(file);
    if (models.length > 0) return models;
    const what = "this file names no model, so it is no nodeset of OPC UA 1.04 or newer";
    throw unusable(file, what, "Remove it, or take the official one with its <Models>.");
  });
  // The package's first: at equal versions they stay.
  const index = indexModels([...Object.values(shipped), ...found]);
  const ordered: string[] = [];
  const visited = new Set<Model>();
  const visit = (uri: string, from: string): void => {
    const model = index.get(uri);
    if (!model) {
      const fix = "Put the nodeset that defines it into the same folder.";
      throw unusable(from, `this nodeset requires the model ${uri}, which is not there`, fix);
    }
    if (visited.has(model)) return;
    visited.add(model);
    for (const required of model.requires) visit(required, model.file);
    if (!ordered.includes(model.file)) ordered.push(model.file);
  };
  for (const file of NODESETS) for (const model of modelsOf(file)) visit(model.uri, file);
  for (const model of own) visit(model.uri, model.file);
  return ordered;
}

/** The parser takes what it gets. */
const END = /<\/(\w+:)?UANodeSet\s*>\s*(<!--[\s\S]*-->\s*)?$/;

/**
 * Loads the files as a server would.
 *
 * @throws CodedError `nodeset-unusable`, which names the file that cannot be loaded
 */
export async function checkNodesets(files: readonly string[]): Promise<void> {
  prepareLibrary();
  const brought = files.filter((file) => !NODESETS.includes(file));
  for (const file of brought)
    if (!END.test(readFileSync(file, "utf8"))) throw broken(file, "it ends in the middle");
  await load(files, (space) => {
    for (const file of brought) {
      const node = untypedNode(space, modelsOf(file));
      const name = node && `${node.browseName.name} (${node.nodeId.toString()})`;
      if (name !== undefined) throw broken(file, `${name} is of a type that is not there`);
    }
  }).catch(async (error: Error) => {
    if (error instanceof CodedError) throw error;
    // The library does not say which one it stumbled over: one more at a time, which takes as many times as long.
    for (const file of brought) {
      const upTo = files.slice(0, files.indexOf(file) + 1);
      await load(upTo, () => undefined).catch((cause: Error) => {
        throw broken(file, cause.message.split("\n")[0]!, cause);
      });
    }
    throw error;
  });
}

const broken = (file: string, why: string, cause?: unknown): CodedError =>
  unusable(
    file,
    `this nodeset cannot be loaded: ${why}`,
    "Take the official file; this one is broken.",
    cause,
  );

async function load(files: readonly string[], look: (space: AddressSpace) => void): Promise<void> {
  const space = AddressSpace.create();
  try {
    await generateAddressSpace(space, [...files]);
    look(space);
  } finally {
    space.dispose();
  }
}

/** A node of these models whose type the library did not find, which it does not mind before the node is used. */
function untypedNode(space: AddressSpace, models: readonly Model[]): BaseNode | undefined {
  for (const { uri } of models) {
    for (const node of space.getNamespace(uri).nodeIterator()) {
      const types = node.findReferencesEx("HasTypeDefinition");
      if (types.some(({ nodeId }) => !space.findNode(nodeId))) return node;
    }
  }
  return undefined;
}

const unusable = (file: string, what: string, fix: string, cause?: unknown): CodedError =>
  new CodedError("nodeset-unusable", what, fix, { file }, cause);
