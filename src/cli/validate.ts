import { CodedError, CodedErrors, EXIT } from "../errors.ts";
import { reportFailure } from "./failure.ts";
import { readPlan } from "./run.ts";

/** Says of each file whether it could run. @returns the exit code */
export function validateFiles(files: readonly string[]): number {
  let code: number = EXIT.pass;
  for (const file of files) {
    try {
      const plan = readPlan(file, { endpoints: true });
      console.log(`${file}: valid, ${plan.units.length} units`);
    } catch (error) {
      if (!(error instanceof CodedError || error instanceof CodedErrors)) throw error;
      code = reportFailure(error);
    }
  }
  return code;
}
