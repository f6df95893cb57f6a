import type { CncModel } from "../equipment/cnc/cnc-model.ts";
import type { Organisation } from "../equipment/cnc/organisation.ts";
import type { Workpiece } from "../equipment/cnc/part-program.ts";
import { CodedError, type SourcePlace } from "../errors.ts";
import type { Catalog } from "../plant/catalog.ts";
import type { SourceDocument } from "../plant/document.ts";
import type { Collector } from "./collector.ts";
import { opcUaPlanner, type OpcUaPlan } from "./opcua-plan.ts";
import { NAME_PATTERN, type Scenario } from "./schema.ts";

/** What a machine is worked by unless the scenario says otherwise. */
const DEFAULT_OPERATION = "operations/continuous";

/** A unit while it is being planned; model and workpieces are undefined where the scenario names none that exist. */
export interface Draft {
  readonly name: string;
  readonly group: number;
  readonly index: number;
  readonly modelReference: string;
  readonly model: CncModel | undefined;
  readonly workpieces: readonly Workpiece[] | undefined;
  readonly organisation: Organisation | undefined;
  readonly failures: "natural" | "none";
  readonly opcua: OpcUaPlan | undefined;
  readonly place: SourcePlace;
}

export const hasServer = (draft: Draft): draft is Draft & { readonly opcua: OpcUaPlan } =>
  draft.opcua !== undefined;

/** Every unit of the fleet, with what is wrong with them told to the collector. */
export function planUnits(
  scenario: Scenario,
  document: SourceDocument,
  catalog: Catalog,
  collector: Collector,
): Draft[] {
  const drafts: Draft[] = [];
  for (const [g, group] of scenario.fleet.entries()) {
    const planOpcUa = opcUaPlanner(scenario, g, document, (error) => collector.add(error));
    for (const [u, units] of group.units.entries()) {
      const path = ["fleet", g, "units", u];
      const model = collector.try(() => catalog.machine(units.model, document.place([...path, "model"])));
      const programPlace = document.place([...path, "program"]);
      const workpieces = collector.try(() => catalog.memory(units.program, model, programPlace));
      const organisation = collector.try(() =>
        catalog.organisation(units.operation ?? DEFAULT_OPERATION, document.place([...path, "operation"])),
      );
      const made = { modelReference: units.model, model, workpieces, organisation };
      const failures = units.failures ?? "none";
      const place = document.place([...path, "name"]);
      for (const name of collector.try(() => expandNames(units.name, units.count ?? 1, place)) ?? []) {
        const index = drafts.length;
        const opcua = planOpcUa?.(index, name);
        drafts.push({ ...made, name, group: g, index, failures, opcua, place });
      }
    }
  }
  return drafts;
}

/** "cnc-{n:02}" times 3 is cnc-01, cnc-02, cnc-03. */
function expandNames(template: string, count: number, place: SourcePlace): string[] {
  if (count > 1 && !/\{n(:0\d)?\}/.test(template)) {
    const fix = `Number them: "${template}-{n:02}".`;
    throw new CodedError(
      "duplicate-unit",
      `${count} units would all be named ${JSON.stringify(template)}`,
      fix,
      place,
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const name = template.replace(/\{n(?::0(\d))?\}/g, (_all, width) =>
      String(i + 1).padStart(Number(width ?? 0), "0"),
    );
    if (!NAME_PATTERN.test(name)) {
      const fix =
        "It stands in topics and node ids: letters, digits, - and _, a letter or digit first, at most 64.\n" +
        "{n} becomes the number, {n:02} the number with leading zeros.";
      throw new CodedError("invalid-value", `no unit can be named ${JSON.stringify(name)}`, fix, place);
    }
    return name;
  });
}

/** Units are called by their names everywhere, so no two share one. */
export function checkNames(units: readonly Draft[], report: (error: CodedError) => void): void {
  const seen = new Map<string, SourcePlace>();
  const reported = new Set<SourcePlace>();
  for (const { name, place } of units) {
    const first = seen.get(name);
    if (!first) seen.set(name, place);
    // Two lines with the same numbers share all their names, which is one mistake.
    else if (!reported.has(place)) {
      reported.add(place);
      const fix = `The first stands at line ${first.line}; give one of them another name.`;
      report(new CodedError("duplicate-unit", `two units are named "${name}"`, fix, place));
    }
  }
}
