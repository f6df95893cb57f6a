import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { UnitCommand } from "../equipment/command.ts";
import { scheduledId } from "../equipment/fault-injection.ts";
import { wireFaultKinds } from "../fault/catalogue.ts";
import type { WireFaultWindow } from "../fault/wire-fault-window.ts";
import { SourceDocument } from "../plant/document.ts";
import { exactDuration } from "./duration.ts";
import type { Plan } from "./plan.ts";
import type { Scenario } from "./schema.ts";

/** What somebody did to a run, and how far it came. */
export interface SessionTruth {
  /** Commands that were carried out, in their order. */
  readonly inputs: readonly {
    readonly unit: string;
    /** Plant time. */
    readonly time_s: number;
    readonly command: UnitCommand;
  }[];
  /** Every window of a fault on the wire, those of the plan as well. */
  readonly wireFaults: readonly WireFaultWindow[];
  /** Plant time. */
  readonly end_s: number;
}

/** The run that a session was of. */
type SessionPlan = Pick<Plan, "file" | "source" | "seed" | "set"> & {
  readonly units: readonly Pick<Plan["units"][number], "name" | "wireFaults">[];
};

/**
 * A session as a scenario that comes to the same digest: the scenario that ran, with what the command line had changed,
 * with an action for each command and a fault for each one on the wire.
 *
 * @param file  where it will stand, which paths in it count from
 */
export function sessionScenario(plan: SessionPlan, truth: SessionTruth, file: string): string {
  const document = SourceDocument.parse(
    plan.file,
    plan.source.replace(/^# *yaml-language-server:.*\n(#\n)?/m, ""),
  );
  for (const setting of plan.set) document.set(setting);
  const scenario = document.data as Scenario;
  document.put(["seed"], plan.seed);
  document.put(["duration"], exactDuration(truth.end_s));
  movePaths(document, scenario, dirname(plan.file), dirname(file));
  const byHand = wireFaultsByHand(plan, truth.wireFaults);
  const taken = [...(scenario.actions ?? []), ...(scenario.faults ?? [])].map(({ id }) => id);
  const idOf = uniqueIds(taken);
  if (truth.inputs.length > 0)
    document.append(
      "actions",
      truth.inputs.map((input) => actionOf(input, idOf("session"))),
    );
  if (byHand.length > 0) {
    document.append(
      "faults",
      byHand.map((window) => faultOf(window, idOf(window.kind))),
    );
    // The wire has real time alone.
    document.put(["speed"], 1);
  }
  return document.toString();
}

function actionOf({ unit, time_s, command }: SessionTruth["inputs"][number], id: string): object {
  const { name, arguments: given } = command;
  const how = Object.keys(given).length === 0 ? {} : { with: given };
  return { id, at: exactDuration(time_s), on: { name: unit }, do: name, ...how };
}

function faultOf({ unit, kind, from_s, ends_s, until_s, parameters }: WireFaultWindow, id: string): object {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const end_s = until_s ?? ends_s;
  const lasts = end_s === undefined || end_s === from_s ? {} : { for: exactDuration(end_s - from_s) };
  const how = given.length === 0 ? {} : { with: Object.fromEntries(given) };
  return { id, at: exactDuration(from_s), ...lasts, on: { name: unit }, fault: kind, ...how };
}

/** Those that the plan did not bring; an endpoint that units share has one window for all of them. */
function wireFaultsByHand(
  { units }: SessionPlan,
  windows: readonly WireFaultWindow[],
): readonly WireFaultWindow[] {
  const planned = new Map(
    units.flatMap(({ name, wireFaults }) => wireFaults.map((fault) => [`${name} ${fault.id}`, fault])),
  );
  const seen = new Set<string>();
  return windows.filter((window) => {
    const { unit, id, endpoint, from_s } = window;
    const place = `${endpoint} ${id} ${from_s}`;
    const fault = planned.get(`${unit} ${scheduledId(id)}`);
    // One by hand may have an id that the plan gives to a later one.
    const isPlanned = fault !== undefined && (fault.every_s !== undefined || from_s === fault.at_s);
    const isNew = !seen.has(place) && !isPlanned && wasThere(window);
    seen.add(place);
    return isNew;
  });
}

/** Not so for one that could not be carried out, nor for one that was cleared while time stood. */
function wasThere({ kind, from_s, until_s, began_ms, failure }: WireFaultWindow): boolean {
  const isMomentary = wireFaultKinds.some((it) => it.id === kind && it.isMomentary);
  return (isMomentary || until_s !== from_s) && (failure === undefined || began_ms !== undefined);
}

/** Gives out ids that nothing else in the timeline has. */
function uniqueIds(taken: readonly string[]): (wanted: string) => string {
  const given = new Set(taken);
  const counts = new Map<string, number>();
  return (wanted) => {
    for (let number = (counts.get(wanted) ?? 0) + 1; ; number++) {
      const id = `${wanted}-${number}`;
      if (given.has(id)) continue;
      counts.set(wanted, number);
      given.add(id);
      return id;
    }
  };
}

/** Lets paths that count from the scenario's folder mean the same from another one. */
function movePaths(document: SourceDocument, scenario: Scenario, from: string, to: string): void {
  const moved = (path: string): string => (isAbsolute(path) ? path : relative(to, resolve(from, path)));
  const places = [
    { at: ["endpoints"], endpoints: scenario.endpoints },
    ...scenario.fleet.map(({ endpoints }, i) => ({ at: ["fleet", i, "endpoints"], endpoints })),
  ];
  for (const { at, endpoints } of places) {
    if (!endpoints?.opcua) continue;
    const { nodesets = [], users = [] } = endpoints.opcua;
    for (const [i, path] of nodesets.entries()) document.put([...at, "opcua", "nodesets", i], moved(path));
    for (const [i, { certificate }] of users.entries()) {
      if (certificate !== undefined)
        document.put([...at, "opcua", "users", i, "certificate"], moved(certificate));
    }
  }
}
