import { EXIT } from "../errors.ts";
import { loadCatalog, shippedScenarios } from "../runtime/files.ts";
import { faultKinds } from "../runtime/fault-kinds.ts";
import { CHECK_WORDS } from "../scenario/check-schema.ts";
import { METRICS } from "../scenario/metrics.ts";
import { say } from "./session.ts";

/** Prints the model library: machine models, then what they can make, of what and for whom. @returns the exit code */
export function listModels(): number {
  for (const kind of ["cnc", "program", "material", "operation"]) {
    for (const entry of loadCatalog()
      .list()
      .filter((it) => it.kind === kind)) {
      say(`${entry.reference.padEnd(31)} ${entry.kind.padEnd(9)} ${entry.title}`);
    }
  }
  return EXIT.pass;
}

/** Prints what can go wrong, what shows it, and what an injection can say. @returns the exit code */
export function listFaults(): number {
  const indent = " ".repeat(38);
  for (const { id, family, equipment, description, raises, causes, parameters } of faultKinds()) {
    say(`${id.padEnd(22)} ${family.padEnd(9)} ${equipment.padEnd(4)} ${description}`);
    if (raises.length > 0) say(`${indent}raises ${raises.join(", ")}`);
    if (causes !== undefined) say(`${indent}causes: ${causes}`);
    for (const [name, said] of Object.entries(parameters)) say(`${indent}${name}: ${said}`);
  }
  return EXIT.pass;
}

/** Prints the scenarios that ship, and what each shows. @returns the exit code */
export function listScenarios(): number {
  for (const { file, shows } of shippedScenarios()) say(`${file.padEnd(41)} ${shows}`);
  return EXIT.pass;
}

/** Prints what a check can demand, and what thresholds can be about. @returns the exit code */
export function listChecks(): number {
  for (const [word, says] of Object.entries(CHECK_WORDS)) say(`${word.padEnd(31)} check    ${says}`);
  for (const [name, { kind, says }] of Object.entries(METRICS))
    say(`${name.padEnd(31)} ${kind.padEnd(8)} ${says}`);
  return EXIT.pass;
}
