import { RandomKey } from "../engine/random.ts";
import { CodedError, type SourcePlace } from "../errors.ts";
import { Containment } from "../protocol/containment.ts";
import { streamsOf, topicOf } from "../protocol/mqttsn/streams.ts";
import type { WireEndpoints } from "../fault/catalogue.ts";
import type { Device } from "../protocol/mqttsn/device.ts";
import type { DeviceOptions, GatewayAddress } from "../protocol/mqttsn/device-options.ts";
import type { FaultyLink } from "../protocol/mqttsn/faulty-link.ts";
import type { Forwarder } from "../protocol/mqttsn/forwarder.ts";
import type { SessionEvent } from "../protocol/mqttsn/session-options.ts";
import type { Transport } from "../protocol/mqttsn/transport.ts";
import type { PlantPort, UnitDescription } from "../protocol/port.ts";
import type { MqttSnPlan } from "../scenario/endpoints.ts";
import type { Plan, PlannedUnit } from "../scenario/plan.ts";
import type { Capture } from "./capture.ts";
import { urlOf } from "./addresses.ts";
import { LatencyRecorder, type RoundTrips } from "./latency.ts";
import { drainOf, type North } from "./north.ts";
import { sourceAddress } from "./limits.ts";
import type { MqttSnCounts, WireCounts } from "./result.ts";
import { isOfThisMachine } from "./udp-drops.ts";
import type { WireTarget } from "./wire-faults.ts";
import type { GatewayUse } from "./wire-page.ts";

/** Devices that connect at a time; a thousand at once would overrun the gateway's socket. */
const CONNECTING_MAX = 50;
/** Devices without a connection that a message names. */
const MISSING_TOLD = 8;
/** Nothing may happen for so long before a device falls asleep: time for a gateway to send what it has. */
const SLEEP_IDLE_MS = 500;

/** Where and for how long a gateway is searched. */
const SEARCH_HOST = "127.0.0.1";
const SEARCH_DEADLINE_MS = 5_000;

/** Who attends to a host's wire beside the plant. */
export interface WireAttendance {
  /** Faults may be carried out on every endpoint, and not only where the scenario has some */
  readonly areAllFaulty: boolean;
  /** Hears of every message; undefined when nobody holds them against what arrives */
  readonly north: North | undefined;
  /** Remembers datagrams; undefined when nobody wants to see them */
  readonly capture: Capture | undefined;
}

/** The MQTT-SN devices of a host. */
export class Devices {
  readonly #plan: Plan;
  readonly #port: PlantPort;
  readonly #log: (line: string) => void;
  readonly #devices: Device[] = [];
  readonly #deviceOf = new Map<string, Device>();
  readonly #forwarders = new Map<string, Forwarder>();
  /** By unit, of those on which faults may be carried out. */
  readonly #links = new Map<string, FaultyLink>();
  readonly #about: WireAttendance;
  #latency = new LatencyRecorder();
  /** Plant time; undefined as long as it goes along with wall time */
  #wallTimeUntil_s: number | undefined;
  /** Gateways by the group in which they were found */
  readonly #found = new Map<string, GatewayAddress>();
  #embedded: GatewayAddress | undefined;
  readonly #descriptions: ReadonlyMap<string, UnitDescription>;
  /** One for all: a gateway that goes wrong does so with many devices */
  readonly #containment: Containment;

  constructor(plan: Plan, port: PlantPort, about: WireAttendance, log: (line: string) => void) {
    this.#about = about;
    this.#plan = plan;
    this.#port = port;
    this.#log = log;
    this.#containment = new Containment({ name: "MQTT-SN devices", log });
    this.#descriptions = new Map(port.units.map((unit) => [unit.name, unit]));
  }

  /**
   * @param embedded  where the gateway of the run listens
   * @throws CodedError of the first device that cannot start
   */
  async start(embedded: GatewayAddress | undefined, signal: AbortSignal): Promise<void> {
    this.#embedded = embedded;
    const units = this.#plan.units.filter((unit) => unit.mqttsn !== undefined);
    if (units.length === 0) return;
    for (const unit of units) this.#checkSessionless(unit);
    await this.#search(units);
    const [{ Device }, { UdpTransport }, { Forwarder }] = await Promise.all([
      import("../protocol/mqttsn/device.ts"),
      import("../protocol/mqttsn/transport.ts"),
      import("../protocol/mqttsn/forwarder.ts"),
    ]);
    await this.#makeLinks(units);
    const transportOf = (unit: PlannedUnit, host: string, port: number): Transport => {
      if (!unit.mqttsn!.forwarder) return new UdpTransport(host, port, sourceAddress(this.#plan, unit.index));
      const key = `${host}:${port}`;
      const forwarder = this.#forwarders.get(key) ?? new Forwarder(host, port);
      this.#forwarders.set(key, forwarder);
      return forwarder.transport(unit.name);
    };
    for (let i = 0; i < units.length; i += CONNECTING_MAX) {
      if (signal.aborted) return;
      const connecting = units.slice(i, i + CONNECTING_MAX);
      const devices = connecting.map((unit) => {
        const link = this.#links.get(unit.name);
        const transport: DeviceOptions["transport"] = ({ host, port }) => {
          const socket = transportOf(unit, host, port);
          const wire = this.#about.capture?.wrap(unit.name, socket) ?? socket;
          return link ? link.wrap(wire) : wire;
        };
        return new Device(this.#port, this.#describe(unit), {
          ...this.#options(unit),
          transport,
          containment: this.#containment,
        });
      });
      this.#devices.push(...devices);
      for (const [k, device] of devices.entries()) this.#deviceOf.set(connecting[k]!.name, device);
      const settled = await Promise.allSettled(devices.map((device) => device.start()));
      this.#checkTested(connecting.filter((_unit, k) => settled[k]!.status === "rejected"));
      for (const [k, outcome] of settled.entries()) {
        const { place, mqttsn } = connecting[k]!;
        const isOurs = mqttsn!.gateways.length === 0 && !mqttsn!.search;
        if (outcome.status === "rejected") throw placed(outcome.reason, isOurs ? undefined : place);
      }
    }
    const templates = [...new Set(units.map(({ mqttsn }) => mqttsn!.topics))].join(" and ");
    this.#log(
      `MQTT-SN ${units.length} devices publish to ${templates.replaceAll("{plant}", this.#plan.name)}`,
    );
  }

  /** @throws CodedError `sut-not-ready` when a system under test has not let these devices connect */
  #checkTested(missing: readonly PlannedUnit[]): void {
    const { sut } = this.#plan;
    if (!sut || missing.length === 0) return;
    const names = missing.slice(0, MISSING_TOLD).map(({ name }) => `${name}: no connection`);
    const more = missing.length > MISSING_TOLD ? `, and ${missing.length - MISSING_TOLD} more` : "";
    const what = `${sut.name} is not ready after ${sut.within_s} s; missing: ${names.join(", ")}${more}`;
    const fix =
      "See whether it listens where the devices publish to, or give it more time with `ready: { within: … }`.";
    throw new CodedError("sut-not-ready", what, fix, sut.place);
  }

  /** Where faults of a unit's link are carried out; undefined where they are not. */
  target(unit: string): WireTarget | undefined {
    const endpoint: WireEndpoints["mqttsn"] | undefined = this.#links.get(unit);
    return endpoint && { name: unit, units: [unit], endpoint };
  }

  /** A link that no fault can hit costs nothing. */
  async #makeLinks(units: readonly PlannedUnit[]): Promise<void> {
    const faulty = units.filter(
      ({ wireFaults }) => this.#about.areAllFaulty || wireFaults.some(({ family }) => family === "mqttsn"),
    );
    if (faulty.length === 0) return;
    const { FaultyLink } = await import("../protocol/mqttsn/faulty-link.ts");
    for (const { name } of faulty) {
      const random = RandomKey.root(this.#plan.seed).child(name).child("mqttsn").child("link").stream();
      this.#links.set(name, new FaultyLink(random));
    }
  }

  /** Lets the devices hand over what still waits and say goodbye, after which their counts are final. */
  async stop(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.stop()));
  }

  /** Of all, or of one unit's. */
  counts(unit?: string): WireCounts {
    const own = unit === undefined ? undefined : this.#deviceOf.get(unit);
    const devices = unit === undefined ? this.#devices : own ? [own] : [];
    if (devices.length === 0) return {};
    const counts = devices.map((device) => device.counters());
    const total = (each: (count: (typeof counts)[number]) => number): number =>
      counts.reduce((sum, count) => sum + each(count), 0);
    const mqttsn: MqttSnCounts = {
      devices: counts.length,
      published: total((it) => it.published),
      acknowledged: total((it) => it.acknowledged),
      suppressed: total((it) => it.suppressed),
      failed: total((it) => it.rejected + it.unconfirmed),
      retransmitted: total((it) => it.retransmitted),
      reconnects: total((it) => it.reconnects),
      lost: total((it) => it.lost),
      commands: total((it) => it.commands),
      malformed: total((it) => it.malformed),
    };
    return { mqttsn };
  }

  /** Units whose device has no gateway just now. */
  get lost(): ReadonlySet<string> {
    return new Set([...this.#deviceOf].flatMap(([unit, { gateway }]) => (gateway ? [] : [unit])));
  }

  /** With whom the devices are connected, and how many with each. */
  get gateways(): readonly GatewayUse[] {
    const devices = new Map<string, number>();
    for (const { gateway } of this.#devices) {
      if (!gateway) continue;
      const address = urlOf(gateway);
      devices.set(address, (devices.get(address) ?? 0) + 1);
    }
    return [...devices].map(([address, count]) => ({ address, devices: count }));
  }

  /** Ports of gateways on this machine that devices publish to without an acknowledgement. */
  get localPorts(): ReadonlySet<number> {
    const units = this.#plan.units.filter(({ mqttsn }) => mqttsn && mqttsn.qos < 1);
    const gateways = units.flatMap(({ mqttsn }) => this.#gateways(mqttsn!));
    return new Set(gateways.flatMap(({ host, port }) => (isOfThisMachine(host) ? port : [])));
  }

  get roundTrips(): RoundTrips | undefined {
    return this.#devices.length === 0 ? undefined : this.#latency.roundTrips;
  }

  forgetLatencies(): void {
    this.#latency = new LatencyRecorder();
    if (this.#wallTimeUntil_s !== undefined) this.#latency.leaveWallTime(this.#wallTimeUntil_s);
  }

  /** Plant time stands or changes its speed, at `time_s` of it. */
  leaveWallTime(time_s: number): void {
    if (!this.#isWallTime) return;
    this.#wallTimeUntil_s ??= time_s;
    this.#latency.leaveWallTime(this.#wallTimeUntil_s);
  }

  /** Whether timestamps begin as this machine's clock. */
  get #isWallTime(): boolean {
    return this.#plan.timestamps === "wall" && this.#plan.speed === 1;
  }

  latencies(): WireCounts {
    return this.#devices.length === 0 ? {} : { mqttsnLatency: this.#latency.summary() };
  }

  #options(unit: PlannedUnit): Partial<DeviceOptions> {
    const settings = unit.mqttsn!;
    const { cleanSession, keepAlive_s, retry_ms, retries, backlog, predefinedTopics, sleep_s } = settings;
    const sleep = sleep_s === undefined ? undefined : { duration_s: sleep_s, idle_ms: SLEEP_IDLE_MS };
    return {
      gateways: this.#gateways(settings),
      qos: settings.qos,
      encoding: settings.encoding,
      topics: settings.topics,
      plant: this.#plan.name,
      streams: settings.streams,
      publish: settings.publish,
      commands: settings.commands,
      will: settings.will,
      payloadLimit: settings.payloadLimit,
      isWallTime: this.#isWallTime,
      random: RandomKey.root(this.#plan.seed).child(unit.name).child("mqttsn"),
      session: { cleanSession, keepAlive_s, retry_ms, retries, backlog, predefinedTopics, sleep },
      onEvent: (event) => this.#record(unit.name, event),
      ...this.#hearing(unit),
      ...(this.#plan.sut ? { startDeadline_ms: this.#plan.sut.within_s * 1000 } : {}),
      stopDeadline_ms: drainOf(this.#plan) * 1000,
      log: this.#log,
    };
  }

  #hearing(unit: PlannedUnit): Pick<DeviceOptions, "onEmission"> {
    const { north } = this.#about;
    if (!north) return {};
    const description = this.#describe(unit);
    return { onEmission: (emission) => north.sent(description, unit.mqttsn!.topics, emission) };
  }

  #record(unit: string, event: SessionEvent): void {
    this.#about.north?.heard(
      unit,
      event,
      (since_ms) => this.#links.get(unit)?.explainsSilence(since_ms) ?? false,
    );
    if (event.kind === "published") this.#latency.published(event.delay_ms);
    else if (event.kind === "acknowledged") this.#latency.acknowledged(event.latency_ms, event.roundTrip_ms);
  }

  #gateways({ gateways, search }: MqttSnPlan): readonly GatewayAddress[] {
    const own = search ? this.#found.get(keyOf(search)) : this.#embedded;
    return gateways.length > 0 ? gateways : own ? [own] : [];
  }

  /** That a unit's device publishes to, as far as they are known. */
  gatewaysOf(unit: string): readonly string[] {
    const settings = this.#plan.units.find(({ name }) => name === unit)?.mqttsn;
    return settings ? this.#gateways(settings).map(urlOf) : [];
  }

  /** 6.1: before the devices, once for each group; they do not search one by one. */
  async #search(units: readonly PlannedUnit[]): Promise<void> {
    const { findGateway } = await import("../protocol/mqttsn/gateway-finder.ts");
    const random = RandomKey.root(this.#plan.seed).child("gateway search").stream();
    for (const { mqttsn, place } of units) {
      const search = mqttsn!.search;
      if (!search || this.#found.has(keyOf(search))) continue;
      const options = { ...search, host: SEARCH_HOST, deadline_ms: SEARCH_DEADLINE_MS };
      const found = await findGateway({ ...options, random: () => random.uniform() }).catch(
        (error: unknown) => {
          throw placed(error, place);
        },
      );
      this.#found.set(keyOf(search), found);
      this.#log(`MQTT-SN gateway found at udp://${found.host}:${found.port}`);
    }
  }

  #describe(unit: PlannedUnit): UnitDescription {
    return this.#descriptions.get(unit.name)!;
  }

  /** 6.8: without a connection a topic has to be known in advance. @throws CodedError `invalid-value` */
  #checkSessionless(unit: PlannedUnit): void {
    const { qos, topics, streams, predefinedTopics } = unit.mqttsn!;
    if (qos !== -1) return;
    const description = this.#describe(unit);
    for (const { name } of streamsOf(description, streams)) {
      const topic = topicOf(topics, this.#plan.name, description, name);
      if (predefinedTopics.has(topic) || Buffer.byteLength(topic) === 2) continue;
      const what = `QoS -1 needs topics that are known in advance, and "${topic}" has no predefined id`;
      const fix = `Write in the scenario:\n  gateway: { predefined: { "${topic}": 1 } }\nand so on for each stream.`;
      throw new CodedError("invalid-value", what, fix, unit.place);
    }
  }
}

const keyOf = ({ group, port }: { group: string; port: number }): string => `${group}:${port}`;

/** A gateway that turns a device away stands in the scenario, where the unit is. */
function placed(error: unknown, place: SourcePlace | undefined): unknown {
  if (!(error instanceof CodedError) || error.place || !place) return error;
  return new CodedError(error.code, error.message, error.fix, place, error);
}
