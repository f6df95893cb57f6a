import { CodedError, type SourcePlace } from "../errors.ts";
import { RandomKey } from "../engine/random.ts";
import type { CommandHead } from "../equipment/command.ts";
import { CNC_FAULTS } from "../equipment/cnc/faults/catalogue.ts";
import { SENSOR_FAULTS } from "../equipment/sensor-faults/catalogue.ts";
import type { UnitFaults } from "../equipment/unit.ts";
import type { ScheduledWireFault } from "../fault/wire-fault-window.ts";
import type { ScheduledFault } from "../equipment/fault-injection.ts";
import { makeNameplate } from "../equipment/nameplate.ts";
import type { Catalog } from "../plant/catalog.ts";
import { SourceDocument } from "../plant/document.ts";
import { Cell, type UnitPlan } from "../plant/cell.ts";
import { validate } from "../plant/validate.ts";
import { DEFAULT_START_MS } from "../signal/plant-clock.ts";
import { planChecks, type CheckPlan } from "./check-plan.ts";
import { parseDuration } from "./duration.ts";
import { checkExposure, checkGateway, checkPorts } from "./endpoint-checks.ts";
import { Collector } from "./collector.ts";
import { checkNames, hasServer, planUnits, type Draft } from "./unit-drafts.ts";
import { planActions } from "./action-plan.ts";
import { planRunActions, type RunAction } from "./run-action-plan.ts";
import { isWireFault, planFaults } from "./fault-plan.ts";
import { FORMAT_VERSION, scenarioSchema, type Scenario } from "./schema.ts";
import { isRepeatable, seedOf } from "./seed.ts";
import { planGateway, planMqttSn, type GatewayPlan, type MqttSnPlan } from "./endpoints.ts";
import { planDiscovery, type DiscoveryPlan, type OpcUaPlan } from "./opcua-plan.ts";
import { isOnWire, planAborts, planThresholds, textOf, type AbortPlan } from "./thresholds.ts";
import type { RecordingPlan } from "./recording.ts";
import { planReports, type ReportPlan } from "./report-plan.ts";
import {
  checkSut,
  checkWarmup,
  defaultThresholds,
  planNorth,
  planSut,
  type NorthPlan,
  type SutPlan,
} from "./sut-plan.ts";
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
export interface Plan extends ReportPlan {
  readonly file: string;
  /** The file's text as it was read. */
  readonly source: string;
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
  /** Those of them that end the run when they fail. */
  readonly aborts: readonly AbortPlan[];
  /** What is done to the whole run. */
  readonly runActions: readonly RunAction[];
  /** What is written down to be drawn; undefined for nothing. */
  readonly recording?: RecordingPlan;
  readonly wireDemand: WireDemand;
  /** Which part of the units these are; undefined for all of them. */
  readonly shard: { readonly part: number; readonly of: number } | undefined;
  /** How many units the whole plan has. */
  readonly unitsPlanned: number;
  /** What the command line changed in the file. */
  readonly set: readonly string[];
  /** By which of its checks and thresholds it is judged; undefined for all. */
  readonly only?: string;
  /** Whether the scenario has a system under test, also where it is left out. */
  readonly declaresSut: boolean;
  /** Undefined when there is none, or when endpoints are switched off. */
  readonly sut: SutPlan | undefined;
  readonly north: NorthPlan | undefined;
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
  checkSize(scenario, document);
  const units = planUnits(scenario, document, catalog, collector);
  const gateway = planGateway(scenario, document);
  const discovery = planDiscovery(scenario, document);
  const report = (error: CodedError): void => collector.add(error);
  checkEndpoints(units, gateway, scenario, document, report);
  const seed = planSeed(overrides.seed ?? scenario.seed ?? 1, document, report);
  const root = RandomKey.root(seed);
  const speed = overrides.speed ?? scenario.speed ?? 1;
  const isWithoutWire = overrides.endpoints === false;
  const grouped = units.map((it) => {
    const mqttsn = planMqttSn(scenario, it.group);
    return { ...it, group: scenario.fleet[it.group]!.group, mqttsn };
  });
  const circumstances = { speed, isWithoutWire, root };
  const wireFaults = planWireFaults(scenario, document, grouped, circumstances, report);
  const kindOf = asksOfUnits(scenario) ? kindsOfUnit(scenario, root) : () => UNKNOWN_KIND;
  const known = grouped.map((it, i) => ({ ...it, ...kindOf(units[i]!) }));
  const faults = planFaults(scenario, document, known, FAULTS, root, report);
  const actions = planActions(scenario, document, known, root, report);
  const { checks, ofUnit } = planChecks({ scenario, units: known, faults, root }, document, report);
  const hasNorth = scenario.north !== undefined;
  const onWire = { speed, isWithoutWire, endpoints: endpointsOf(grouped), hasNorth };
  const thresholds = planThresholds((scenario.thresholds ?? []).map(textOf), onWire, document, report);
  checkSut(scenario, onWire.endpoints, gateway, document, report);
  const endpoints = !isWithoutWire && speed !== "max";
  checkWarmup(scenario, endpoints ? durationOf(scenario, overrides) : Infinity, document, report);
  const aborts = planAborts(scenario.thresholds ?? [], document, report);
  const runActions = planRunActions(scenario, document, demandsWire(scenario), report);
  const reports = planReports(scenario, known, document, report);
  collector.throw();
  return {
    file,
    source: text,
    name: scenario.name,
    seed,
    start_ms: scenario.start === undefined ? DEFAULT_START_MS : Date.parse(scenario.start),
    timestamps: scenario.timestamps ?? "wall",
    duration_s: durationOf(scenario, overrides),
    speed,
    units: units.filter(isInShard(overrides.shard)).map((draft) => ({
      ...finish(draft, scenario, endpoints, faults.get(draft.name)?.filter(isFixed)),
      timeline: {
        faults: faults.get(draft.name)?.filter((fault) => !isFixed(fault)) ?? [],
        actions: actions.get(draft.name) ?? [],
      },
      wireFaults: wireFaults.get(draft.name) ?? [],
      checks: ofUnit.get(draft.name) ?? [],
    })),
    checks,
    thresholds: [...thresholds, ...defaultThresholds(scenario)],
    aborts,
    runActions: runActions.filter(({ what }) => (what.kind === "run" ? endpoints : speed !== "max")),
    ...planWire(scenario, document, isWithoutWire, endpoints),
    ...reports,
    shard: overrides.shard,
    unitsPlanned: units.length,
    set: overrides.set ?? [],
    gateway: endpoints ? gateway : undefined,
    discovery: endpoints && units.some(hasServer) ? discovery : undefined,
  };
}

/** Units of one plan: a process holds some 250 kB for each. */
const UNITS_MAX = 10_000;
/** Entries of a scenario times units that each might be of; every pair is looked at before the run. */
const PAIRS_MAX = 2_000_000;

/** Refuses what would take minutes to plan, before a unit is made. @throws CodedError `invalid-value` */
function checkSize(scenario: Scenario, document: SourceDocument): void {
  let units = 0;
  for (const [g, group] of scenario.fleet.entries())
    for (const [u, { count = 1 }] of group.units.entries()) {
      units += count;
      if (units <= UNITS_MAX) continue;
      const what = `with these the fleet has more than ${UNITS_MAX} units`;
      const fix = "Spread the plant over several scenarios.";
      throw new CodedError("invalid-value", what, fix, document.place(["fleet", g, "units", u]));
    }
  for (const list of ["actions", "faults", "checks"] as const) {
    const entries = scenario[list]?.length ?? 0;
    if (entries * units <= PAIRS_MAX) continue;
    const what = `${entries} ${list} for ${units} units are more than ${PAIRS_MAX} pairs`;
    const fix = "Write one entry for several units, or spread the plant over several scenarios.";
    throw new CodedError("invalid-value", what, fix, document.place([list]));
  }
}

const asksOfUnits = ({ checks, actions, faults, report }: Scenario): boolean =>
  [checks, actions, faults, report?.signals].some((it) => it !== undefined);

/** Those that some unit has. */
function endpointsOf(units: readonly Pick<PlannedUnit, "opcua" | "mqttsn">[]): ReadonlySet<string> {
  const names = (["opcua", "mqttsn"] as const).filter((name) => units.some((unit) => unit[name]));
  return new Set(names);
}

function checkEndpoints(
  units: readonly Draft[],
  gateway: GatewayPlan | undefined,
  scenario: Scenario,
  document: SourceDocument,
  report: (error: CodedError) => void,
): void {
  checkNames(units, report);
  checkExposure(scenario, document, report);
  checkGateway(gateway, scenario, document, report);
  checkPorts(units.filter(hasServer), gateway, scenario, document, report);
}

const durationOf = ({ duration }: Scenario, { duration_s }: Overrides): number =>
  duration_s ?? (duration === undefined ? Infinity : parseDuration(duration)!);

/** Whether the unit with this index is one of the shard's. */
const isInShard =
  ({ part, of } = { part: 1, of: 1 }) =>
  (_draft: Draft, index: number): boolean =>
    index % of === part - 1;

/** What of a plan is about the wire and what is behind it. */
const planWire = (
  scenario: Scenario,
  document: SourceDocument,
  isWithoutWire: boolean,
  endpoints: boolean,
): Pick<Plan, "wireDemand" | "declaresSut" | "sut" | "north"> => ({
  wireDemand: !demandsWire(scenario) ? "none" : isWithoutWire ? "left-out" : "met",
  declaresSut: scenario.sut !== undefined,
  sut: endpoints ? planSut(scenario, document) : undefined,
  north: endpoints ? planNorth(scenario, document) : undefined,
});

/** Whether something of a scenario can only be done or judged on the wire. */
const demandsWire = ({ faults = [], thresholds = [], sut }: Scenario): boolean =>
  sut !== undefined || faults.some(isWireFault) || thresholds.some((written) => isOnWire(textOf(written)));

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

const WEEK_S = 7 * 86_400;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_S = 4 * 86_400;

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

function planSeed(
  given: number | string,
  document: SourceDocument,
  report: (error: CodedError) => void,
): number | string {
  const seed = seedOf(given);
  if (isRepeatable(seed)) return seed;
  const what = "this seed holds U+0000 or half a character, which no command line can hold";
  report(new CodedError("invalid-value", what, "Write another text.", document.place(["seed"])));
  return seed;
}
