import type { SourcePlace } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { parseDuration } from "./duration.ts";
import type { OpcUaSettings } from "./opcua-schema.ts";
import { namesById } from "./predefined-topics.ts";
import { STREAMS, type Encoding, type StreamKind } from "../protocol/dataset.ts";
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
  encoding: "json",
  topics: "{plant}/{group}/{unit}/{stream}",
  streams: STREAMS,
  publish: "tick",
  commands: true,
  will: false,
  cleanSession: true,
  retry_ms: 1_000,
  retries: 4,
  backlog: { max: 100, drop: "oldest" },
  payloadLimit: 1_024,
  forwarder: false,
  /** 7.2 asks for more than 15 minutes between two ADVERTISE. */
  advertise_s: 901,
} as const;

/** "239.255.0.1:1883" */
function beaconOf(written: string | undefined): GatewayPlan["beacon"] {
  const [group, port] = written?.split(":") ?? [];
  return group === undefined
    ? undefined
    : { group, port: Number(port), every_s: ENDPOINT_DEFAULTS.advertise_s };
}

/** One unit's MQTT-SN device. */
export interface MqttSnPlan {
  /** Empty for the embedded gateway and for one to be found; else the others are for when the first is lost */
  readonly gateways: readonly { readonly host: string; readonly port: number }[];
  /** Multicast group in which a gateway is searched before the devices start */
  readonly search: { readonly group: string; readonly port: number } | undefined;
  readonly qos: -1 | 0 | 1 | 2;
  readonly encoding: Encoding;
  readonly topics: string;
  readonly streams: readonly StreamKind[];
  readonly publish: "tick" | "change" | { readonly interval_ms: number };
  readonly commands: boolean;
  readonly will: boolean;
  readonly payloadLimit: number;
  /** One socket for all devices of a process */
  readonly forwarder: boolean;
  /** Topic ids known in advance, by topic */
  readonly predefinedTopics: ReadonlyMap<string, number>;
  readonly cleanSession: boolean;
  readonly keepAlive_s: number;
  readonly retry_ms: number;
  readonly retries: number;
  readonly backlog: { readonly max: number; readonly drop: "oldest" | "newest" };
  /** Undefined for a device that stays awake */
  readonly sleep_s: number | undefined;
}

/** The embedded gateway and what is behind it. */
export interface GatewayPlan {
  readonly bind: string;
  /** 0, as of the broker, for one that is free */
  readonly port: number;
  /** Undefined for the embedded broker. */
  readonly brokerUrl: string | undefined;
  readonly brokerPort: number;
  /** 4 is MQTT 3.1.1 */
  readonly mqttVersion: 4 | 5;
  readonly predefinedTopics: ReadonlyMap<number, string>;
  /** Where it announces itself and is searched for */
  readonly beacon: { readonly group: string; readonly port: number; readonly every_s: number } | undefined;
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
  const { publish, backlog } = settings;
  const seconds = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseDuration(text)!;
  const retry_s = seconds(settings.retry);
  const D = ENDPOINT_DEFAULTS;
  return {
    gateways: gatewaysOf(settings.gateway),
    search: searchOf(settings.gateway),
    qos: settings.qos ?? D.qos,
    encoding: settings.encoding ?? D.encoding,
    topics: settings.topics ?? D.topics,
    streams: [...new Set(settings.streams ?? D.streams)],
    publish:
      publish === undefined || publish === "tick" || publish === "change"
        ? (publish ?? D.publish)
        : { interval_ms: seconds(publish)! * 1000 },
    commands: settings.qos !== -1 && (settings.commands ?? D.commands),
    will: settings.will ?? D.will,
    payloadLimit: settings["payload-limit"] ?? D.payloadLimit,
    forwarder: settings.forwarder ?? D.forwarder,
    predefinedTopics: new Map(Object.entries(scenario.gateway?.predefined ?? {})),
    cleanSession: settings["clean-session"] ?? D.cleanSession,
    keepAlive_s: seconds(settings["keep-alive"]) ?? D.keepAlive_s,
    retry_ms: retry_s === undefined ? D.retry_ms : retry_s * 1000,
    retries: settings.retries ?? D.retries,
    backlog: { max: backlog?.max ?? D.backlog.max, drop: backlog?.drop ?? D.backlog.drop },
    sleep_s: seconds(settings.sleep),
  };
}

const SEARCH = "search://";

function searchOf(written: MqttSnSettings["gateway"]): MqttSnPlan["search"] {
  if (typeof written !== "string" || !written.startsWith(SEARCH)) return undefined;
  const [group, port] = written.slice(SEARCH.length).split(":");
  return { group: group!, port: Number(port) };
}

function gatewaysOf(written: MqttSnSettings["gateway"]): { host: string; port: number }[] {
  if (written === undefined || written === "embedded" || searchOf(written)) return [];
  return [written].flat().map((url) => {
    const [, host, port] = /^udp:\/\/(.+):(\d+)$/.exec(url)!;
    return { host: host!, port: Number(port) };
  });
}

/** What the port of a listener is in a plan: 0, with which it takes a free one, where the scenario leaves all of them open. */
export const plannedPort = ({ ports }: Scenario, port: number): number => (ports === "auto" ? 0 : port);

/** The embedded gateway; undefined when no device wants it. */
export function planGateway(scenario: Scenario, document: SourceDocument): GatewayPlan | undefined {
  const wanted = scenario.fleet.some((_group, g) => {
    const device = planMqttSn(scenario, g);
    return device?.gateways.length === 0 && !device.search;
  });
  if (!wanted) return undefined;
  const settings = scenario.gateway ?? {};
  return {
    bind: settings.bind ?? ENDPOINT_DEFAULTS.bind,
    port: plannedPort(scenario, settings.port ?? ENDPOINT_DEFAULTS.gatewayPort),
    brokerUrl: settings.broker === undefined || settings.broker === "embedded" ? undefined : settings.broker,
    brokerPort: plannedPort(scenario, settings["broker-port"] ?? ENDPOINT_DEFAULTS.brokerPort),
    mqttVersion: settings.mqtt === "5" ? 5 : 4,
    predefinedTopics: namesById(settings.predefined ?? {}),
    beacon: beaconOf(settings.advertise),
    place: scenario.gateway ? document.place(["gateway"]) : { file: document.file },
  };
}
