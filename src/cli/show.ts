import { EXIT } from "../errors.ts";
import { showEvidence } from "../report/evidence.ts";
import { say } from "./session.ts";

/** Prints what a run that failed has left in a folder. @returns the exit code */
export function show(folder: string): number {
  for (const line of showEvidence(folder)) say(line);
  return EXIT.pass;
}
