import type { EventEmitter } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import { Aedes } from "aedes";
import { CodedError } from "../../errors.ts";

export interface BrokerOptions {
  /** Address to listen on */
  readonly host: string;
  /** TCP; 0 lets the system choose */
  readonly port: number;
}

export const BROKER_DEFAULTS: BrokerOptions = { host: "127.0.0.1", port: 21_883 };

export interface BrokerCounters {
  /** Connections now */
  clients: number;
  /** Connections ever accepted */
  connects: number;
  /** Messages from clients */
  published: number;
  /** Protocol errors and broken connections */
  clientErrors: number;
}

/** An MQTT 3.1.1 broker in this process, in memory, without authentication: for demos, tests and CI. */
export class Broker {
  readonly #options: BrokerOptions;
  readonly #counters = { connects: 0, published: 0, clientErrors: 0 };
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;

  /** What is not given comes from BROKER_DEFAULTS. */
  constructor(options: Partial<BrokerOptions> = {}) {
    this.#options = { ...BROKER_DEFAULTS, ...options };
  }

  /** The TCP port that is listened on; the one of the options until `start`. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | undefined)?.port ?? this.#options.port;
  }

  /** "mqtt://127.0.0.1:21883" */
  get url(): string {
    const { host } = this.#options;
    return `mqtt://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  /** A client's end of a connection that needs no socket. @throws Error when the broker has not started */
  connect(): Duplex {
    if (!this.#aedes) throw new Error("the broker has not started");
    const [client, server] = duplexPair();
    this.#aedes.handle(server);
    return client;
  }

  counters(): BrokerCounters {
    return { clients: this.#aedes?.connectedClients ?? 0, ...this.#counters };
  }

  /** @throws CodedError `port-in-use` or `bind-failed`; nothing stays open then */
  async start(): Promise<void> {
    if (this.#server) throw new Error("the broker has started");
    const aedes = await Aedes.createBroker();
    const counters = this.#counters;
    const countError = (): void => {
      counters.clientErrors += 1;
    };
    aedes.on("clientReady", () => {
      counters.connects += 1;
    });
    aedes.on("publish", (_packet, client) => {
      if (client) counters.published += 1;
    });
    aedes.on("clientError", countError);
    aedes.on("connectionError", countError);
    // Not among its declared events, but a broker without this listener throws.
    (aedes as EventEmitter).on("error", countError);
    this.#aedes = aedes;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      aedes.handle(socket);
    });
    try {
      await this.#listen(this.#server);
    } catch (cause) {
      await this.stop();
      throw listenError(this.#options, cause as NodeJS.ErrnoException);
    }
  }

  /** Ends every connection and closes everything. Safe when not started. */
  async stop(): Promise<void> {
    const server = this.#server;
    const aedes = this.#aedes;
    this.#server = undefined;
    this.#aedes = undefined;
    const closed = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    if (aedes) await new Promise<void>((resolve) => aedes.close(resolve));
    // Connections that never said CONNECT are not aedes' clients.
    for (const socket of this.#sockets) socket.destroy();
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
