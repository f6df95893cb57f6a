import { EXIT } from "../errors.ts";
import { loadCatalog } from "../runtime/files.ts";
import { faultKinds } from "../runtime/fault-kinds.ts";

/** Prints the model library: machine models, then what they can make, of what and for whom. @returns the exit code */
export function listModels(): number {
  for (const kind of ["cnc", "program", "material", "operation"]) {
    for (const entry of loadCatalog()
      .list()
      .filter((it) => it.kind === kind)) {
      console.log(`${entry.reference.padEnd(31)} ${entry.kind.padEnd(9)} ${entry.title}`);
    }
  }
  return EXIT.pass;
}

/** Prints what can go wrong, what shows it, and what an injection can say. @returns the exit code */
export function listFaults(): number {
  const indent = " ".repeat(38);
  for (const { id, family, equipment, description, raises, causes, parameters } of faultKinds()) {
    console.log(`${id.padEnd(22)} ${family.padEnd(9)} ${equipment.padEnd(4)} ${description}`);
    if (raises.length > 0) console.log(`${indent}raises ${raises.join(", ")}`);
    if (causes !== undefined) console.log(`${indent}causes: ${causes}`);
    for (const [name, said] of Object.entries(parameters)) console.log(`${indent}${name}: ${said}`);
  }
  return EXIT.pass;
}
