/** Units on the wire: an OPC UA server with one of them, or with all of a host. */
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { DiskCertificateKeyPairProvider, RegisterServerMethod, SecurityPolicy } from "node-opcua";
import type { AddressSpace, ServerSession } from "node-opcua";

import { Containment } from "../containment.ts";
import type { PlantPort, UnitDescription } from "../port.ts";
import {
  LOOPBACK,
  certificateRequest,
  endpointUrl,
  listenError,
  urlHost,
  type Address,
} from "./addresses.ts";
import { Pki, type CertificateFiles, type Keys, type SubstituteCertificate } from "./certificates.ts";
import { loudly } from "./contained/library-console.ts";
import { Disturbances, type Disturbance } from "./disturbances.ts";
import { GuardedServer } from "./guarded-server.ts";
import { NODESETS, addUnit } from "./information-model.ts";
import { guardHistory } from "./history-guard.ts";
import { prepareLibrary, prepareSpace } from "./library-mends.ts";
import type { Role } from "./permissions.ts";
import { DEFAULT_LIMITS, limitOptions, type ServerLimits } from "./server-limits.ts";
import { securityPair, type SecurityChoice } from "./security.ts";
import { SessionWatch } from "./session-watch.ts";
import { sharedOptions, type SharedOptions } from "./shared-space/shared-types.ts";
import { spreadSampling } from "./spread-sampling.ts";
import type { Trust } from "./trust-list.ts";
import { UserTable } from "./users.ts";

export interface UnitServerOptions extends Address {
  /** Of a server with several units, which has none of theirs */
  readonly name?: string;
  /** Endpoints on offer, at least one */
  readonly security: readonly SecurityChoice[];
  /** What a session without a user may do, false for none; observer when left out */
  readonly anonymous?: Role | false;
  /** Who can log in; nobody when left out */
  readonly users?: UserTable;
  /** Clients that may use endpoints with security; those on the list when left out */
  readonly trust?: Trust;
  /**
   * URL of a discovery server to register with, again and again until it answers; its certificate has to be one
   * that this server trusts, and this server's one that it does
   */
  readonly register?: string | undefined;
  /** All files to load, in the order of nodesetFiles(); NODESETS when left out */
  readonly nodesets?: readonly string[];
  /**
   * Something else listens on `bind` and `port` and hands connections on: the server itself listens on a free port of
   * the loopback, see listeningPort, and goes by the address in front; false when left out
   */
  readonly isBehind?: boolean;
  /** Others than DEFAULT_LIMITS */
  readonly limits?: Partial<ServerLimits>;
  /** Folder of keys and certificates, made when missing */
  readonly pkiFolder: string;
  /** A key of its own, or one for all servers with the same folder, which is the one when left out */
  readonly keys?: Keys;
  /**
   * Type nodes are loaded once a process and shared by its servers, which costs a tenth of the memory and time;
   * with false, this server loads them all for itself
   */
  readonly sharedTypes?: boolean;
  /** Is told how long a server was without a client after it had lost the last one, once a client is back */
  readonly onReconnect?: (after_ms: number) => void;
  /**
   * Is told when types cannot be shared, and why, once a process, and each client that is turned away, once; they
   * become process warnings when left out
   */
  readonly warn?: (line: string) => void;
}

/**
 * What a server carries at the moment; bytes since its start. Sessions whose client is gone or frozen do not count, nor do
 * their subscriptions and items, see SessionWatch.
 */
export interface UnitServerCounters {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly monitoredItems: number;
  /** Connections that clients have open, with or without a session */
  readonly channels: number;
  /** Sessions since it was made, also those that were lost meanwhile */
  readonly sessionsOpened: number;
  /** Data changes and events sent to clients since it was made, whatever became of their subscriptions */
  readonly notifications: number;
  /** Exceptions that peers have caused, each of which cost what caused it */
  readonly faults: number;
  /** Whether a fault or an operator holds it down */
  readonly isDown: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };

/** Passwords are encrypted also where messages are not: the library then needs a policy to do it with. */
const PASSWORD_POLICY = SecurityPolicy.Basic256Sha256;

/**
 * States: new, starting, running, down, stopped. One that is down comes up again when nobody wants it down any more; a
 * stopped server does not start again, make a new one.
 */
export class UnitServer {
  readonly #port: PlantPort;
  readonly #units: readonly UnitDescription[];
  readonly #options: UnitServerOptions;
  readonly #disturbances: Disturbances;
  readonly #containment: Containment;
  readonly #sessions: SessionWatch;
  #server: GuardedServer | undefined;
  /** End what its nodes listen to. */
  readonly #releases: (() => void)[] = [];
  /** Where it listens, from its first start on */
  #listening: number | undefined;
  #starting: Promise<void> | undefined;
  /** Those who want it down */
  readonly #outages = new Set<symbol>();
  /** Going down and coming up, one after the other, so that the port is free when it comes up again */
  #switching: Promise<void> = Promise.resolve();
  /** Certificates in the place of its own; the last one is shown */
  readonly #substitutes: CertificateFiles[] = [];
  #substitutesMade = 0;
  #stopping: Promise<void> | undefined;

  /** @param units  at least one; with several, the server is called by its options' name */
  constructor(
    port: PlantPort,
    units: UnitDescription | readonly [UnitDescription, ...UnitDescription[]],
    options: UnitServerOptions,
  ) {
    this.#port = port;
    this.#units = "name" in units ? [units] : units;
    this.#options = options;
    this.#disturbances = new Disturbances(() => port.now_ms);
    const { warn = process.emitWarning } = options;
    const log = (line: string): void => loudly(() => warn(line));
    this.#containment = new Containment({ name: `OPC UA ${this.#name}`, log });
    this.#sessions = new SessionWatch(options.onReconnect ?? (() => undefined));
  }

  get #name(): string {
    return this.#options.name ?? this.#units[0]!.name;
  }

  /** "opc.tcp://127.0.0.1:24841"; with port 0 the port is known after start(). */
  get endpointUrl(): string {
    return endpointUrl(this.#options, this.#options.isBehind ? undefined : this.#listening);
  }

  /** Where it really listens, from its first start on; another one after each outage of one that is behind something. */
  get listeningPort(): number | undefined {
    return this.#listening;
  }

  /**
   * Ready for clients when the promise is fulfilled.
   *
   * @throws CodedError `port-in-use` or `bind-failed` when it cannot listen, `pki-unusable` for its folder
   */
  start(): Promise<void> {
    if (this.#stopping) throw new Error(`the server of ${this.#name} was stopped`);
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Closes all connections; harmless before start(), during it and when called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /**
   * Closes the server as a power cut would: clients lose connection, session and subscriptions.
   *
   * @returns what starts it again on its port, unless somebody else wants it down or it was stopped; it throws as
   *   start() does
   */
  async takeDown(): Promise<() => Promise<void>> {
    const outage = Symbol();
    this.#outages.add(outage);
    await this.#starting?.catch(() => undefined);
    await this.#switch();
    return async () => {
      if (this.#outages.delete(outage)) await this.#switch();
    };
  }

  /** Makes it up or down, as it should be once it is its turn. */
  #switch(): Promise<void> {
    const switched = this.#switching.then(async () => {
      if (this.#outages.size > 0) await this.#close();
      else if (!this.#server && !this.#stopping) await this.#start();
    });
    this.#switching = switched.catch(() => undefined);
    return switched;
  }

  /** Ends all sessions with their subscriptions; connections stay. @returns how many */
  dropSessions(): number {
    const sessions = this.#sessions.all;
    for (const { authenticationToken } of sessions)
      this.#server!.engine.closeSession(authenticationToken, true, "Terminated");
    return sessions.length;
  }

  /** Ends all subscriptions; sessions stay. @returns how many */
  dropSubscriptions(): number {
    const all = this.#sessions.all.flatMap((session) =>
      session.publishEngine.subscriptions.map(({ id }) => ({ session, id })),
    );
    for (const { session, id } of all) session.deleteSubscription(id);
    return all.length;
  }

  /** Cuts all connections; sessions and subscriptions wait for their clients to come back. */
  dropConnections(): void {
    for (const endpoint of this.#server?.endpoints ?? []) endpoint.abruptlyInterruptChannels();
  }

  /** Answers otherwise than it should. @returns what ends it. @throws Error when it is about no Variable */
  disturb(disturbance: Disturbance): () => void {
    return this.#disturbances.add(disturbance);
  }

  /**
   * Shows clients that connect from now on another certificate, with a new key.
   *
   * @returns what takes it away: the unit's own is shown again, or the one before
   * @throws CodedError `pki-unusable`
   */
  async showCertificate(substitute: SubstituteCertificate): Promise<() => Promise<void>> {
    const { pkiFolder, trust = "list" } = this.#options;
    const pki = await Pki.open(pkiFolder, trust);
    const request = certificateRequest(this.#name, this.#options);
    const files = await pki.substitute(request, ++this.#substitutesMade, substitute);
    this.#substitutes.push(files);
    this.#present(files);
    return async () => {
      const index = this.#substitutes.indexOf(files);
      if (index < 0) return;
      this.#substitutes.splice(index, 1);
      this.#present(await this.#certificate(pki));
      await removeFiles(files);
    };
  }

  /** What it shows: its own certificate, unless another one is in its place. */
  async #certificate(pki: Pki): Promise<CertificateFiles> {
    const request = certificateRequest(this.#name, this.#options);
    return this.#substitutes.at(-1) ?? (await pki.certificate(request, this.#options.keys ?? "shared"));
  }

  #present({ certificateFile, privateKeyFile }: CertificateFiles): void {
    const provider = new DiskCertificateKeyPairProvider(certificateFile, privateKeyFile);
    this.#server?.setProvider(provider);
    for (const endpoint of this.#server?.endpoints ?? []) endpoint.setCertificateProvider(provider);
  }

  counters(): UnitServerCounters {
    const sessions = this.#sessions.live;
    const sum = (of: (session: ServerSession) => number): number =>
      sessions.reduce((total, session) => total + of(session), 0);
    return {
      sessions: sessions.length,
      subscriptions: sum((session) => session.currentSubscriptionCount),
      monitoredItems: sum((session) => session.currentMonitoredItemCount),
      sessionsOpened: this.#sessions.opened,
      channels: (this.#server?.endpoints ?? []).reduce((all, it) => all + it.currentChannelCount, 0),
      notifications: this.#sessions.notifications,
      faults: this.#containment.faults,
      isDown: this.#outages.size > 0,
      bytesRead: this.#server?.bytesRead ?? 0,
      bytesWritten: this.#server?.bytesWritten ?? 0,
    };
  }

  async #start(): Promise<void> {
    prepareLibrary();
    const { sharedTypes = true, nodesets = NODESETS, warn = process.emitWarning } = this.#options;
    const shared = sharedTypes ? await sharedOptions(nodesets, warn) : undefined;
    const server = await this.#create(shared);
    this.#server = server;
    server.on("create_session", (session) => {
      this.#sessions.add(session, (subscription) => spreadSampling(subscription, this.#units[0]!.index));
    });
    server.on("session_activated", (session: ServerSession) => this.#sessions.activated(session));
    server.once("serverRegistrationPending", () => {
      warn(
        `OPC UA ${this.#name}: not registered yet, ${this.#options.register} does not answer as it should`,
      );
    });
    await server.initialize();
    server.guard();
    const history_s = Math.max(...this.#units.map((unit) => unit.history_s));
    server.engine.historyServerCapabilities.accessHistoryDataCapability = history_s > 0;
    guardHistory(server, () => ({
      from_ms: this.#port.now_ms - history_s * 1000,
      to_ms: this.#port.now_ms,
    }));
    const space = server.engine.addressSpace as AddressSpace;
    if (!shared) prepareSpace(space);
    for (const unit of this.#units) this.#releases.push(addUnit(space, this.#port, unit));
    this.#disturbances.attach(space);
    try {
      await server.start();
    } catch (error) {
      await this.#close();
      throw listenError(error, `unit ${this.#name}`, this.#options);
    }
    this.#listening = server.endpoints[0]!.port;
  }

  async #create(shared: SharedOptions | undefined): Promise<GuardedServer> {
    const { port, bind = LOOPBACK, advertise = [bind], security, register } = this.#options;
    const { pkiFolder, isBehind = false } = this.#options;
    const {
      users = new UserTable([]),
      anonymous = "observer",
      warn: log = process.emitWarning,
    } = this.#options;
    const { applicationUri } = certificateRequest(this.#name, this.#options);
    const pki = await Pki.open(pkiFolder, this.#options.trust ?? "list");
    const pairs = security.map(securityPair);
    const options = {
      ...(isBehind
        ? { port: 0, host: LOOPBACK, advertisedEndpoints: this.endpointUrl }
        : { port: this.#listening ?? port, host: bind }),
      hostname: urlHost(advertise[0]),
      resourcePath: "",
      nodesets: [...(this.#options.nodesets ?? NODESETS)],
      serverCertificateManager: pki.clients,
      userCertificateManager: await pki.users(users.certificates),
      ...(await this.#certificate(pki)),
      securityPolicies: [...new Set([...pairs.map(({ policy }) => policy), PASSWORD_POLICY])],
      securityModes: [...new Set(pairs.map(({ mode }) => mode))],
      serverInfo: {
        applicationUri,
        productUri: "urn:taktwerk",
        applicationName: { text: this.#name, locale: "en" },
      },
      buildInfo: {
        productName: "Taktwerk",
        productUri: "urn:taktwerk",
        manufacturerName: "Taktwerk",
        softwareVersion: version,
        buildNumber: version,
      },
      ...limitOptions(
        { ...DEFAULT_LIMITS, ...this.#options.limits },
        pairs.some(({ policy }) => policy === SecurityPolicy.Basic256Sha256),
      ),
      ...(register === undefined
        ? { registerServerMethod: RegisterServerMethod.HIDDEN }
        : { registerServerMethod: RegisterServerMethod.LDS, discoveryServerEndpointUrl: register }),
      isAuditing: false,
      ...shared,
    };
    const disturbances = this.#disturbances;
    const url = isBehind ? this.endpointUrl : undefined;
    const containment = this.#containment;
    return new GuardedServer(options, { pairs, users, anonymous, log, disturbances, url, containment });
  }

  async #stop(): Promise<void> {
    // A start that failed was reported to whoever started; what it opened is still to be closed.
    await this.#starting?.catch(() => undefined);
    await this.#switching;
    await this.#close();
    await Promise.all(this.#substitutes.splice(0).map(removeFiles));
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const release of this.#releases.splice(0)) release();
    await server?.shutdown(0);
    this.#sessions.clear();
  }
}

const removeFiles = async ({ certificateFile, privateKeyFile }: CertificateFiles): Promise<void> => {
  await Promise.all([rm(certificateFile, { force: true }), rm(privateKeyFile, { force: true })]);
};
