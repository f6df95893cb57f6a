import { EXIT } from "../errors.ts";
import { scenarioJsonSchema } from "../scenario/schema.ts";

/** Prints the JSON Schema of scenario files, for editors. @returns the exit code */
export function printSchema(): number {
  console.log(JSON.stringify(scenarioJsonSchema(), null, 2));
  return EXIT.pass;
}
