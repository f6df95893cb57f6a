import { EXIT } from "../errors.ts";
import { resultJsonSchema } from "../runtime/merge.ts";
import { scenarioJsonSchema } from "../scenario/schema.ts";

/** Kinds of files of which a JSON Schema tells. */
export const SCHEMAS = { scenario: scenarioJsonSchema, result: resultJsonSchema } as const;

/** Prints the JSON Schema of a kind of file, for editors and for programs. @returns the exit code */
export function printSchema(what: keyof typeof SCHEMAS): number {
  console.log(JSON.stringify(SCHEMAS[what](), null, 2));
  return EXIT.pass;
}
