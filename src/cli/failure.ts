import { CodedError, CodedErrors, EXIT, formatError } from "../errors.ts";

/** Prints what went wrong to standard error. @returns the exit code that goes with it */
export function reportFailure(error: unknown): number {
  if (error instanceof CodedErrors) {
    for (const each of error.errors) console.error(formatError(each));
    return error.errors[0]?.exitCode ?? EXIT.internal;
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
