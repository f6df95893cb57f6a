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
 * The path of a program that an interop test holds us against, or undefined where it is not installed:
 *
 *     const tshark = peer("tshark");
 *     test.skipIf(!tshark)("tshark dissects …", …)
 *
 * With CI=true a missing peer throws, so that a green CI run never means "nothing was tested".
 */
export function peer(program: string): string | undefined {
  const found = FOLDERS.filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .find(executable);
  if (found) return found;
  if (process.env["CI"] === "true")
    throw new Error(`the interop tests need ${program}, which is not installed`);
  console.warn(`skipped: ${program} is not installed`);
  return undefined;
}
