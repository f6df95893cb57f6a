import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Daemons live in sbin, which is not on every user's PATH. */
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a program that tests hold us against, or undefined where it is not installed:
 *
 *     const tshark = peer("tshark");
 *     test.skipIf(!tshark)("tshark dissects …", …)
 *
 * The only way to skip a test (`test/tidy.test.ts` says so). With CI=true a missing program throws, so that the file
 * fails and a green CI run never means "nothing was tested".
 *
 * @param names  of the program, where distributions differ; the first that is there counts
 */
export function peer(...names: readonly [string, ...string[]]): string | undefined {
  const found = names
    .flatMap((name) => FOLDERS.filter((folder) => folder !== "").map((folder) => join(folder, name)))
    .find(executable);
  if (found) return found;
  if (process.env["CI"] === "true") throw new Error(`tests need ${names[0]}, which is not installed`);
  console.warn(`skipped: ${names[0]} is not installed`);
  return undefined;
}
