import { existsSync } from "node:fs";
import { CodedError, CodedErrors, EXIT } from "../errors.ts";
import { prepareFile, writeText } from "../runtime/files.ts";
import { CI_FILES, PLANT } from "./init-files.ts";
import { say } from "./session.ts";

export interface InitArguments {
  readonly ci?: keyof typeof CI_FILES | undefined;
}

/**
 * Writes a scenario, and a job of a CI that runs it, into the working folder; never over a file that is there.
 *
 * @returns the exit code
 * @throws CodedErrors `file-unusable`
 */
export function init({ ci }: InitArguments): number {
  const files = [{ file: "plant.yaml", text: PLANT }, ...(ci === undefined ? [] : [CI_FILES[ci]])];
  const fix = "Nothing was written. Move it away, or go to another folder.";
  const there = files.filter(({ file }) => existsSync(file));
  if (there.length > 0)
    throw new CodedErrors(
      there.map(({ file }) => new CodedError("file-unusable", "this file is there already", fix, { file })),
    );
  for (const { file, text } of files) {
    prepareFile(file);
    writeText(file, text);
    say(`${file} written`);
  }
  say("next: taktwerk run plant.yaml");
  return EXIT.pass;
}
