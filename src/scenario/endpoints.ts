import { CodedError } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { parseDuration } from "./duration.ts";
import type {
  GatewaySettings,
  MqttSnSettings,
  OpcUaSettings,
  Scenario,
  SECURITY_POLICIES,
} from "./schema.ts";

/** Defaults of everything that is on the wire, in one place. */
export const ENDPOINT_DEFAULTS = {
  bind: "127.0.0.1",
  opcuaPort: 24_841,
  security: ["none", "Basic256Sha256/SignAndEncrypt"],
  gatewayPort: 21_884,
  brokerPort: 21_883,
  qos: 1,
  keepAlive_s: 60,
} as const;

/** One unit's OPC UA server. */
export interface OpcUaPlan {
  readonly bind: string;
  readonly port: number;
  readonly advertise: string;
  readonly security: readonly (typeof SECURITY_POLICIES)[number][];
}

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
}

const LOOPBACK = /^(127\.|localhost$|::1$)/;

/** What a group's units get: the scenario's settings with the group's on top; undefined when switched off. */
function settingsOf<K extends "opcua" | "mqttsn">(
  scenario: Scenario,
  group: number,
  kind: K,
): (K extends "opcua" ? OpcUaSettings : MqttSnSettings) | undefined {
  const general = scenario.endpoints?.[kind];
  const own = scenario.fleet[group]!.endpoints?.[kind];
  if (own === false || (own === undefined && general === false)) return undefined;
  return { ...(general === false ? {} : general), ...own } as never;
}

/** @throws CodedError `invalid-value` past the last port, `insecure-bind` for an open endpoint on a network */
export function planOpcUa(
  scenario: Scenario,
  group: number,
  index: number,
  document: SourceDocument,
): OpcUaPlan | undefined {
  const settings = settingsOf(scenario, group, "opcua");
  if (!settings) return undefined;
  const bind = settings.bind ?? ENDPOINT_DEFAULTS.bind;
  const security = settings.security ?? ENDPOINT_DEFAULTS.security;
  const port = (settings.port ?? ENDPOINT_DEFAULTS.opcuaPort) + index;
  const own = scenario.fleet[group]!.endpoints?.opcua;
  const path = own ? ["fleet", group, "endpoints", "opcua"] : ["endpoints", "opcua"];
  if (port > 65_535) {
    const fix = "Start lower, or with fewer units.";
    throw new CodedError(
      "invalid-value",
      `unit ${index + 1} would need port ${port}`,
      fix,
      document.place([...path, "port"]),
    );
  }
  if (/^(0\.0\.0\.0|::)$/.test(bind) && settings.advertise === undefined) {
    const fix = "Write advertise: with the host name or address under which clients reach this machine.";
    throw new CodedError(
      "invalid-value",
      `"bind" cannot be ${bind} alone`,
      fix,
      document.place([...path, "bind"]),
    );
  }
  if (!LOOPBACK.test(bind) && security.includes("none") && !settings.insecure) {
    const fix =
      "Write security: [Basic256Sha256/SignAndEncrypt], or insecure: true if that network may control the plant.";
    const what = `OPC UA without security would listen on ${bind}`;
    throw new CodedError("insecure-bind", what, fix, document.place([...path, "bind"]));
  }
  return { bind, port, advertise: settings.advertise ?? bind, security };
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

/** The embedded gateway when a device wants it. @throws CodedError `insecure-bind` */
export function planGateway(
  scenario: Scenario,
  devices: readonly (MqttSnPlan | undefined)[],
  document: SourceDocument,
): GatewayPlan | undefined {
  if (!devices.some((device) => device !== undefined && device.gateway === undefined)) return undefined;
  const settings: GatewaySettings = scenario.gateway ?? {};
  const bind = settings.bind ?? ENDPOINT_DEFAULTS.bind;
  if (!LOOPBACK.test(bind) && !settings.insecure) {
    const fix =
      "MQTT-SN and the embedded broker know no security: write insecure: true if that network may read along.";
    const what = `the embedded gateway and broker would listen on ${bind}`;
    throw new CodedError("insecure-bind", what, fix, document.place(["gateway", "bind"]));
  }
  return {
    bind,
    port: settings.port ?? ENDPOINT_DEFAULTS.gatewayPort,
    brokerUrl: settings.broker === undefined || settings.broker === "embedded" ? undefined : settings.broker,
    brokerPort: settings["broker-port"] ?? ENDPOINT_DEFAULTS.brokerPort,
  };
}
