import { CodedError, CodedErrors, type SourcePlace } from "../errors.ts";
import type { Speed } from "../engine/pacer.ts";
import { makeNameplate } from "../equipment/nameplate.ts";
import type { Catalog } from "../plant/catalog.ts";
import { SourceDocument, validate } from "../plant/document.ts";
import type { UnitPlan } from "../plant/plant.ts";
import { DEFAULT_START_MS } from "../signal/plant-clock.ts";
import { parseDuration } from "./duration.ts";
import { FORMAT_VERSION, scenarioSchema, type Scenario } from "./schema.ts";
import {
  planGateway,
  planMqttSn,
  planOpcUa,
  type GatewayPlan,
  type MqttSnPlan,
  type OpcUaPlan,
} from "./endpoints.ts";

/** One unit and how it is on the wire; undefined where it is not. */
export interface PlannedUnit extends UnitPlan {
  readonly opcua: OpcUaPlan | undefined;
  readonly mqttsn: MqttSnPlan | undefined;
}

/** A scenario, validated and resolved: nothing is decided later. */
export interface Plan {
  readonly file: string;
  readonly name: string;
  readonly seed: number | string;
  /** The plant's calendar at plant time 0, milliseconds since 1970. */
  readonly start_ms: number;
  readonly timestamps: "wall" | "plant";
  /** Infinity to run until stopped. */
  readonly duration_s: number;
  readonly speed: Speed;
  readonly units: readonly PlannedUnit[];
  /** Undefined when no unit needs the embedded gateway. */
  readonly gateway: GatewayPlan | undefined;
}

/** What the command line may change in a scenario. */
export interface Overrides {
  readonly seed?: number | string;
  readonly duration_s?: number;
  readonly speed?: Speed;
  readonly endpoints?: boolean;
}

/**
 * Reads and resolves a scenario.
 *
 * @throws CodedErrors with everything that is wrong with it
 */
export function planScenario(file: string, text: string, catalog: Catalog, overrides: Overrides = {}): Plan {
  const document = SourceDocument.parse(file, text);
  checkVersion(document);
  const scenario = validate(document, scenarioSchema);
  const speed = overrides.speed ?? scenario.speed ?? 1;
  const endpoints = overrides.endpoints !== false && speed !== "max";
  const collector = new Collector();
  const units = planUnits(scenario, document, catalog, endpoints, collector);
  const gateway = collector.try(() =>
    planGateway(
      scenario,
      units.map((unit) => unit.mqttsn),
      document,
    ),
  );
  checkNames(units, collector);
  collector.throw();
  return {
    file,
    name: scenario.name,
    seed: overrides.seed ?? scenario.seed ?? 1,
    start_ms: scenario.start === undefined ? DEFAULT_START_MS : Date.parse(scenario.start),
    timestamps: scenario.timestamps ?? "wall",
    duration_s:
      overrides.duration_s ??
      (scenario.duration === undefined ? Infinity : parseDuration(scenario.duration)!),
    speed,
    units: units.map(({ place: _place, ...unit }) => unit),
    gateway,
  };
}

/** Gathers coded errors, so that one look at the messages shows everything. */
class Collector {
  readonly #errors: CodedError[] = [];

  add(error: CodedError): void {
    const same = (it: CodedError): boolean =>
      it.message === error.message && it.place?.line === error.place?.line;
    if (!this.#errors.some(same)) this.#errors.push(error);
  }

  try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof CodedError) this.add(error);
      else if (error instanceof CodedErrors) error.errors.forEach((it) => this.add(it));
      else throw error;
      return undefined;
    }
  }

  throw(): void {
    if (this.#errors.length > 0) throw new CodedErrors(this.#errors);
  }
}

function checkVersion(document: SourceDocument): void {
  const version = (document.data as { taktwerk?: unknown } | null)?.taktwerk;
  if (typeof version !== "number" || version === FORMAT_VERSION) return;
  throw new CodedError(
    "format-version",
    `the file is of format version ${version}, this Taktwerk reads version ${FORMAT_VERSION}`,
    version > FORMAT_VERSION
      ? "Use a newer Taktwerk."
      : `Write "taktwerk: ${FORMAT_VERSION}" and mend what it names then.`,
    document.place(["taktwerk"]),
  );
}

type PlacedUnit = PlannedUnit & { readonly place: SourcePlace };

function planUnits(
  scenario: Scenario,
  document: SourceDocument,
  catalog: Catalog,
  endpoints: boolean,
  collector: Collector,
): PlacedUnit[] {
  const planned: PlacedUnit[] = [];
  let index = 0;
  for (const [g, group] of scenario.fleet.entries()) {
    for (const [u, units] of group.units.entries()) {
      const path = ["fleet", g, "units", u];
      const model = collector.try(() => catalog.machine(units.model, document.place([...path, "model"])));
      const workpiece =
        model &&
        collector.try(() => catalog.workpiece(units.program, model, document.place([...path, "program"])));
      const place = document.place([...path, "name"]);
      const names = collector.try(() => expandNames(units.name, units.count ?? 1, place)) ?? [];
      for (const name of names) {
        const at = index++;
        const opcua = endpoints ? collector.try(() => planOpcUa(scenario, g, at, document)) : undefined;
        const mqttsn = endpoints ? planMqttSn(scenario, g) : undefined;
        if (!model || !workpiece) continue;
        const nameplate = makeNameplate(model.nameplate, scenario.name, name, group.location ?? group.group);
        const modelReference = units.model;
        planned.push({
          name,
          group: group.group,
          index: at,
          modelReference,
          model,
          workpiece,
          nameplate,
          opcua,
          mqttsn,
          place,
        });
      }
    }
  }
  return planned;
}

/** "cnc-{n:02}" times 3 is cnc-01, cnc-02, cnc-03. */
function expandNames(template: string, count: number, place: SourcePlace): string[] {
  if (count > 1 && !/\{n(:0\d)?\}/.test(template)) {
    const fix = `Number them: "${template}-{n:02}".`;
    throw new CodedError("duplicate-unit", `${count} units would all be named "${template}"`, fix, place);
  }
  return Array.from({ length: count }, (_, i) => {
    const name = template.replace(/\{n(?::0(\d))?\}/g, (_all, width) =>
      String(i + 1).padStart(Number(width ?? 0), "0"),
    );
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
      const fix = "A unit name is letters, digits, - and _, at most 64; it stands in topics and node ids.";
      throw new CodedError("invalid-value", `"name" gives "${name}"`, fix, place);
    }
    return name;
  });
}

function checkNames(units: readonly PlacedUnit[], collector: Collector): void {
  const seen = new Map<string, PlacedUnit>();
  for (const unit of units) {
    const first = seen.get(unit.name);
    if (!first) seen.set(unit.name, unit);
    else {
      const fix = `The first stands at line ${first.place.line}; give one of them another name.`;
      collector.add(new CodedError("duplicate-unit", `two units are named "${unit.name}"`, fix, unit.place));
    }
  }
}
