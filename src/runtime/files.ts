import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";
import { CodedError } from "../errors.ts";
import { Catalog, type ModelFile } from "../plant/catalog.ts";

/** The package's own folder, whether this file runs from src or from dist. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** Where certificates and keys are kept from run to run, below the working folder. */
export const PKI_FOLDER = join(".taktwerk", "pki");

/** The scenario that runs when none is named. */
export const DEMO_SCENARIO = join(PACKAGE_FOLDER, "scenarios", "demo.yaml");

/** @throws CodedError `file-missing` */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
    throw new CodedError("file-missing", `${file} ${why}`, "Name a file that can be read.", { file }, cause);
  }
}

/** The model library that comes with the package. */
export function loadCatalog(): Catalog {
  const folder = join(PACKAGE_FOLDER, "models");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".yaml"),
  );
  return new Catalog(
    files.map((name): ModelFile => {
      const file = join(folder, name);
      return {
        reference: name.replaceAll("\\", "/").replace(/\.yaml$/, ""),
        file: shorten(file),
        text: readText(file),
      };
    }),
  );
}

/** The file as a person would name it from where he stands. */
export function shorten(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith("..") ? file : fromHere;
}

export function packageVersion(): string {
  return (JSON.parse(readText(join(PACKAGE_FOLDER, "package.json"))) as { version: string }).version;
}
