/** A proxy in front of a TCP server, which does to connections what a bad network does; it knows no protocol. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { RandomStream } from "../../engine/random.ts";
import { CodedError } from "../../errors.ts";
import type { Containment } from "../containment.ts";
import { Pump, type PumpFaults } from "./pump.ts";

/** Which octets it is about. */
type Direction = "both" | "to-server" | "from-server";

/** What happens to the octets of connections, those that there are and those to come; several at a time add. */
export interface TcpFaults {
  readonly direction: Direction;
  readonly delay?: { readonly fixed_ms: number; readonly jitter_ms: number };
  /** Of each connection */
  readonly bytesPerSecond?: number;
  /** Nothing passes, not even an end; what comes meanwhile passes afterwards. */
  readonly isStalled?: boolean;
}

export interface FaultProxyOptions {
  /** Where clients connect */
  readonly host: string;
  /** 0 lets the system choose */
  readonly port: number;
  /** Where the server behind is at the moment, on the loopback; undefined while there is none */
  readonly target: () => number | undefined;
  /** Draws what varies */
  readonly random: RandomStream;
  /** Keeps what goes wrong with one connection from the others */
  readonly containment: Containment;
}

interface Connection {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly toServer: Pump;
  readonly fromServer: Pump;
}

const TARGET_HOST = "127.0.0.1";

export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #active = new Set<TcpFaults>();
  readonly #connections = new Set<Connection>();
  #server: Server | undefined;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
  }

  /** Where it listens; that of its options before start(). */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? this.#options.port;
  }

  /** @throws CodedError `port-in-use`, `bind-failed` */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    const server = createServer({ allowHalfOpen: true }, (client) => {
      // An error is followed by a close, which says so; one may come at any time.
      client.on("error", () => undefined);
      this.#run("a connection", client, () => this.#accept(client));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError(error, host, port)));
      server.listen(port, host, resolve);
    });
    // Without a descriptor left for a connection it goes on with those that it has.
    server.on("error", (error) => this.#options.containment.caught(error, "listening", undefined));
    this.#server = server;
  }

  /** Ends all connections. Safe when never started. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of this.#connections) this.#end(connection, (socket) => socket.destroy());
    await closed;
  }

  /** Lets this happen as well. @returns what ends it */
  disturb(faults: TcpFaults): () => void {
    this.#active.add(faults);
    this.#apply();
    return () => {
      if (this.#active.delete(faults)) this.#apply();
    };
  }

  /** Ends all connections with RST. @returns how many */
  reset(): number {
    const all = [...this.#connections];
    for (const connection of all) this.#end(connection, (socket) => socket.resetAndDestroy());
    return all.length;
  }

  #accept(client: Socket): void {
    const port = this.#options.target();
    // As where nobody listens.
    if (port === undefined || !this.#server) return void client.resetAndDestroy();
    const server = connect({ host: TARGET_HOST, port, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    server.on("error", () => undefined);
    const { random } = this.#options;
    const run = (work: () => void): void => this.#run("octets", client, work);
    const connection: Connection = {
      sockets: [client, server],
      toServer: new Pump(client, server, random, run),
      fromServer: new Pump(server, client, random, run),
    };
    this.#connections.add(connection);
    this.#tell(connection);
    for (const socket of connection.sockets) {
      socket.on("close", (isBroken: boolean) =>
        this.#run("a close", client, () => this.#closed(connection, socket, isBroken)),
      );
    }
  }

  /** What goes wrong costs the connection: its client is cut off, and the other end hears of it. */
  #run(kind: string, client: Socket, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.containment.caught(error, kind, client.remoteAddress);
      client.destroy();
    }
  }

  /** One end is gone: so will the other be, once nothing keeps it from hearing of it. */
  #closed(connection: Connection, gone: Socket, isBroken: boolean): void {
    if (!this.#connections.has(connection)) return;
    const [client] = connection.sockets;
    const pump = gone === client ? connection.toServer : connection.fromServer;
    const close = (socket: Socket): void => void (isBroken ? socket.resetAndDestroy() : socket.destroy());
    pump.break(() => this.#end(connection, close));
  }

  #end(connection: Connection, close: (socket: Socket) => void): void {
    this.#connections.delete(connection);
    connection.toServer.stop();
    connection.fromServer.stop();
    connection.sockets.forEach(close);
  }

  #apply(): void {
    for (const connection of this.#connections) this.#tell(connection);
  }

  #tell({ toServer, fromServer }: Connection): void {
    toServer.set(this.#sum("to-server"));
    fromServer.set(this.#sum("from-server"));
  }

  #sum(way: Direction): PumpFaults {
    const fitting = [...this.#active].filter(({ direction }) => direction === "both" || direction === way);
    const sum = (of: (faults: TcpFaults) => number | undefined): number =>
      fitting.reduce((total, faults) => total + (of(faults) ?? 0), 0);
    return {
      fixed_ms: sum(({ delay }) => delay?.fixed_ms),
      jitter_ms: sum(({ delay }) => delay?.jitter_ms),
      bytesPerSecond: Math.min(...fitting.map((it) => it.bytesPerSecond ?? Infinity)),
      isStalled: fitting.some((it) => it.isStalled),
    };
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): CodedError {
  if (error.code === "EADDRINUSE") {
    const fix = `stop the program that listens on ${host}:${port}, or choose another port`;
    return new CodedError("port-in-use", `TCP port ${port} on ${host} is in use`, fix, undefined, error);
  }
  const what = `the TCP proxy cannot listen on ${host}:${port}: ${error.message}`;
  const fix = "use an address of this machine (127.0.0.1, 0.0.0.0) and a port above 1023";
  return new CodedError("bind-failed", what, fix, undefined, error);
}
