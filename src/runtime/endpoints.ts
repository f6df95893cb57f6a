import type { PlantPort, UnitDescription } from "../protocol/port.ts";
import type { UnitServer } from "../protocol/opcua/unit-server.ts";
import type { Plan, PlannedUnit } from "../scenario/plan.ts";
import { nodesetsOf, userTable } from "./access.ts";
import { Devices } from "./devices.ts";
import { PKI_FOLDER } from "./files.ts";
import { serversOf } from "./opcua-servers.ts";
import type { OpcUaCounts, WireCounts } from "./result.ts";

/** Servers that are named one by one; a larger fleet says how far it is. */
const SERVERS_NAMED = 8;
const SERVERS_PROGRESS = 50;

/** Everything of a host that has a socket. Starts as a whole, and stops as a whole also when it started in part. */
export class Endpoints {
  readonly #plan: Plan;
  readonly #port: PlantPort;
  readonly #log: (line: string) => void;
  readonly #servers: UnitServer[] = [];
  readonly #devices: Devices;

  constructor(plan: Plan, port: PlantPort, log: (line: string) => void) {
    this.#plan = plan;
    this.#port = port;
    this.#log = log;
    this.#devices = new Devices(plan, port, log);
  }

  /** @throws CodedError of the first endpoint that cannot start; what had started is stopped again */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#startServers(signal);
      await this.#devices.start(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets the devices hand over what still waits and say goodbye, after which their counts are final. */
  async quiesce(): Promise<void> {
    await this.#devices.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#devices, ...this.#servers].map((endpoint) => endpoint.stop()));
  }

  counts(): WireCounts {
    return {
      ...(this.#servers.length > 0 ? { opcua: this.#opcuaCounts() } : {}),
      ...this.#devices.counts(),
    };
  }

  /** What takes too long to be asked for all the time. */
  latencies(): WireCounts {
    return this.#devices.latencies();
  }

  async #startServers(signal: AbortSignal): Promise<void> {
    const plans = serversOf(this.#plan.units);
    if (plans.length === 0) return;
    // The library takes half a second to load: only when somebody wants it.
    const { UnitServer } = await import("../protocol/opcua/unit-server.ts");
    for (const [i, { name, units, opcua }] of plans.entries()) {
      const { nodesets: folders, ...settings } = opcua;
      if (signal.aborted) return;
      const [first, ...others] = units;
      const described = [this.#describe(first), ...others.map((unit) => this.#describe(unit))] as const;
      const nodesets = await nodesetsOf(folders);
      const server = new UnitServer(this.#port, described, {
        ...settings,
        name,
        ...(nodesets ? { nodesets } : {}),
        users: userTable(opcua.users),
        pkiFolder: PKI_FOLDER,
        warn: this.#log,
      });
      this.#servers.push(server);
      await server.start();
      const shown = units.length > 1 ? `${name} with ${units.length} units` : name;
      if (plans.length <= SERVERS_NAMED) this.#log(`OPC UA ${shown} on ${server.endpointUrl}`);
      else if ((i + 1) % SERVERS_PROGRESS === 0 || i + 1 === plans.length) {
        this.#log(
          `OPC UA ${i + 1} of ${plans.length} servers, the last is ${shown} on ${server.endpointUrl}`,
        );
      }
    }
  }

  #describe(unit: PlannedUnit): UnitDescription {
    return this.#port.units.find((it) => it.name === unit.name)!;
  }

  #opcuaCounts(): OpcUaCounts {
    const counts = this.#servers.map((server) => server.counters());
    return {
      servers: counts.length,
      sessions: total(counts.map((it) => it.sessions)),
      subscriptions: total(counts.map((it) => it.subscriptions)),
      monitoredItems: total(counts.map((it) => it.monitoredItems)),
    };
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
