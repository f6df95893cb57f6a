import { isUtf8 } from "node:buffer";
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { basename, dirname, join, relative, resolve } from "node:path";
import { CodedError } from "../errors.ts";
import { Catalog, type ModelFile } from "../plant/catalog.ts";

/** The package's own folder, whether this file runs from src or from dist. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** Where certificates and keys are kept from run to run, below the working folder. */
export const PKI_FOLDER = join(".taktwerk", "pki");

/** The scenario that runs when none is named. */
export const DEMO_SCENARIO = join(PACKAGE_FOLDER, "scenarios", "demo.yaml");

/** A scenario of the package. */
export interface ShippedScenario {
  /** From the working folder */
  readonly file: string;
  /** The first sentence of the comment that it opens with */
  readonly shows: string;
}

export function shippedScenarios(): ShippedScenario[] {
  const folder = join(PACKAGE_FOLDER, "scenarios");
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const lines = readText(file)
        .split("\n")
        .filter((line) => line.startsWith("#") && !line.includes("yaml-language-server"))
        .map((line) => line.slice(1).trim());
      const [shows] = lines
        .join(" ")
        .trim()
        .split(/(?<=[.:]) /, 1);
      return { file: shorten(file), shows: shows! };
    });
}

/** Larger than any scenario that a person or a script has reason to write. */
export const FILE_SIZE_MAX = 4 * 2 ** 20;
const CHUNK_SIZE = 64 * 1024;

/** What stands for a file on the command line, "-", as all that reads or names files knows it. */
export const STANDARD_INPUT = "/dev/stdin";

/** @throws CodedError `file-missing` when it cannot be read, `file-unusable` when it is no UTF-8 or too large */
export function readText(file: string): string {
  const bytes = file === STANDARD_INPUT ? readStandardInput() : readAll(file, () => openSync(file, "r"));
  if (!isUtf8(bytes)) throw notUtf8(file, bytes);
  return bytes.toString("utf8");
}

let standardInput: Buffer | undefined;

/** It comes once, and is asked for with each seed. @throws CodedError `file-missing` when nothing comes */
function readStandardInput(): Buffer {
  standardInput ??= readAll(STANDARD_INPUT, () => 0);
  if (standardInput.length > 0) return standardInput;
  const fix = "Let a program write into it: cat plant.yaml | taktwerk run -";
  throw new CodedError("file-missing", "nothing came in on standard input", fix, { file: STANDARD_INPUT });
}

/** Reads piece by piece, because a pipe or a device does not say how much is still to come. */
function readAll(file: string, open: () => number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = open();
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.alloc(CHUNK_SIZE);
      const length = readSync(descriptor, chunk);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
      size += length;
      if (size > FILE_SIZE_MAX) {
        const what = `this file is larger than ${FILE_SIZE_MAX / 2 ** 20} MiB`;
        throw new CodedError("file-unusable", what, "Write units of one kind as one entry with count.", {
          file,
        });
      }
    }
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
    throw new CodedError(
      "file-missing",
      `this file ${why}`,
      "Name a file that can be read.",
      { file },
      cause,
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function notUtf8(file: string, bytes: Buffer): CodedError {
  // What a Windows shell writes unless it is told otherwise.
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const fix = "Save it as UTF-8.";
  if (isUtf16) return new CodedError("file-unusable", "this file is UTF-16 text", fix, { file });
  // Latin-1 keeps a character a byte, and no byte of a longer UTF-8 character is a line feed.
  const lines = bytes.toString("latin1").split("\n");
  const at = lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")));
  const line = Buffer.from(lines[at]!, "latin1");
  const text = line.toString("utf8");
  // The decoder puts U+FFFD where it cannot go on; one that is really written there has its own three bytes.
  let [column, offset] = [0, 0];
  for (const { index } of text.matchAll(/\ufffd/g)) {
    offset += Buffer.byteLength(text.slice(column, index));
    column = index;
    if (line.toString("latin1", offset, offset + 3) !== "\xef\xbf\xbd") break;
  }
  const what = `this file is no UTF-8 text: there is a byte 0x${line[offset]!.toString(16)}`;
  return new CodedError("file-unusable", what, fix, { file, line: at + 1, column: column + 1 });
}

/** Makes sure that a file can be written later, and its folder now. @throws CodedError `file-unusable` */
export function prepareFile(file: string): void {
  attempt(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() || /[/\\]$/.test(file)) throw new Error("it is a folder");
    accessSync(found ? file : dirname(file), constants.W_OK);
  });
}

/** Makes sure that files can be written into a folder later. @throws CodedError `file-unusable` */
export function prepareFolder(folder: string): void {
  attempt(folder, () => {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  });
}

/** One name for a file, however it is written and through whatever links; it need not be there yet. */
export function trueName(file: string): string {
  const absolute = resolve(file);
  try {
    return realpathSync(absolute);
  } catch {
    // Something of it is missing: the file itself, its folder, or what a link leads to.
  }
  if (dirname(absolute) === absolute) return absolute;
  const name = join(trueName(dirname(absolute)), basename(absolute));
  try {
    return trueName(resolve(dirname(name), readlinkSync(name)));
  } catch {
    return name;
  }
}

/** @throws CodedError `file-unusable` */
export function writeText(file: string, text: string): void {
  attempt(file, () => writeFileSync(file, text));
}

/** Adds to the end of a file. @throws CodedError `file-unusable` */
export function appendText(file: string, text: string): void {
  attempt(file, () => appendFileSync(file, text));
}

function attempt(file: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const what = `this file cannot be written: ${(cause as Error).message}`;
    throw new CodedError("file-unusable", what, "Name a file in a folder with room.", { file }, cause);
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
