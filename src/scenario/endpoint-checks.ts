import { CodedError, type SourcePlace } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { ENDPOINT_DEFAULTS, settingsOf, type GatewayPlan } from "./endpoints.ts";
import type { OpcUaPlan } from "./opcua-plan.ts";
import { checkPredefined } from "./predefined-topics.ts";
import type { Scenario } from "./schema.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/;
/** Whether nobody but this machine can reach it. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Every address of this machine: fine to listen on, but no client can connect to it. */
const ANY_ADDRESS = /^(0+(\.0+){0,3}|[0:]*::[0:]*)$/;

const LAST_PORT = 65_535;

/** A unit's server as the checks see it. */
export interface PlannedServer {
  readonly name: string;
  /** Index of its group in the scenario. */
  readonly group: number;
  readonly index: number;
  readonly opcua: OpcUaPlan;
  /** Where the unit stands. */
  readonly place: SourcePlace;
}

type Report = (error: CodedError) => void;

/** Reports endpoints that would be open to a network without security, and servers that nobody could name. */
export function checkExposure(scenario: Scenario, document: SourceDocument, report: Report): void {
  for (const g of scenario.fleet.keys()) {
    const settings = settingsOf(scenario, g, "opcua");
    const bind = settings?.bind ?? ENDPOINT_DEFAULTS.bind;
    if (!settings || LOOPBACK.test(bind.replaceAll("{n}", "1"))) continue;
    const place = placeOfOpcUa(scenario, g, "bind", document);
    if (ANY_ADDRESS.test(bind) && settings.advertise === undefined) {
      const what = `"bind" cannot be "${bind}" alone: no client can connect to that`;
      const fix = "Add the name or address of this machine that clients use:\n  advertise: plant.example";
      report(new CodedError("invalid-value", what, fix, place));
    }
    const security = settings.security ?? ENDPOINT_DEFAULTS.security;
    if (security.includes("none") && !settings.insecure) {
      const rest = security.filter((it) => it !== "none");
      const what = `OPC UA without security would listen on ${bind}, which others can reach`;
      const fix = [
        "Write beside bind:",
        `  security: [${rest.length > 0 ? rest.join(", ") : "Basic256Sha256/SignAndEncrypt"}]`,
        "or, if everybody on that network may control the plant:",
        "  insecure: true",
      ];
      report(new CodedError("insecure-bind", what, fix.join("\n"), place));
    }
  }
}

/** Reports an embedded gateway that would be open to a network, or one id for two topics. */
export function checkGateway(
  gateway: GatewayPlan | undefined,
  scenario: Scenario,
  document: SourceDocument,
  report: Report,
): void {
  const ids = scenario.gateway?.predefined ?? {};
  checkPredefined(ids, (topic) => document.place(["gateway", "predefined", topic]), report);
  if (!gateway || LOOPBACK.test(gateway.bind) || scenario.gateway?.insecure) return;
  const what = `the embedded MQTT-SN gateway and broker would listen on ${gateway.bind}, which others can reach`;
  const fix =
    "They know no security. If everybody on that network may read along, write beside bind:\n  insecure: true";
  report(new CodedError("insecure-bind", what, fix, document.place(["gateway", "bind"])));
}

/** Reports ports past the last one, and ports that two servers would share. */
export function checkPorts(
  servers: readonly PlannedServer[],
  gateway: GatewayPlan | undefined,
  scenario: Scenario,
  document: SourceDocument,
  report: Report,
): void {
  const last = new Map<number, PlannedServer>();
  for (const server of servers) {
    if (server.opcua.port > LAST_PORT) last.set(server.opcua.port - server.index, server);
  }
  for (const [first, { name, group, index, opcua, place }] of last) {
    const isWritten = settingsOf(scenario, group, "opcua")?.port !== undefined;
    const what = `ports from ${first} do not suffice: "${name}" is unit ${index + 1} and would need ${opcua.port}`;
    const start = LAST_PORT - index;
    const fix =
      start < 1 ? `Run at most ${LAST_PORT} units.` : `Write port: ${start} or lower, or run fewer units.`;
    const where = isWritten ? placeOfOpcUa(scenario, group, "port", document) : place;
    report(new CodedError("invalid-value", what, fix, where));
  }
  const beyond = servers.find(({ opcua }) => Number(/^\d+\.\d+\.(\d+)\.\d+$/.exec(opcua.bind)?.[1]) > 255);
  if (beyond) {
    const what = `"${beyond.name}" is unit ${beyond.index + 1} and would need the address ${beyond.opcua.bind}`;
    const fix = "Begin with a lower address, or run fewer units.";
    report(
      new CodedError("invalid-value", what, fix, placeOfOpcUa(scenario, beyond.group, "bind", document)),
    );
  }
  if (last.size === 0 && scenario.ports !== "auto") checkSharing(servers, gateway, report);
}

function checkSharing(
  servers: readonly PlannedServer[],
  gateway: GatewayPlan | undefined,
  report: Report,
): void {
  const holders = new Map<number, { bind: string; who: string; group: number }[]>();
  if (gateway && gateway.brokerUrl === undefined) {
    holders.set(gateway.brokerPort, [{ bind: gateway.bind, who: "the embedded MQTT broker", group: -1 }]);
  }
  const reported = new Set<string>();
  for (const { name, group, index, opcua, place } of servers) {
    const { bind, port } = opcua;
    const others = holders.get(port) ?? [];
    const other = others.find(
      (it) => it.bind === bind || ANY_ADDRESS.test(it.bind) || ANY_ADDRESS.test(bind),
    );
    // Two groups that overlap do so with many units, which is one mistake.
    if (other && !reported.has(`${other.group} ${group}`)) {
      reported.add(`${other.group} ${group}`);
      const what = `"${name}" would listen on port ${port}, as ${other.who} does`;
      const fix = `Its port is that of its group plus its place in the plan, ${port - index} + ${index}; choose another.`;
      report(new CodedError("invalid-value", what, fix, place));
    }
    holders.set(port, [...others, { bind, who: `"${name}"`, group }]);
  }
}

/** Where a setting that a group's servers have stands: with the group, else with the scenario. */
function placeOfOpcUa(
  scenario: Scenario,
  group: number,
  field: "bind" | "port",
  document: SourceDocument,
): SourcePlace {
  const own = scenario.fleet[group]!.endpoints?.opcua;
  const path = own && own[field] !== undefined ? ["fleet", group, "endpoints"] : ["endpoints"];
  return document.place([...path, "opcua", field]);
}
