import { CodedError, CodedErrors, EXIT, formatError } from "../errors.ts";

/** Mistakes of one file that are told at once; the rest of a wall of text is read by nobody. */
const TOLD_MAX = 20;

let command: string | undefined;

/** Says which command starts what runs now again; a failure names it. Undefined when nothing runs any more. */
export function noteRun(rerun: string | undefined): void {
  command = rerun;
}

/** Prints what went wrong to standard error. @returns the exit code that goes with it */
export function reportFailure(error: unknown): number {
  const code = tell(error);
  if (command !== undefined) console.error(`  again     ${command}`);
  return code;
}

function tell(error: unknown): number {
  if (error instanceof CodedErrors) {
    for (const each of error.errors.slice(0, TOLD_MAX)) console.error(formatError(each));
    const rest = error.errors.length - TOLD_MAX;
    if (rest > 0) console.error(`and ${rest} more`);
    return error.exitCode;
  }
  if (error instanceof CodedError) {
    console.error(formatError(error));
    return error.exitCode;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const fix =
    "This is a defect in Taktwerk; please report it with the scenario, the seed and the following lines.";
  console.error(
    `${formatError(new CodedError("internal", "something that must not happen has happened", fix))}\n${detail}`,
  );
  return EXIT.internal;
}
