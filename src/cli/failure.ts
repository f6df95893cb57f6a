import { CodedError, CodedErrors, formatError, gravest } from "../errors.ts";

/** Mistakes of one file that are told at once; the rest of a wall of text is read by nobody. */
const TOLD_MAX = 20;

let command: string | undefined;

/** Says which command starts what runs now again; a failure names it. Undefined when nothing runs any more. */
export function noteRun(rerun: string | undefined): void {
  command = rerun;
}

let leaveScreen: () => void = () => undefined;

/** Says how the terminal is given back; whatever goes wrong is told on it and not on a screen that vanishes. */
export function noteScreen(leave: () => void): void {
  leaveScreen = leave;
}

/** Prints what went wrong to standard error. @returns the exit code that goes with it */
export function reportFailure(error: unknown): number {
  leaveScreen();
  const code = tell(error);
  if (command !== undefined) console.error(`  again     ${command}`);
  return code;
}

function tell(error: unknown): number {
  const errors = codedErrors(error);
  for (const each of errors.slice(0, TOLD_MAX)) console.error(formatError(each));
  const rest = errors.length - TOLD_MAX;
  if (rest > 0) console.error(`and ${rest} more`);
  return gravest(errors.map(({ exitCode }) => exitCode));
}

/** What went wrong, as messages for people; what nobody has foreseen is a defect. */
export function codedErrors(error: unknown): readonly CodedError[] {
  if (error instanceof CodedErrors) return error.errors;
  if (error instanceof CodedError) return [error];
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const fix =
    "This is a defect in Taktwerk; please report it with the scenario, the seed and the following lines.";
  const what = "something that must not happen has happened";
  return [new CodedError("internal", what, `${fix}\n${detail}`)];
}
