import { dirname, isAbsolute, join } from "node:path";
import type { SourceDocument } from "../plant/document.ts";
import { CodedError, type SourcePlace } from "../errors.ts";
import { parseDuration } from "./duration.ts";
import { ENDPOINT_DEFAULTS, plannedPort, settingsOf } from "./endpoints.ts";
import type { LimitSettings, OpcUaSettings, SECURITY_POLICIES, UserSettings } from "./opcua-schema.ts";
import type { Scenario } from "./schema.ts";

type Role = UserSettings["role"];

/** Who can log in: by a password, whose place or hash this is, or by a certificate in a file. */
export type PlannedUser = { readonly role: Role; readonly place: SourcePlace } & (
  { readonly name: string; readonly password: string } | { readonly certificate: string }
);

type Camel<S extends string> = S extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : S;
type Limits = { readonly [K in keyof LimitSettings as Camel<K>]: number };

/** One unit's OPC UA server. */
export interface OpcUaPlan {
  readonly bind: string;
  /** 0 for one that is free */
  readonly port: number;
  /** Name of its server: the unit's, or one that units share */
  readonly server: string;
  readonly advertise: readonly [string, ...string[]];
  readonly security: readonly (typeof SECURITY_POLICIES)[number][];
  readonly anonymous: Role | false;
  /** One list for all units of a group */
  readonly users: readonly PlannedUser[];
  readonly trust: "list" | "all";
  readonly keys: "own" | "shared";
  /** Of those that the scenario states */
  readonly limits: Limits;
  /** How far back a client may ask for the past of a signal */
  readonly history_s: number;
  /** Folders */
  readonly nodesets: readonly string[];
  /** URL of a discovery server to register with */
  readonly register: string | undefined;
}

/** The discovery server of the fleet. */
export interface DiscoveryPlan {
  readonly bind: string;
  /** 0 for one that is free */
  readonly port: number;
  readonly advertise: readonly [string];
  /** Where the scenario writes about it, as far as it does. */
  readonly place: SourcePlace;
}

/** The server of a unit with this index in the whole plan and this name. */
export type OpcUaPlanner = (index: number, name: string) => OpcUaPlan;

/** @returns undefined when the group's units have no servers */
export function opcUaPlanner(
  scenario: Scenario,
  group: number,
  document: SourceDocument,
  report: (error: CodedError) => void,
): OpcUaPlanner | undefined {
  const settings = settingsOf(scenario, group, "opcua");
  if (!settings) return undefined;
  const common = {
    security: [...new Set(settings.security ?? ENDPOINT_DEFAULTS.security)],
    anonymous: settings.anonymous ?? ENDPOINT_DEFAULTS.anonymous,
    users: planUsers(settings, placesOfUsers(scenario, group, document), document.file, report),
    trust: settings.trust ?? ENDPOINT_DEFAULTS.trust,
    keys: settings.keys ?? ENDPOINT_DEFAULTS.keys,
    limits: planLimits(settings.limits ?? {}),
    history_s:
      settings.history === undefined ? ENDPOINT_DEFAULTS.history_s : parseDuration(settings.history)!,
    nodesets: (settings.nodesets ?? []).map((folder) => beside(document.file, folder)),
    register: scenario.discovery === false ? undefined : scenario.discovery?.register,
  };
  // A group with settings of its own has a server of its own as well.
  const isOwn = typeof scenario.fleet[group]!.endpoints?.opcua === "object";
  const shared = isOwn ? `${scenario.name}-${scenario.fleet[group]!.group}` : scenario.name;
  const server = (name: string): string =>
    (settings.mode ?? ENDPOINT_DEFAULTS.mode) === "aggregated" ? shared : name;
  return (index, name) => ({
    ...common,
    ...planAddress(scenario, settings, index, name),
    server: server(name),
  });
}

/** Addresses of a /24 that hosts can have */
const HOSTS = 254;

/** "127.0.1.{n}" counts from 127.0.1.1 to 127.0.1.254, then from 127.0.2.1 */
function addressOf(template: string, index: number): string {
  const [, start, third] = /^(\d+\.\d+)\.(\d+)\.\{n\}$/.exec(template) ?? [];
  if (start === undefined) return template.replaceAll("{n}", String(index + 1));
  return `${start}.${Number(third) + Math.floor(index / HOSTS)}.${(index % HOSTS) + 1}`;
}

function planAddress(
  scenario: Scenario,
  settings: OpcUaSettings,
  index: number,
  name: string,
): Pick<OpcUaPlan, "bind" | "port" | "advertise"> {
  const template = settings.bind ?? ENDPOINT_DEFAULTS.bind;
  const bind = addressOf(template, index);
  const { opcuaPort, opcuaPortOfAll } = ENDPOINT_DEFAULTS;
  const port = hasOwnAddresses(template)
    ? (settings.port ?? opcuaPortOfAll)
    : (settings.port ?? opcuaPort) + index;
  const [first = bind, ...more] = [settings.advertise ?? []]
    .flat()
    .map((it) => addressOf(it, index).replaceAll("{name}", name));
  return { bind, port: plannedPort(scenario, port), advertise: [first, ...more] };
}

/** Units with an address each have a port in common. */
export const hasOwnAddresses = (bind: string): boolean => bind.includes("{n}");

/** The discovery server; undefined when it is switched off. */
export function planDiscovery(scenario: Scenario, document: SourceDocument): DiscoveryPlan | undefined {
  if (scenario.discovery === false) return undefined;
  const { bind = ENDPOINT_DEFAULTS.bind, port, advertise = bind } = scenario.discovery ?? {};
  return {
    bind,
    port: plannedPort(scenario, port ?? ENDPOINT_DEFAULTS.discoveryPort),
    advertise: [advertise],
    place: scenario.discovery ? document.place(["discovery"]) : { file: document.file },
  };
}

/** "nodes-per-read" is nodesPerRead */
function planLimits(settings: LimitSettings): Limits {
  const entries = Object.entries(settings).map(([name, most]) => [
    name.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase()),
    most,
  ]);
  return Object.fromEntries(entries) as Limits;
}

/** A path that a scenario names begins at its folder. */
const beside = (scenario: string, name: string): string =>
  isAbsolute(name) ? name : join(dirname(scenario), name);

type PlaceOf = (user: number) => SourcePlace;

/** A group that says nothing of users has the scenario's. */
function placesOfUsers(scenario: Scenario, group: number, document: SourceDocument): PlaceOf {
  const own = scenario.fleet[group]!.endpoints?.opcua;
  const isOwn = own !== undefined && own !== false && own.users !== undefined;
  const path = isOwn ? ["fleet", group, "endpoints", "opcua", "users"] : ["endpoints", "opcua", "users"];
  return (user) => document.place([...path, user]);
}

function planUsers(
  { users = [], anonymous }: OpcUaSettings,
  placeOf: PlaceOf,
  file: string,
  report: (error: CodedError) => void,
): PlannedUser[] {
  const names = new Set<string>();
  const planned: PlannedUser[] = [];
  for (const [i, { name, password, certificate, role }] of users.entries()) {
    const place = placeOf(i);
    const refuse = (what: string, fix: string): void =>
      report(new CodedError("invalid-value", what, fix, place));
    if (certificate !== undefined && name === undefined && password === undefined) {
      planned.push({ certificate: beside(file, certificate), role, place });
    } else if (certificate !== undefined || name === undefined || password === undefined) {
      const fix = "Write name and password, or certificate alone, whose common name is the user's.";
      refuse(`user ${i + 1} has to have either a name and a password or a certificate`, fix);
    } else if (name === "anonymous") {
      refuse('no user can be named "anonymous"', "Write anonymous: observer beside users instead.");
    } else if (names.has(name)) {
      refuse(`two users are named ${JSON.stringify(name)}`, "Give one of them another name.");
    } else {
      names.add(name);
      planned.push({ name, password, role, place });
    }
  }
  if (users.length === 0 && anonymous === false) {
    const fix = "Write users: beside it, or anonymous: observer.";
    report(
      new CodedError(
        "invalid-value",
        "without anonymous clients and users nobody can log in",
        fix,
        placeOf(0),
      ),
    );
  }
  return planned;
}
