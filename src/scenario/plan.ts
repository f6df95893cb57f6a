import { CodedError, CodedErrors, type SourcePlace } from "../errors.ts";
import type { CncModel } from "../equipment/cnc/cnc-model.ts";
import { RandomKey } from "../engine/random.ts";
import type { CommandHead } from "../equipment/command.ts";
import { CNC_FAULTS } from "../equipment/cnc/faults/catalogue.ts";
import { SENSOR_FAULTS } from "../equipment/sensor-faults/catalogue.ts";
import type { UnitFaults } from "../equipment/unit.ts";
import type { ScheduledWireFault } from "../fault/wire-fault-window.ts";
import type { ScheduledFault } from "../equipment/fault-injection.ts";
import type { Organisation } from "../equipment/cnc/organisation.ts";
import type { Workpiece } from "../equipment/cnc/part-program.ts";
import { makeNameplate } from "../equipment/nameplate.ts";
import type { Catalog } from "../plant/catalog.ts";
import { SourceDocument } from "../plant/document.ts";
import { Cell, type UnitPlan } from "../plant/cell.ts";
import { validate } from "../plant/validate.ts";
import { DEFAULT_START_MS } from "../signal/plant-clock.ts";
import { planChecks, type CheckPlan } from "./check-plan.ts";
import { parseDuration } from "./duration.ts";
import { checkExposure, checkGateway, checkPorts } from "./endpoint-checks.ts";
import { planActions } from "./action-plan.ts";
import { isWireFault, planFaults } from "./fault-plan.ts";
import { FORMAT_VERSION, NAME_PATTERN, scenarioSchema, type Scenario } from "./schema.ts";
import { planGateway, planMqttSn, type GatewayPlan, type MqttSnPlan } from "./endpoints.ts";
import { opcUaPlanner, planDiscovery, type DiscoveryPlan, type OpcUaPlan } from "./opcua-plan.ts";
import { isOnWire, planThresholds } from "./thresholds.ts";
import { isFixed } from "./timing-plan.ts";
import type { TimelinePlan } from "./unit-timeline.ts";
import { vocabularyOf, type Vocabulary } from "./vocabulary.ts";
import { planWireFaults } from "./wire-fault-plan.ts";

/** One unit and how it is on the wire; undefined where it is not. */
export interface PlannedUnit extends UnitPlan {
  readonly opcua: OpcUaPlan | undefined;
  readonly mqttsn: MqttSnPlan | undefined;
  readonly timeline: TimelinePlan;
  /** What goes wrong with its endpoints on purpose. */
  readonly wireFaults: readonly ScheduledWireFault[];
  /** Indices of the plan's checks that judge it. */
  readonly checks: readonly number[];
  /** Where it stands in the scenario. */
  readonly place: SourcePlace;
}

/** A factor of real time, or as fast as possible. */
export type Speed = number | "max";

/** Whether a scenario has faults or thresholds on the wire, and whether a run has one or had its endpoints switched off. */
export type WireDemand = "none" | "met" | "left-out";

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
  /** All units, or those of one shard. */
  readonly units: readonly PlannedUnit[];
  readonly checks: readonly CheckPlan[];
  /** As they are written; known to be valid. */
  readonly thresholds: readonly string[];
  readonly wireDemand: WireDemand;
  /** Which part of the units these are; undefined for all of them. */
  readonly shard: { readonly part: number; readonly of: number } | undefined;
  /** How many units the whole plan has. */
  readonly unitsPlanned: number;
  /** What the command line changed in the file. */
  readonly set: readonly string[];
  /** By which of its checks and thresholds it is judged; undefined for all. */
  readonly only?: string;
  /** Undefined when no unit needs the embedded gateway. */
  readonly gateway: GatewayPlan | undefined;
  /** Undefined when it is switched off, or there is nothing to be found. */
  readonly discovery: DiscoveryPlan | undefined;
}

/** What can happen to a unit of any kind that there is. */
const FAULTS = [...CNC_FAULTS, ...SENSOR_FAULTS];

/** What the command line may change in a scenario. */
export interface Overrides {
  readonly seed?: number | string;
  readonly duration_s?: number;
  readonly speed?: Speed;
  readonly endpoints?: boolean;
  /** Values for places in the file: "faults.bearing.at=2m" */
  readonly set?: readonly string[];
  /** Only every `of`-th unit, beginning with number `part`, which counts from 1. */
  readonly shard?: { readonly part: number; readonly of: number };
}

/**
 * Reads and resolves a scenario. What is wrong with its endpoints is wrong also in a run without them.
 *
 * @throws CodedErrors with everything that is wrong with it
 */
export function planScenario(file: string, text: string, catalog: Catalog, overrides: Overrides = {}): Plan {
  const document = SourceDocument.parse(file, text);
  for (const setting of overrides.set ?? []) document.set(setting);
  checkVersion(document);
  const scenario = validate(document, scenarioSchema);
  const collector = new Collector();
  const units = planUnits(scenario, document, catalog, collector);
  const gateway = planGateway(scenario, document);
  const discovery = planDiscovery(scenario, document);
  const report = (error: CodedError): void => collector.add(error);
  checkNames(units, report);
  checkExposure(scenario, document, report);
  checkGateway(gateway, scenario, document, report);
  checkPorts(units.filter(hasServer), gateway, scenario, document, report);
  const seed = overrides.seed ?? scenario.seed ?? 1;
  const root = RandomKey.root(seed);
  const speed = overrides.speed ?? scenario.speed ?? 1;
  const isWithoutWire = overrides.endpoints === false;
  const grouped = units.map((it) => {
    const mqttsn = planMqttSn(scenario, it.group);
    return { ...it, group: scenario.fleet[it.group]!.group, mqttsn };
  });
  const circumstances = { speed, isWithoutWire, root };
  const wireFaults = planWireFaults(scenario, document, grouped, circumstances, report);
  const isAsked = [scenario.checks, scenario.actions, scenario.faults].some((it) => it !== undefined);
  const kindOf = isAsked ? kindsOfUnit(scenario, root) : () => UNKNOWN_KIND;
  const known = grouped.map((it, i) => ({ ...it, ...kindOf(units[i]!) }));
  const faults = planFaults(scenario, document, known, FAULTS, root, report);
  const actions = planActions(scenario, document, known, root, report);
  const { checks, ofUnit } = planChecks({ scenario, units: known, faults, root }, document, report);
  const written = scenario.thresholds ?? [];
  const onWire = { speed, isWithoutWire, endpoints: endpointsOf(grouped) };
  const thresholds = planThresholds(written, onWire, document, report);
  collector.throw();
  const endpoints = !isWithoutWire && speed !== "max";
  const { part, of } = overrides.shard ?? { part: 1, of: 1 };
  return {
    file,
    name: scenario.name,
    seed,
    start_ms: scenario.start === undefined ? DEFAULT_START_MS : Date.parse(scenario.start),
    timestamps: scenario.timestamps ?? "wall",
    duration_s:
      overrides.duration_s ??
      (scenario.duration === undefined ? Infinity : parseDuration(scenario.duration)!),
    speed,
    units: units
      .filter((_draft, i) => i % of === part - 1)
      .map((draft) => ({
        ...finish(draft, scenario, endpoints, faults.get(draft.name)?.filter(isFixed)),
        timeline: {
          faults: faults.get(draft.name)?.filter((fault) => !isFixed(fault)) ?? [],
          actions: actions.get(draft.name) ?? [],
        },
        wireFaults: wireFaults.get(draft.name) ?? [],
        checks: ofUnit.get(draft.name) ?? [],
      })),
    checks,
    thresholds,
    wireDemand: !wantsWire(scenario) ? "none" : isWithoutWire ? "left-out" : "met",
    shard: overrides.shard,
    unitsPlanned: units.length,
    set: overrides.set ?? [],
    gateway: endpoints ? gateway : undefined,
    discovery: endpoints && units.some(hasServer) ? discovery : undefined,
  };
}

const wantsWire = ({ faults = [], thresholds = [] }: Scenario): boolean =>
  faults.some(isWireFault) || thresholds.some(isOnWire);

/** Those that some unit has. */
function endpointsOf(units: readonly Pick<PlannedUnit, "opcua" | "mqttsn">[]): ReadonlySet<string> {
  const names = (["opcua", "mqttsn"] as const).filter((name) => units.some((unit) => unit[name]));
  return new Set(names);
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
    `the file is of format version ${version}, and this Taktwerk reads version ${FORMAT_VERSION}`,
    version > FORMAT_VERSION
      ? "Use a newer Taktwerk."
      : `Write taktwerk: ${FORMAT_VERSION}, then see what else has to change.`,
    document.place(["taktwerk"]),
  );
}

/** What a machine is worked by unless the scenario says otherwise. */
const DEFAULT_OPERATION = "operations/continuous";
const WEEK_S = 7 * 86_400;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_S = 4 * 86_400;

/** A unit while it is being planned; model and workpieces are undefined where the scenario names none that exist. */
interface Draft {
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

const hasServer = (draft: Draft): draft is Draft & { readonly opcua: OpcUaPlan } => draft.opcua !== undefined;

function planUnits(
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

/** A draft that has passed every check, as a planned unit. */
function finish(
  draft: Draft,
  scenario: Scenario,
  endpoints: boolean,
  faults: readonly ScheduledFault[] = [],
): Omit<PlannedUnit, "checks" | "timeline" | "wireFaults"> {
  const { name, index, modelReference, place } = draft;
  const { group, location } = scenario.fleet[draft.group]!;
  const model = draft.model!;
  return {
    name,
    group,
    index,
    modelReference,
    model,
    workpieces: draft.workpieces!,
    organisation: draft.organisation!,
    failures: draft.failures,
    faults,
    weekStart_s: weekStart_s(scenario.start),
    nameplate: makeNameplate(model.nameplate, scenario.name, name, location ?? group),
    history_s: endpoints && draft.opcua ? draft.opcua.history_s : 0,
    opcua: endpoints ? draft.opcua : undefined,
    mqttsn: endpoints ? planMqttSn(scenario, draft.group) : undefined,
    place,
  };
}

/** What can be asked of a unit and done to it. */
interface UnitKind {
  readonly vocabulary: Vocabulary;
  readonly commands: readonly CommandHead[];
  readonly objection: UnitFaults["objection"];
}

/** Of a unit that cannot be, or that nobody asks about. */
type UnknownKind = { readonly [key in keyof UnitKind]: undefined };
const UNKNOWN_KIND: UnknownKind = { vocabulary: undefined, commands: undefined, objection: undefined };

/** Finds that out by making one unit of each kind. */
function kindsOfUnit(scenario: Scenario, root: RandomKey): (draft: Draft) => UnitKind | UnknownKind {
  const known = new Map<string, UnitKind>();
  return (draft) => {
    if (!draft.model || !draft.workpieces || !draft.organisation) return UNKNOWN_KIND;
    const key = [draft.modelReference, ...draft.workpieces.map(({ program }) => program.name)].join(" ");
    const found = known.get(key);
    if (found) return found;
    const { unit } = new Cell(finish(draft, scenario, false), root);
    const kind: UnitKind = {
      vocabulary: vocabularyOf(unit),
      commands: unit.commands,
      objection: (fault, parameters) => unit.faults.objection(fault, parameters),
    };
    known.set(key, kind);
    return kind;
  };
}

/** Plant time 0 in seconds since Monday, 00:00, as the clock on the plant's wall shows it. */
function weekStart_s(start: string | undefined): number {
  if (start === undefined) return 6 * 3600;
  // The clock on the wall is what is written, whatever the zone behind it.
  const wall_ms = Date.parse(start.replace(/(Z|[+-]\d\d:\d\d)$/, "Z"));
  return (wall_ms / 1000 - FIRST_MONDAY_S) % WEEK_S;
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

function checkNames(units: readonly Draft[], report: (error: CodedError) => void): void {
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
