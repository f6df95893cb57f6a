import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CodedError } from "../errors.ts";
import type { Addresses } from "./addresses.ts";
import { endWithProcess } from "./orphans.ts";

/** Tells the programs that a run starts where everything is: a file of JSON, which is gone when the run is over. */
export class EndpointsFile {
  readonly path: string;
  readonly #release: () => void;

  /** @throws CodedError `file-unusable` when there is no temporary folder */
  constructor(addresses: Addresses) {
    const folder = makeFolder();
    this.path = path.join(folder, "endpoints.json");
    // A broker's URL can have a password in it; the folder is for this user alone.
    writeFileSync(this.path, `${JSON.stringify(addresses, undefined, 2)}\n`);
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    const forget = endWithProcess(remove);
    this.#release = () => {
      forget();
      remove();
    };
  }

  remove(): void {
    this.#release();
  }
}

/** Of a program that may want to know the addresses. @param file  undefined when nothing is to be told */
export const environmentWith = (file: string | undefined): NodeJS.ProcessEnv =>
  file === undefined ? process.env : { ...process.env, TAKTWERK_ENDPOINTS: file };

function makeFolder(): string {
  try {
    return mkdtempSync(path.join(tmpdir(), "taktwerk-"));
  } catch (cause) {
    const what = `no temporary folder can be made: ${(cause as Error).message}`;
    throw new CodedError("file-unusable", what, "Let TMPDIR name a folder with room.", undefined, cause);
  }
}
