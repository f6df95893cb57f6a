import type { Directory } from "../protocol/opcua/directory.ts";
import type { DiscoveryPlan } from "../scenario/opcua-plan.ts";
import { PKI_FOLDER } from "./files.ts";
import type { ServerPlan } from "./opcua-servers.ts";

/** The discovery server of a run, one for the OPC UA servers of all hosts. */
export class FleetDirectory {
  readonly #plan: DiscoveryPlan;
  readonly #servers: readonly ServerPlan[];
  readonly #log: (line: string) => void;
  #directory: Directory | undefined;

  constructor(plan: DiscoveryPlan, servers: readonly ServerPlan[], log: (line: string) => void) {
    this.#plan = plan;
    this.#servers = servers;
    this.#log = log;
  }

  /**
   * @param urls  of the servers, by unit
   * @returns its own URL
   * @throws CodedError when it cannot listen
   */
  async start(urls: Readonly<Record<string, string>>): Promise<string> {
    const { Directory } = await import("../protocol/opcua/directory.ts");
    const { certificateRequest } = await import("../protocol/opcua/addresses.ts");
    const entries = this.#servers.map(({ name, units: [first], opcua }) => {
      const { applicationUri } = certificateRequest(name, opcua);
      return { name, applicationUri, url: urls[first.name]! };
    });
    this.#directory = new Directory(entries, { ...this.#plan, pkiFolder: PKI_FOLDER });
    await this.#directory.start();
    const { endpointUrl } = this.#directory;
    this.#log(`OPC UA discovery of ${entries.length} servers on ${endpointUrl}`);
    return endpointUrl;
  }

  async stop(): Promise<void> {
    await this.#directory?.stop();
  }
}
