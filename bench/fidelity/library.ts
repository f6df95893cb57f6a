import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse, parseDocument, type Document } from "yaml";
import { Catalog, type ModelFile } from "../../src/plant/catalog.ts";

const FOLDER = fileURLToPath(new URL("../../models/", import.meta.url));

/** Changes the text of a file of the model library; nothing is written. */
export interface Variant {
  /** Under which reference the changed file stands beside the others: "programs/deeper" */
  readonly reference: string;
  /** Which file it is made from. */
  readonly from: string;
  edit(document: Document): void;
}

/** The files of the model library as they are in the repository. */
export function libraryFiles(): ModelFile[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => ({
      reference: name.replaceAll("\\", "/").replace(/\.yaml$/, ""),
      file: `models/${name}`,
      text: readFileSync(`${FOLDER}${name}`, "utf8"),
    }));
}

/** The model library with variants beside what it has. */
export function libraryWith(variants: readonly Variant[] = []): Catalog {
  const files = libraryFiles();
  const made = variants.map(({ reference, from, edit }) => {
    const file = files.find((it) => it.reference === from);
    if (!file) throw new Error(`there is no ${from} to make ${reference} from`);
    const document = parseDocument(file.text);
    edit(document);
    return { reference, file: `${reference} (variant)`, text: document.toString() };
  });
  return new Catalog([...files, ...made]);
}

/** A file's data, for expectations that must not ask the simulator's own code. */
export function libraryData(reference: string): unknown {
  const file = libraryFiles().find((it) => it.reference === reference);
  if (!file) throw new Error(`there is no ${reference} in the model library`);
  return parse(file.text);
}
