import { EXIT } from "../errors.ts";
import { loadCatalog } from "../runtime/files.ts";

/** Prints the model library: machine models, then what they can make, of what and for whom. @returns the exit code */
export function list(): number {
  for (const kind of ["cnc", "program", "material", "operation"]) {
    for (const entry of loadCatalog()
      .list()
      .filter((it) => it.kind === kind)) {
      console.log(`${entry.reference.padEnd(31)} ${entry.kind.padEnd(9)} ${entry.title}`);
    }
  }
  return EXIT.pass;
}
