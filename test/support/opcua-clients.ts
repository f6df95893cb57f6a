import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  AttributeIds,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from "node-opcua";
import type { ClientMonitoredItem, ClientSession, DataValue } from "node-opcua";

const ONCE = { connectionStrategy: { maxRetry: 0 }, endpointMustExist: false } as const;

/** Clients of a test, which share one store of certificates; `close` ends them all. */
export class OpcUaClients {
  readonly #all: OPCUAClient[] = [];
  readonly #certificates: OPCUACertificateManager;

  /**
   * @param folder         of keys and certificates
   * @param trustsUnknown  whether the clients trust a server of which they know nothing
   */
  constructor(folder: string, trustsUnknown = true) {
    this.#certificates = new OPCUACertificateManager({
      rootFolder: path.join(folder, "client"),
      automaticallyAcceptUnknownCertificate: trustsUnknown,
      disableFileWatchers: true,
    });
    this.#certificates.referenceCounter = Number.MAX_SAFE_INTEGER;
  }

  /** The client that was made last. */
  get last(): OPCUAClient {
    return this.#all.at(-1)!;
  }

  /** Lets the clients trust what this authority has signed: the folder `ca` of a PKI. */
  async trust(authority: string): Promise<void> {
    await this.#certificates.initialize();
    const certificate = new X509Certificate(readFileSync(path.join(authority, "public", "cacert.pem")));
    await this.#certificates.trustCertificate(certificate.raw);
    const revocations = readFileSync(path.join(authority, "crl", "revocation_list.der"));
    await this.#certificates.addRevocationList(revocations);
  }

  /** A session, with security when asked for, by a client that tries once. */
  async open(url: string, security: "none" | "SignAndEncrypt" = "none"): Promise<ClientSession> {
    const secure = {
      clientCertificateManager: this.#certificates,
      securityMode: MessageSecurityMode.SignAndEncrypt,
      securityPolicy: SecurityPolicy.Basic256Sha256,
    };
    return this.#open(url, OPCUAClient.create(security === "none" ? ONCE : { ...ONCE, ...secure }));
  }

  /** A session without security by a client that comes back when it is lost. */
  openPatient(url: string): Promise<ClientSession> {
    const strategy = { initialDelay: 10, maxDelay: 50 };
    return this.#open(url, OPCUAClient.create({ connectionStrategy: strategy, endpointMustExist: false }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((client) => client.disconnect()));
  }

  async #open(url: string, client: OPCUAClient): Promise<ClientSession> {
    this.#all.push(client);
    await client.connect(url);
    const session = await client.createSession();
    await session.readNamespaceArray();
    return session;
  }
}

const nodeId = (session: ClientSession, id: string): string =>
  `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${id}`;

/** @param id  in the namespace of units: "cnc-01/spindle-speed" */
export const readValue = (session: ClientSession, id: string): Promise<DataValue> =>
  session.read({ nodeId: nodeId(session, id), attributeId: AttributeIds.Value });

/** "Good", or the name of the status code that it failed with. */
export const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "Good",
    (error: Error) => /Bad\w+/.exec(error.message)?.[0] ?? error.message,
  );

/** A node that the session's client watches. */
export async function monitor(session: ClientSession, id: string): Promise<ClientMonitoredItem> {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
  const item = { nodeId: nodeId(session, id), attributeId: AttributeIds.Value };
  const parameters = { samplingInterval: 100, queueSize: 10, discardOldest: true };
  return (await subscription.monitor(item, parameters, TimestampsToReturn.Both)) as ClientMonitoredItem;
}

/** The next notification. */
export const changed = async (item: ClientMonitoredItem): Promise<DataValue> =>
  ((await once(item, "changed")) as [DataValue])[0];
