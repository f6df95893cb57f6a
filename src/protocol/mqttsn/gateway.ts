import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { randomUUID } from "node:crypto";
import { CodedError } from "../../errors.ts";
import { decode, encode, type Message } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import type { Publish } from "./codec/publish.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { GatewayClient, type House, type Peer } from "./gateway-client.ts";
import {
  GATEWAY_DEFAULTS,
  type GatewayCounters,
  type GatewayOptions,
  noGatewayCounters,
} from "./gateway-options.ts";
import { GatewayTopics } from "./gateway-topics.ts";
import { Upstream } from "./upstream.ts";

/** Room for the bursts of a fleet that ticks together; a system that grants less gives what it has. */
const RECEIVE_BUFFER = 1_048_576;

/**
 * A transparent gateway (MQTT-SN 1.2, chapter 4): datagrams on one side, one MQTT connection for each client on the
 * other. What it does not do (subscriptions, QoS 2, sleeping clients, changing a will) it refuses with return code 03.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #counters = noGatewayCounters();
  readonly #house: House;
  readonly #byAddress = new Map<string, GatewayClient>();
  readonly #byId = new Map<string, GatewayClient>();
  /** Broker connections that are being ended; `stop` waits for them */
  readonly #endings = new Set<Promise<void>>();
  readonly #sessionless: GatewayTopics;
  #socket: Socket | undefined;
  /** Carries QoS -1 as long as it lasts, and proves at the start that there is a broker */
  #shared: Upstream | undefined;

  /** What is not given comes from GATEWAY_DEFAULTS. */
  constructor(options: Partial<GatewayOptions> = {}) {
    this.#options = { ...GATEWAY_DEFAULTS, ...options };
    this.#house = {
      options: this.#options,
      counters: this.#counters,
      release: (client, ending) => this.#release(client, ending),
    };
    this.#sessionless = new GatewayTopics(0, this.#options.predefinedTopics);
  }

  /** The UDP port that is listened on; the one of the options until `start`. */
  get port(): number {
    return this.#socket?.address().port ?? this.#options.port;
  }

  counters(): GatewayCounters & { readonly clients: number } {
    return { ...this.#counters, clients: this.#byAddress.size };
  }

  /**
   * Listens, once the broker has answered.
   *
   * @throws CodedError `broker-unreachable`, `port-in-use` or `bind-failed`; nothing stays open then
   */
  async start(): Promise<void> {
    if (this.#socket) throw new Error("the gateway has started");
    await this.#openShared();
    try {
      this.#socket = await this.#bind();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Tells every client DISCONNECT and closes everything. Safe when not started. */
  async stop(): Promise<void> {
    this.#socket?.removeAllListeners("message");
    for (const client of [...this.#byAddress.values()]) {
      client.peer.send({ type: "DISCONNECT" });
      client.leave();
    }
    const shared = this.#shared?.end();
    this.#shared = undefined;
    await Promise.all([...this.#endings, shared]);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(resolve));
  }

  async #openShared(): Promise<void> {
    const { broker, brokerDeadline_ms } = this.#options;
    const unreachable = (cause: unknown): CodedError => {
      const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : "closed";
      const what = `MQTT broker ${withoutPassword(broker)} is unreachable: ${why}`;
      return new CodedError(
        "broker-unreachable",
        what,
        "start the broker or correct its URL",
        undefined,
        cause,
      );
    };
    await new Promise<void>((resolve, reject) => {
      const clientId = `taktwerk-gateway-${randomUUID().slice(0, 8)}`;
      try {
        this.#shared = new Upstream(
          { url: broker, clientId, clean: true, deadline_ms: brokerDeadline_ms },
          {
            opened: resolve,
            closed: (cause) => {
              this.#shared = undefined;
              reject(unreachable(cause));
            },
          },
        );
      } catch (cause) {
        reject(unreachable(cause));
      }
    });
  }

  async #bind(): Promise<Socket> {
    const { host, port } = this.#options;
    const socket = createSocket({
      type: host.includes(":") ? "udp6" : "udp4",
      recvBufferSize: RECEIVE_BUFFER,
    });
    socket.on("message", (datagram, from) => this.#receive(datagram, from));
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind(port, host, () => {
          socket.off("error", reject);
          resolve();
        });
      });
    } catch (cause) {
      socket.close();
      throw bindError(host, port, cause as NodeJS.ErrnoException);
    }
    socket.on("error", () => {
      this.#counters.socketErrors += 1;
    });
    return socket;
  }

  #receive(datagram: Uint8Array, from: RemoteInfo): void {
    this.#counters.datagramsReceived += 1;
    const address = `${from.address}:${from.port}`;
    const decoded = decode(datagram);
    // Port 0 cannot be answered: such a datagram is a forgery.
    if (!decoded.ok || from.port === 0) {
      this.#counters.malformed += 1;
      return;
    }
    if (decoded.message.type !== "ENCAPSULATED") {
      const peer = { key: address, send: (message: Message) => this.#send(encode(message), from) };
      this.#onMessage(peer, decoded.message);
      return;
    }
    // 5.5: the answer goes back in the same wrapping.
    const { wirelessNodeId, datagram: inner } = decoded.message;
    const node = decode(inner);
    if (!node.ok || node.message.type === "ENCAPSULATED") {
      this.#counters.malformed += 1;
      return;
    }
    const key = `${address}/${Buffer.from(wirelessNodeId).toString("hex")}`;
    const send = (message: Message): void =>
      this.#send(
        encode({ type: "ENCAPSULATED", radius: 0, wirelessNodeId, datagram: encode(message) }),
        from,
      );
    this.#onMessage({ key, send }, node.message);
  }

  #onMessage(peer: Peer, message: Message): void {
    if (message.type === "CONNECT") return this.#onConnect(peer, message);
    if (message.type === "PUBLISH" && message.qos === -1) return this.#onSessionless(message);
    if (message.type === "SEARCHGW") return peer.send({ type: "GWINFO", gwId: this.#options.gwId });
    const client = this.#byAddress.get(peer.key);
    if (client) client.receive(message);
    else this.#onStranger(peer, message);
  }

  #onConnect(peer: Peer, connect: Connect): void {
    const present = this.#byAddress.get(peer.key);
    if (present?.repeats(connect)) return;
    // The same address or the same id again is the same client: its former connection ends first.
    const former = this.#byId.get(connect.clientId);
    if (former && former !== present) this.#counters.takeovers += 1;
    present?.leave();
    former?.leave();
    if (this.#byAddress.size >= this.#options.maxClients) {
      this.#counters.refused += 1;
      this.#counters.congestion += 1;
      peer.send({ type: "CONNACK", returnCode: RETURN_CODE.congestion });
      return;
    }
    const client = new GatewayClient(connect, peer, this.#house);
    this.#byAddress.set(peer.key, client);
    this.#byId.set(connect.clientId, client);
  }

  /** 6.8: never answered, published over a connection that all share. */
  #onSessionless({ topic, retain, data }: Publish): void {
    const name = topic.kind === "normal" ? undefined : this.#sessionless.resolve(topic);
    if (name === undefined) {
      this.#counters.ignored += 1;
      return;
    }
    this.#counters.publishedQos0 += 1;
    if (!this.#shared?.connected || this.#shared.buffered > this.#options.maxBuffered) {
      this.#counters.undelivered += 1;
      return;
    }
    this.#shared.publish(name, data, { qos: 0, retain }, (ok) => {
      if (!ok) this.#counters.undelivered += 1;
    });
  }

  /** A request without a connection: "connect again". Answers are not answered, lest two gateways talk for ever. */
  #onStranger(peer: Peer, message: Message): void {
    switch (message.type) {
      case "REGISTER":
      case "PUBLISH":
      case "SUBSCRIBE":
      case "UNSUBSCRIBE":
      case "PINGREQ":
      case "WILLTOPICUPD":
      case "WILLMSGUPD":
        this.#counters.unknownClients += 1;
        return peer.send({ type: "DISCONNECT" });
      default:
        this.#counters.ignored += 1;
    }
  }

  #release(client: GatewayClient, ending: Promise<void>): void {
    if (this.#byAddress.get(client.peer.key) === client) this.#byAddress.delete(client.peer.key);
    if (this.#byId.get(client.clientId) === client) this.#byId.delete(client.clientId);
    this.#endings.add(ending);
    void ending.finally(() => this.#endings.delete(ending));
  }

  #send(datagram: Uint8Array, to: RemoteInfo): void {
    if (!this.#socket) return;
    this.#counters.datagramsSent += 1;
    this.#socket.send(datagram, to.port, to.address, (error) => {
      if (error) this.#counters.socketErrors += 1;
    });
  }
}

/** A URL as it may be shown. */
function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}

function bindError(host: string, port: number, cause: NodeJS.ErrnoException): CodedError {
  const where = `UDP ${host}:${port}`;
  if (cause.code === "EADDRINUSE") {
    const fix = "stop the other program, or give the MQTT-SN gateway another port";
    return new CodedError("port-in-use", `${where} is in use`, fix, undefined, cause);
  }
  const what = `${where} cannot be bound: ${cause.message}`;
  const fix = "give the MQTT-SN gateway an address of this machine and a port above 1023";
  return new CodedError("bind-failed", what, fix, undefined, cause);
}
