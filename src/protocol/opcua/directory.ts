/**
 * The fleet's discovery server: a client that knows its address finds every unit. It lists what the plan says, so
 * it knows units of other processes too, and nobody has to register; it has no sessions.
 */
import {
  ApplicationDescription,
  ApplicationType,
  MessageSecurityMode,
  OPCUABaseServer,
  OPCUAServerEndPoint,
  SecurityPolicy,
} from "node-opcua";
import type { Message, OPCUABaseServerOptions, ServerSecureChannelLayer } from "node-opcua";

import { Containment } from "../containment.ts";

import { LOOPBACK, certificateRequest, endpointUrl, listenError, type Address } from "./addresses.ts";
import { Pki } from "./certificates.ts";
import { containEndpoint } from "./contained/contained-endpoint.ts";
import { loudly } from "./contained/library-console.ts";
import { ContainedRequests } from "./contained/requests.ts";
import { mendFullHouse, prepareLibrary } from "./library-mends.ts";

/** One server of the fleet. */
export interface Entry {
  readonly name: string;
  readonly applicationUri: string;
  readonly url: string;
}

export interface DirectoryOptions extends Address {
  readonly pkiFolder: string;
  /** Is told of exceptions that peers have caused; they become process warnings when left out */
  readonly warn?: (line: string) => void;
}

const NAME = "discovery";
const PRODUCT_URI = "urn:taktwerk";

class DirectoryServer extends OPCUABaseServer {
  readonly entries: ApplicationDescription[] = [];
  readonly #requests: ContainedRequests;

  constructor(options: OPCUABaseServerOptions, containment: Containment) {
    super(options);
    this.#requests = new ContainedRequests(containment);
    this.#requests.contain(this);
  }

  override on_request(message: Message, channel: ServerSecureChannelLayer): void {
    this.#requests.admit(message, channel, () => super.on_request(message, channel));
  }

  override getServers(): ApplicationDescription[] {
    this.serverInfo.discoveryUrls = this.getDiscoveryUrls();
    return [this.serverInfo, ...this.entries];
  }
}

/** Starts once, stops once. */
export class Directory {
  readonly #entries: readonly Entry[];
  readonly #options: DirectoryOptions;
  #server: DirectoryServer | undefined;

  constructor(entries: readonly Entry[], options: DirectoryOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  /** "opc.tcp://127.0.0.1:24840" */
  get endpointUrl(): string {
    return endpointUrl(this.#options, this.#server?.endpoints[0]?.port);
  }

  /** @throws CodedError `port-in-use` or `bind-failed` when it cannot listen, `pki-unusable` for its folder */
  async start(): Promise<void> {
    prepareLibrary();
    const { port, bind = LOOPBACK, advertise = [bind], pkiFolder } = this.#options;
    const pki = await Pki.open(pkiFolder, "list");
    const request = certificateRequest(NAME, this.#options);
    const { warn = process.emitWarning } = this.#options;
    const log = (line: string): void => loudly(() => warn(line));
    const containment = new Containment({ name: "OPC UA discovery", log });
    const described = {
      serverCertificateManager: pki.clients,
      ...(await pki.certificate(request, "shared")),
      serverInfo: {
        applicationUri: request.applicationUri,
        applicationName: { text: NAME, locale: "en" },
        applicationType: ApplicationType.DiscoveryServer,
        productUri: PRODUCT_URI,
      },
    };
    const server = new DirectoryServer(described, containment);
    this.#server = server;
    server.entries.push(...this.#entries.map(describe));
    const endpoint = new OPCUAServerEndPoint({
      port,
      host: bind,
      certificateKeyPairProvider: server.getCertificateChainProvider(),
      certificateManager: pki.clients,
      serverInfo: server.serverInfo,
    });
    endpoint.addStandardEndpointDescriptions({
      hostname: advertise[0],
      securityModes: [MessageSecurityMode.None],
      securityPolicies: [SecurityPolicy.None],
      userTokenTypes: [],
      disableDiscovery: true,
    });
    mendFullHouse(endpoint);
    containEndpoint(endpoint, containment);
    server.endpoints.push(endpoint);
    endpoint.on("message", (message, channel) => server.on_request(message, channel));
    try {
      await server.start();
    } catch (error) {
      throw listenError(error, "the discovery server", this.#options);
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server) await new Promise<void>((resolve) => server.shutdown(() => resolve()));
  }
}

function describe({ name, applicationUri, url }: Entry): ApplicationDescription {
  return new ApplicationDescription({
    applicationUri,
    productUri: PRODUCT_URI,
    applicationName: { text: name, locale: "en" },
    applicationType: ApplicationType.Server,
    discoveryUrls: [url],
  });
}
