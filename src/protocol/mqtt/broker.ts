import { createServer, type AddressInfo, type Server } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import { CodedError } from "../../errors.ts";
import { Containment } from "../containment.ts";
import { Connection, type Lobby } from "./broker/connection.ts";
import { Hub, type HubCounters } from "./broker/hub.ts";
import { BROKER_LIMITS, type BrokerLimits } from "./broker/limits.ts";

export interface BrokerOptions {
  /** Address to listen on */
  readonly host: string;
  /** TCP; 0 lets the system choose */
  readonly port: number;
  /** What is not given comes from BROKER_LIMITS */
  readonly limits: Partial<BrokerLimits>;
  readonly log: (line: string) => void;
}

export const BROKER_DEFAULTS: BrokerOptions = {
  host: "127.0.0.1",
  port: 21_883,
  limits: {},
  log: () => undefined,
};

export interface BrokerCounters extends HubCounters {
  /** Those whose client is away included */
  readonly sessions: number;
  /** Messages of subscribers, retained messages and subscriptions, about */
  readonly kept_octets: number;
  /** Exceptions that cost their connection and nothing else */
  readonly faults: number;
}

const SWEEP_EVERY_MS = 1_000;

/**
 * An MQTT 3.1.1 and 5 broker in this process, in memory, without authentication: for demos, tests and CI. No client
 * costs another one anything: each has bounded queues, and what is wrong with a packet ends its own connection.
 */
export class Broker {
  readonly #options: BrokerOptions;
  #lobby: Lobby;
  #server: Server | undefined;
  #sweep: NodeJS.Timeout | undefined;

  /** What is not given comes from BROKER_DEFAULTS. */
  constructor(options: Partial<BrokerOptions> = {}) {
    this.#options = { ...BROKER_DEFAULTS, ...options };
    this.#lobby = lobby(this.#options);
  }

  /** The TCP port that is listened on; the one of the options until `start`. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? this.#options.port;
  }

  /** "mqtt://127.0.0.1:21883" */
  get url(): string {
    const { host } = this.#options;
    return `mqtt://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  /** A client's end of a connection that needs no socket. @throws Error when the broker has not started */
  connect(): Duplex {
    if (!this.#server) throw new Error("the broker has not started");
    const [client, server] = duplexPair();
    // An end that is cut off takes the other one with it, as a socket does.
    client.once("close", () => server.destroy());
    server.once("close", () => setImmediate(() => client.destroy()));
    new Connection(server, this.#lobby, undefined);
    return client;
  }

  counters(): BrokerCounters {
    const { hub, containment } = this.#lobby;
    const { sessions, kept_octets } = hub;
    return { ...hub.counters, sessions, kept_octets, faults: containment.faults };
  }

  /** Packets from clients that came to a handler, by type. */
  get handled(): Readonly<Record<string, number>> {
    return this.#lobby.hub.handled;
  }

  /** @throws CodedError `port-in-use` or `bind-failed`; nothing stays open then */
  async start(): Promise<void> {
    if (this.#server) throw new Error("the broker has started");
    this.#lobby = lobby(this.#options);
    const server = createServer({ noDelay: true }, (socket) => {
      new Connection(socket, this.#lobby, socket.remoteAddress);
    });
    server.maxConnections = this.#lobby.hub.limits.maxSockets;
    server.on("drop", () => (this.#lobby.hub.counters.clientErrors += 1));
    this.#server = server;
    try {
      await this.#listen(server);
    } catch (cause) {
      await this.stop();
      throw listenError(this.#options, cause as NodeJS.ErrnoException);
    }
    // Without a descriptor left for a connection it goes on with those that it has.
    server.on("error", (error) => this.#lobby.containment.caught(error, "listening", undefined));
    this.#sweep = setInterval(() => {
      const { hub, connections, containment } = this.#lobby;
      containment.run("the sweep", undefined, () => {
        const now_ms = performance.now();
        hub.sweep(now_ms);
        for (const connection of connections) connection.sweep(now_ms);
      });
    }, SWEEP_EVERY_MS);
  }

  /** Ends every connection and closes everything. Safe when not started. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    clearInterval(this.#sweep);
    const closed = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    for (const connection of this.#lobby.connections) connection.destroy();
    await closed;
  }

  async #listen(server: Server): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#options.port, this.#options.host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  }
}

/** Nothing of what a broker kept outlives its stop. */
const lobby = ({ limits, log }: BrokerOptions): Lobby => ({
  hub: new Hub({ ...BROKER_LIMITS, ...limits }, log),
  containment: new Containment({ name: "MQTT broker", log }),
  connections: new Set(),
});

function listenError({ host, port }: BrokerOptions, cause: NodeJS.ErrnoException): CodedError {
  const where = `TCP ${host}:${port}`;
  if (cause.code === "EADDRINUSE") {
    const fix = "stop the other program, or give the MQTT broker another port";
    return new CodedError("port-in-use", `${where} is in use`, fix, undefined, cause);
  }
  const what = `${where} cannot be bound: ${cause.message}`;
  const fix = "give the MQTT broker an address of this machine and a port above 1023";
  return new CodedError("bind-failed", what, fix, undefined, cause);
}
