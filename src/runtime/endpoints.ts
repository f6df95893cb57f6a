import { RandomKey } from "../engine/random.ts";
import type { WireEndpoints } from "../fault/catalogue.ts";
import type { WireFamily } from "../fault/wire-fault-kind.ts";
import type { PlantPort, UnitDescription } from "../protocol/port.ts";
import type { UnitServer } from "../protocol/opcua/unit-server.ts";
import { Containment } from "../protocol/containment.ts";
import type { FaultProxy } from "../protocol/tcp/fault-proxy.ts";
import type { Plan, PlannedUnit } from "../scenario/plan.ts";
import type { GatewayAddress } from "../protocol/mqttsn/device-options.ts";
import { nodesetsOf, userTable } from "./access.ts";
import { Devices, type WireAttendance } from "./devices.ts";
import { PKI_FOLDER } from "./files.ts";
import { checkMemory } from "./memory.ts";
import { isBehindProxy, serversOf, type ServerPlan } from "./opcua-servers.ts";
import { TrendRecorder, type Metrics } from "../scenario/metrics.ts";
import type { OpcUaCounts, WireCounts } from "./result.ts";
import { wireMetrics } from "./wire-metrics.ts";
import type { WireTarget } from "./wire-faults.ts";
import type { WireState } from "./wire-page.ts";

/** Servers that are named one by one; a larger fleet says how far it is. */
const SERVERS_NAMED = 8;
const SERVERS_PROGRESS = 50;

/** Everything of a host that has a socket. Starts as a whole, and stops as a whole also when it started in part. */
export class Endpoints {
  readonly #plan: Plan;
  readonly #port: PlantPort;
  readonly #log: (line: string) => void;
  readonly #servers: UnitServer[] = [];
  readonly #serverOf = new Map<string, UnitServer>();
  readonly #proxies: FaultProxy[] = [];
  /** What faults on the wire are carried out on, by family and unit. */
  readonly #targets = new Map<string, WireTarget>();
  readonly #areAllFaulty: boolean;
  readonly #devices: Devices;
  /** Counted at the end of the warm-up */
  #before: WireCounts = {};
  /** Since then, seconds */
  #reconnects = new TrendRecorder();

  constructor(plan: Plan, port: PlantPort, about: WireAttendance, log: (line: string) => void) {
    this.#plan = plan;
    this.#port = port;
    this.#areAllFaulty = about.areAllFaulty;
    this.#log = log;
    this.#devices = new Devices(plan, port, about, log);
  }

  /** Where a unit's faults of a family are carried out; undefined when it has no such endpoint. */
  target(family: WireFamily, unit: string): WireTarget | undefined {
    return family === "mqttsn" ? this.#devices.target(unit) : this.#targets.get(`${family} ${unit}`);
  }

  /**
   * @returns their URLs, by unit
   * @throws CodedError of the first server that cannot start; what had started is stopped again
   */
  async startServers(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    await this.#start(() => this.#startServers(signal));
    return Object.fromEntries([...this.#serverOf].map(([unit, { endpointUrl }]) => [unit, endpointUrl]));
  }

  /**
   * @param embedded  where the gateway of the run listens
   * @throws CodedError of the first device that cannot start; what had started is stopped again
   */
  async startDevices(embedded: GatewayAddress | undefined, signal: AbortSignal): Promise<void> {
    await this.#start(() => this.#devices.start(embedded, signal));
  }

  async #start(open: () => Promise<void>): Promise<void> {
    try {
      await open();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Servers with fewer sessions or monitored items than that: "cnc-03: 2 of 20 items" */
  lacking(sessions: number, items: number): string[] {
    const plans = serversOf(this.#plan.units);
    return this.#servers.flatMap((server, i) => {
      const counts = server.counters();
      const short = [
        ...lack(counts.sessions, sessions, "session"),
        ...lack(counts.monitoredItems, items, "item"),
      ];
      return short.length === 0 ? [] : `${plans[i]!.name}: ${short.join(" and ")}`;
    });
  }

  /** Ports of gateways on this machine that devices publish to without an acknowledgement. */
  get localPorts(): ReadonlySet<number> {
    return this.#devices.localPorts;
  }

  /** Lets the devices hand over what still waits and say goodbye, after which their counts are final. */
  async quiesce(): Promise<void> {
    await this.#devices.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#devices, ...this.#servers, ...this.#proxies].map((endpoint) => endpoint.stop()));
  }

  /** Of all, or of those of one unit. */
  counts(unit?: string): WireCounts {
    const own = unit === undefined ? undefined : this.#serverOf.get(unit);
    const servers = unit === undefined ? this.#servers : own ? [own] : [];
    return {
      ...(servers.length > 0 ? { opcua: opcuaCounts(servers) } : {}),
      ...this.#devices.counts(unit),
    };
  }

  /** How the endpoints are, for somebody who watches. */
  get state(): WireState {
    const servers = new Map([...this.#serverOf].map(([unit, server]) => [unit, server.counters()]));
    return {
      servers,
      notifications: total(this.#servers.map((server) => server.counters().notifications)),
      lost: this.#devices.lost,
      gateways: this.#devices.gateways,
      roundTrips: this.#devices.roundTrips,
    };
  }

  /** Units whose server is down or whose device has no gateway. */
  get unreached(): ReadonlySet<string> {
    const offline = [...this.#serverOf].flatMap(([unit, server]) => (server.counters().isDown ? [unit] : []));
    return new Set([...offline, ...this.#devices.lost]);
  }

  /** Of the server that a unit is on; undefined when it is on none. */
  urlOf(unit: string): string | undefined {
    return this.#serverOf.get(unit)?.endpointUrl;
  }

  /** That a unit's device publishes to: "udp://127.0.0.1:21884". */
  gatewaysOf(unit: string): readonly string[] {
    return this.#devices.gatewaysOf(unit);
  }

  /** What takes too long to be asked for all the time. */
  latencies(): WireCounts {
    return this.#devices.latencies();
  }

  /** Plant time stands or changes its speed, at `time_s` of it. */
  leaveWallTime(time_s: number): void {
    this.#devices.leaveWallTime(time_s);
  }

  /** From now on it counts. */
  endWarmUp(): void {
    this.#devices.forgetLatencies();
    this.#before = this.counts();
    this.#reconnects = new TrendRecorder();
  }

  /** What thresholds on the wire are about. */
  metrics(): Metrics {
    const counts = { ...this.counts(), ...this.latencies() };
    return wireMetrics(counts, this.#before, this.#reconnects.metric);
  }

  async #startServers(signal: AbortSignal): Promise<void> {
    const plans = serversOf(this.#plan.units);
    if (plans.length === 0) return;
    // The library takes half a second to load: only when somebody wants it.
    const { UnitServer } = await import("../protocol/opcua/unit-server.ts");
    for (const [i, plan] of plans.entries()) {
      if (signal.aborted) return;
      checkMemory();
      const { endpointUrl } = await this.#startServer(plan, UnitServer);
      const { name, units } = plan;
      const shown = units.length > 1 ? `${name} with ${units.length} units` : name;
      if (plans.length <= SERVERS_NAMED) this.#log(`OPC UA ${shown} on ${endpointUrl}`);
      else if ((i + 1) % SERVERS_PROGRESS === 0 || i + 1 === plans.length)
        this.#log(`OPC UA ${i + 1} of ${plans.length} servers, the last is ${shown} on ${endpointUrl}`);
    }
  }

  async #startServer(plan: ServerPlan, Server: typeof UnitServer): Promise<UnitServer> {
    const { name, units, opcua } = plan;
    const { nodesets: folders, ...settings } = opcua;
    const [first, ...others] = units;
    const described = [this.#describe(first), ...others.map((unit) => this.#describe(unit))] as const;
    const nodesets = await nodesetsOf(folders);
    const isBehind = this.#areAllFaulty || units.some(isBehindProxy);
    // First, since the server goes by the address in front.
    const proxy = isBehind ? await this.#startProxy(plan) : undefined;
    const server = new Server(this.#port, described, {
      ...settings,
      port: proxy?.port ?? settings.port,
      name,
      ...(nodesets ? { nodesets } : {}),
      users: userTable(opcua.users),
      pkiFolder: PKI_FOLDER,
      warn: this.#log,
      onReconnect: (after_ms) => this.#reconnects.record(after_ms / 1000),
      isBehind,
    });
    this.#servers.push(server);
    for (const unit of units) this.#serverOf.set(unit.name, server);
    await server.start();
    this.#offer("opcua", plan, server);
    return server;
  }

  /** What clients of the server connect to. */
  async #startProxy(plan: ServerPlan): Promise<FaultProxy> {
    const { FaultProxy } = await import("../protocol/tcp/fault-proxy.ts");
    const { bind: host, port } = plan.opcua;
    const random = RandomKey.root(this.#plan.seed).child(plan.name).child("tcp").stream();
    const containment = new Containment({ name: `TCP proxy of ${plan.name}`, log: this.#log });
    const [first] = plan.units;
    const target = (): number | undefined => this.#serverOf.get(first.name)?.listeningPort;
    const proxy = new FaultProxy({ host, port, target, random, containment });
    this.#proxies.push(proxy);
    await proxy.start();
    this.#offer("tcp", plan, proxy);
    return proxy;
  }

  #offer<F extends "opcua" | "tcp">(family: F, plan: ServerPlan, endpoint: WireEndpoints[F]): void {
    const units = plan.units.map((unit) => unit.name);
    const target = { name: plan.name, units, endpoint };
    for (const unit of units) this.#targets.set(`${family} ${unit}`, target);
  }

  #describe(unit: PlannedUnit): UnitDescription {
    return this.#port.units.find((it) => it.name === unit.name)!;
  }
}

function opcuaCounts(servers: readonly UnitServer[]): OpcUaCounts {
  const counts = servers.map((server) => server.counters());
  return {
    servers: counts.length,
    sessions: total(counts.map((it) => it.sessions)),
    sessionsOpened: total(counts.map((it) => it.sessionsOpened)),
    subscriptions: total(counts.map((it) => it.subscriptions)),
    monitoredItems: total(counts.map((it) => it.monitoredItems)),
    channels: total(counts.map((it) => it.channels)),
    notifications: total(counts.map((it) => it.notifications)),
    faults: total(counts.map((it) => it.faults)),
  };
}

/** "2 of 20 items"; nothing when there are enough. */
const lack = (count: number, wanted: number, what: string): string[] =>
  count < wanted ? [`${count} of ${wanted} ${what}${wanted === 1 ? "" : "s"}`] : [];

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
