import type { Broker } from "../protocol/mqtt/broker.ts";
import type { Gateway } from "../protocol/mqttsn/gateway.ts";
import type { GatewayAddress } from "../protocol/mqttsn/device-options.ts";
import type { GatewayCounts } from "./result.ts";
import type { GatewayState } from "./wire-page.ts";
import type { GatewayPlan } from "../scenario/endpoints.ts";

export { isBrokerUrl } from "../protocol/mqtt-wire/dial.ts";

/** The MQTT-SN gateway of a run and its broker, if that is embedded too. One for all hosts. */
export class EmbeddedGateway {
  readonly #plan: GatewayPlan;
  readonly #devices: number;
  readonly #log: (line: string) => void;
  #broker: Broker | undefined;
  #gateway: Gateway | undefined;

  /** @param devices  how many will connect */
  constructor(plan: GatewayPlan, devices: number, log: (line: string) => void) {
    this.#plan = plan;
    this.#devices = devices;
    this.#log = log;
  }

  /** Where devices on this machine find it, once it has started. */
  get address(): GatewayAddress {
    return { host: reachable(this.#plan.bind), port: this.#gateway!.port };
  }

  /** URL of the broker behind it, once it has started. */
  get broker(): string {
    const { bind, brokerUrl } = this.#plan;
    return brokerUrl ?? `mqtt://${hostInUrl(reachable(bind))}:${this.#broker!.port}`;
  }

  /** @throws CodedError when a port is taken or the broker does not answer; nothing is left open then */
  async start(): Promise<void> {
    const { bind, port, brokerUrl, brokerPort } = this.#plan;
    try {
      if (brokerUrl === undefined) {
        const { Broker } = await import("../protocol/mqtt/broker.ts");
        this.#broker = new Broker({ host: bind, port: brokerPort, log: this.#log });
        await this.#broker.start();
      }
      const { Gateway } = await import("../protocol/mqttsn/gateway.ts");
      const name = this.broker;
      // In one process a connection needs no sockets: two for each device would meet the limit of open files.
      const embedded = this.#broker;
      const broker = embedded ? { name, connect: () => embedded.connect() } : name;
      // Room for devices that come back from another address before the old connection has timed out.
      const maxClients = Math.max(2000, this.#devices * 2);
      const { mqttVersion, predefinedTopics, beacon } = this.#plan;
      const options = { broker, mqttVersion, maxClients, predefinedTopics, beacon, log: this.#log };
      this.#gateway = new Gateway({ host: bind, port, ...options });
      await this.#gateway.start();
      this.#log(`MQTT-SN gateway on udp://${bind}:${this.#gateway.port}, its broker on ${name}`);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Undefined until `start`. */
  counts(): GatewayCounts | undefined {
    const counts = this.#gateway?.counters();
    const own = this.#broker?.counters();
    return (
      counts && { ...counts, faults: counts.faults + (own?.faults ?? 0), brokerDropped: own?.dropped ?? 0 }
    );
  }

  /** Undefined until `start`. */
  get state(): GatewayState | undefined {
    const counts = this.counts();
    if (!counts) return undefined;
    const { host, port } = this.address;
    const own = this.#broker?.counters();
    return {
      address: `udp://${hostInUrl(host)}:${port}`,
      counts,
      // Without the password that a URL may have.
      broker: new URL(this.broker).host,
      embedded: own && { clients: own.clients, published: own.published },
    };
  }

  /** Tells what was contained or dropped meanwhile, if anything was. */
  async stop(): Promise<void> {
    const { faults = 0, brokerDropped = 0 } = this.counts() ?? {};
    if (faults > 0) this.#log(`MQTT-SN gateway and broker: ${faults} faults were contained`);
    if (brokerDropped > 0) this.#log(`MQTT broker: ${brokerDropped} messages were dropped for want of room`);
    await this.#gateway?.stop();
    await this.#broker?.stop();
  }
}

/** The address under which this machine reaches what it has bound to all its addresses. */
export function reachable(bind: string): string {
  return bind === "0.0.0.0" ? "127.0.0.1" : bind === "::" ? "::1" : bind;
}

export const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);
