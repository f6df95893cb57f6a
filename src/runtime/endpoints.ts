import type { PlantPort, UnitDescription } from "../protocol/port.ts";
import type { Device } from "../protocol/mqttsn/device.ts";
import type { DeviceOptions } from "../protocol/mqttsn/device-options.ts";
import type { UnitServer } from "../protocol/opcua/unit-server.ts";
import type { Plan, PlannedUnit } from "../scenario/plan.ts";
import { CodedError } from "../errors.ts";
import { userTable } from "./access.ts";
import { reachable } from "./embedded-gateway.ts";
import { PKI_FOLDER } from "./files.ts";
import { serversOf } from "./opcua-servers.ts";
import type { MqttSnCounts, OpcUaCounts, WireCounts } from "./result.ts";

/** Devices that connect at a time; a thousand at once would overrun the gateway's socket. */
const CONNECTING_MAX = 50;
/** Servers that are named one by one; a larger fleet says how far it is. */
const SERVERS_NAMED = 8;
const SERVERS_PROGRESS = 50;

/** Everything of a host that has a socket. Starts as a whole, and stops as a whole also when it started in part. */
export class Endpoints {
  readonly #plan: Plan;
  readonly #port: PlantPort;
  readonly #log: (line: string) => void;
  readonly #servers: UnitServer[] = [];
  readonly #devices: Device[] = [];

  constructor(plan: Plan, port: PlantPort, log: (line: string) => void) {
    this.#plan = plan;
    this.#port = port;
    this.#log = log;
  }

  /** @throws CodedError of the first endpoint that cannot start; what had started is stopped again */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#startServers(signal);
      await this.#startDevices(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets the devices hand over what still waits and say goodbye, after which their counts are final. */
  async quiesce(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.stop()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#devices, ...this.#servers].map((endpoint) => endpoint.stop()));
  }

  counts(): WireCounts {
    return {
      ...(this.#servers.length > 0 ? { opcua: this.#opcuaCounts() } : {}),
      ...(this.#devices.length > 0 ? { mqttsn: this.#mqttsnCounts() } : {}),
    };
  }

  async #startServers(signal: AbortSignal): Promise<void> {
    const plans = serversOf(this.#plan.units);
    if (plans.length === 0) return;
    // The library takes half a second to load: only when somebody wants it.
    const { UnitServer } = await import("../protocol/opcua/unit-server.ts");
    for (const [i, { name, units, opcua }] of plans.entries()) {
      if (signal.aborted) return;
      const [first, ...others] = units;
      const described = [this.#describe(first), ...others.map((unit) => this.#describe(unit))] as const;
      const server = new UnitServer(this.#port, described, {
        ...opcua,
        name,
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

  async #startDevices(signal: AbortSignal): Promise<void> {
    const units = this.#plan.units.filter((unit) => unit.mqttsn !== undefined);
    if (units.length === 0) return;
    const { Device } = await import("../protocol/mqttsn/device.ts");
    for (let i = 0; i < units.length; i += CONNECTING_MAX) {
      if (signal.aborted) return;
      const connecting = units.slice(i, i + CONNECTING_MAX);
      const devices = connecting.map(
        (unit) => new Device(this.#port, this.#describe(unit), this.#deviceOptions(unit)),
      );
      this.#devices.push(...devices);
      const settled = await Promise.allSettled(devices.map((device) => device.start()));
      for (const [k, outcome] of settled.entries()) {
        if (outcome.status === "rejected") throw placed(outcome.reason, connecting[k]!);
      }
    }
    this.#log(`MQTT-SN ${units.length} devices publish to ${this.#plan.name}/{group}/{unit}/{poll group}`);
  }

  #deviceOptions(unit: PlannedUnit): Partial<DeviceOptions> {
    const { gateway, qos, keepAlive_s } = unit.mqttsn!;
    const embedded = (): { host: string; port: number } => {
      const { bind, port } = this.#plan.gateway!;
      return { host: reachable(bind), port };
    };
    return { gateways: [gateway ?? embedded()], qos, plant: this.#plan.name, session: { keepAlive_s } };
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

  #mqttsnCounts(): MqttSnCounts {
    const counts = this.#devices.map((device) => device.counters());
    return {
      devices: counts.length,
      published: total(counts.map((it) => it.published)),
      acknowledged: total(counts.map((it) => it.acknowledged)),
      suppressed: total(counts.map((it) => it.suppressed)),
      failed: total(counts.map((it) => it.rejected + it.unconfirmed)),
      retransmitted: total(counts.map((it) => it.retransmitted)),
      reconnects: total(counts.map((it) => it.reconnects)),
    };
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** A gateway that turns a device away stands in the scenario, where the unit is. */
function placed(error: unknown, unit: PlannedUnit): unknown {
  if (!(error instanceof CodedError) || error.place || !unit.mqttsn?.gateway) return error;
  return new CodedError(error.code, error.message, error.fix, unit.place, error);
}
