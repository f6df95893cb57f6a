import type { SourcePlace } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { parseDuration } from "./duration.ts";
import type { OpcUaSettings } from "./opcua-schema.ts";
import type { MqttSnSettings, Scenario } from "./schema.ts";

/** Defaults of everything that is on the wire, in one place. */
export const ENDPOINT_DEFAULTS = {
  bind: "127.0.0.1",
  opcuaPort: 24_841,
  /** Of units that have an address each, OPC 10000-6 */
  opcuaPortOfAll: 4840,
  discoveryPort: 24_840,
  mode: "per-unit",
  security: ["none", "Basic256Sha256/SignAndEncrypt"],
  anonymous: "observer",
  trust: "list",
  history_s: 600,
  keys: "own",
  gatewayPort: 21_884,
  brokerPort: 21_883,
  qos: 1,
  keepAlive_s: 60,
} as const;

/** One unit's MQTT-SN device. */
export interface MqttSnPlan {
  /** Undefined for the embedded gateway. */
  readonly gateway: { readonly host: string; readonly port: number } | undefined;
  readonly qos: 0 | 1;
  readonly keepAlive_s: number;
}

/** The embedded gateway and what is behind it. */
export interface GatewayPlan {
  readonly bind: string;
  readonly port: number;
  /** Undefined for the embedded broker. */
  readonly brokerUrl: string | undefined;
  readonly brokerPort: number;
  /** Where the scenario writes about it, as far as it does. */
  readonly place: SourcePlace;
}

/** The scenario's settings with the group's on top; undefined when switched off. */
export function settingsOf<K extends "opcua" | "mqttsn">(
  scenario: Scenario,
  group: number,
  kind: K,
): (K extends "opcua" ? OpcUaSettings : MqttSnSettings) | undefined {
  const general = scenario.endpoints?.[kind];
  const own = scenario.fleet[group]!.endpoints?.[kind];
  if (own === false || (own === undefined && general === false)) return undefined;
  return { ...(general === false ? {} : general), ...own } as never;
}

export function planMqttSn(scenario: Scenario, group: number): MqttSnPlan | undefined {
  const settings = settingsOf(scenario, group, "mqttsn");
  if (!settings) return undefined;
  const [, host, port] = /^udp:\/\/(.+):(\d+)$/.exec(settings.gateway ?? "") ?? [];
  const keepAlive = settings["keep-alive"];
  return {
    gateway: host === undefined ? undefined : { host, port: Number(port) },
    qos: settings.qos ?? ENDPOINT_DEFAULTS.qos,
    keepAlive_s: keepAlive === undefined ? ENDPOINT_DEFAULTS.keepAlive_s : parseDuration(keepAlive)!,
  };
}

/** The embedded gateway; undefined when no device wants it. */
export function planGateway(scenario: Scenario, document: SourceDocument): GatewayPlan | undefined {
  const wanted = scenario.fleet.some((_group, g) => {
    const device = planMqttSn(scenario, g);
    return device !== undefined && device.gateway === undefined;
  });
  if (!wanted) return undefined;
  const settings = scenario.gateway ?? {};
  return {
    bind: settings.bind ?? ENDPOINT_DEFAULTS.bind,
    port: settings.port ?? ENDPOINT_DEFAULTS.gatewayPort,
    brokerUrl: settings.broker === undefined || settings.broker === "embedded" ? undefined : settings.broker,
    brokerPort: settings["broker-port"] ?? ENDPOINT_DEFAULTS.brokerPort,
    place: scenario.gateway ? document.place(["gateway"]) : { file: document.file },
  };
}
