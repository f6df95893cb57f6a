import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CodedError, CodedErrors, formatError, gravest, printable } from "../errors.ts";

/** Mistakes of one file that are told at once; the rest of a wall of text is read by nobody. */
const TOLD_MAX = 20;

let command: string | undefined;

/** Says which command starts what runs now again; a failure names it. Undefined when nothing runs any more. */
export function noteRun(rerun: string | undefined): void {
  command = rerun;
}

let leaveScreen: (() => void) | undefined;

/**
 * Says how the terminal is given back; whatever goes wrong is told on it and not on a screen that vanishes. Undefined
 * when nobody has taken it any more.
 */
export function noteScreen(leave: (() => void) | undefined): void {
  leaveScreen = leave;
}

/** Prints what went wrong to standard error. @returns the exit code that goes with it */
export function reportFailure(error: unknown): number {
  leaveScreen?.();
  const code = tell(error);
  if (command !== undefined) console.error(`  again     ${printable(command)}`);
  return code;
}

/** Prints what went wrong with something that others can do without. @returns the exit code that goes with it */
export function tell(error: unknown): number {
  const errors = codedErrors(error, leaveScreen === undefined ? below : aside);
  for (const each of errors.slice(0, TOLD_MAX)) console.error(formatError(each));
  const rest = errors.length - TOLD_MAX;
  if (rest > 0) console.error(`and ${rest} more`);
  return gravest(errors.map(({ exitCode }) => exitCode));
}

/** Does something that tells of a run: what goes wrong with it is printed, and changes neither verdict nor exit code. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    tell(error);
  }
}

/** Says where the trace of a defect is. */
type Place = (trace: string) => string;

const below: Place = (trace) => `the following lines.\n${trace}`;

/** Who sat at a screen gets a line, and the rest in a file. */
const aside: Place = (trace) => {
  const file = path.join(tmpdir(), `taktwerk-defect-${process.pid}.txt`);
  try {
    writeFileSync(file, `${trace}\n`);
  } catch {
    return below(trace);
  }
  return `${file}.`;
};

/** What went wrong, as messages for people; what nobody has foreseen is a defect. */
export function codedErrors(error: unknown, place = below): readonly CodedError[] {
  if (error instanceof CodedErrors) return error.errors;
  if (error instanceof CodedError) return [error];
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const fix = `This is a defect in Taktwerk; please report it with the scenario, the seed and ${place(trace)}`;
  return [new CodedError("internal", "something that must not happen has happened", fix)];
}
