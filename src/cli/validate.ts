import { CodedError, CodedErrors, EXIT } from "../errors.ts";
import { formatDuration } from "../scenario/duration.ts";
import { reportFailure } from "./failure.ts";
import { readPlan, say } from "./session.ts";

/** Says of each file whether it could run. @returns the exit code */
export function validateFiles(files: readonly string[]): number {
  let code: number = EXIT.pass;
  for (const file of files) {
    try {
      const plan = readPlan(file, {});
      const { units, duration_s } = plan;
      const length = duration_s === Infinity ? "until it is stopped" : `for ${formatDuration(duration_s)}`;
      say(`${file}: valid, ${units.length} units, runs ${length}`);
    } catch (error) {
      if (!(error instanceof CodedError || error instanceof CodedErrors)) throw error;
      code = reportFailure(error);
    }
  }
  return code;
}
