import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { randomUUID } from "node:crypto";
import { CodedError } from "../../errors.ts";
import { Containment } from "../containment.ts";
import { Allowance } from "../mqtt-wire/allowance.ts";
import { brokerName } from "../mqtt-wire/dial.ts";
import { type Codec, type Message, MQTT_SN_1_2 } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import { noTolerated, type Tolerated } from "./codec/octets.ts";
import type { Publish } from "./codec/publish.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { GatewayBeacon } from "./gateway-beacon.ts";
import { GatewayClient, type House, type Peer } from "./gateway-client.ts";
import {
  GATEWAY_DEFAULTS,
  type GatewayCounters,
  type GatewayOptions,
  noGatewayCounters,
} from "./gateway-options.ts";
import { GatewayTopics } from "./gateway-topics.ts";
import { type BrokerAddress, Upstream } from "./upstream.ts";

/** Room for the bursts of a fleet that ticks together; a system that grants less gives what it has. */
const RECEIVE_BUFFER = 4_194_304;

/**
 * A transparent gateway (MQTT-SN 1.2, chapter 4): datagrams on one side, one MQTT connection for each client on the
 * other.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #codec: Codec = MQTT_SN_1_2;
  readonly #tolerated: Tolerated | undefined;
  readonly #counters = noGatewayCounters();
  readonly #house: House;
  readonly #containment: Containment;
  /** Messages from clients that came to a handler, by type */
  readonly handled: Partial<Record<Message["type"], number>> = {};
  readonly #byAddress = new Map<string, GatewayClient>();
  readonly #byId = new Map<string, GatewayClient>();
  /** Broker connections that are being ended; `stop` waits for them */
  readonly #endings = new Map<string, Promise<void>>();
  readonly #sessionless: GatewayTopics;
  #socket: Socket | undefined;
  /** Carries QoS -1, and proves at the start that there is a broker */
  #shared: Upstream | undefined;
  #sharedRetry: NodeJS.Timeout | undefined;
  #beacon: GatewayBeacon | undefined;

  /** What is not given comes from GATEWAY_DEFAULTS. */
  constructor(options: Partial<GatewayOptions> = {}) {
    this.#options = { ...GATEWAY_DEFAULTS, ...options };
    this.#containment = new Containment({ name: "MQTT-SN gateway", log: this.#options.log });
    this.#house = {
      options: this.#options,
      counters: this.#counters,
      containment: this.#containment,
      kept: new Allowance(this.#options.maxKept_octets),
      wills: new Map(),
      release: (client, ending) => this.#release(client, ending),
    };
    this.#tolerated = this.#options.lenient ? noTolerated() : undefined;
    this.#sessionless = new GatewayTopics(0, this.#options.predefinedTopics);
  }

  /** The UDP port that is listened on; the one of the options until `start`. */
  get port(): number {
    return this.#socket?.address().port ?? this.#options.port;
  }

  counters(): GatewayCounters & { readonly clients: number } {
    const tolerated = Object.values(this.#tolerated ?? {}).reduce((sum, count) => sum + count, 0);
    return { ...this.#counters, tolerated, faults: this.#containment.faults, clients: this.#byAddress.size };
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
      await this.#startBeacon(this.#socket);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Tells every client DISCONNECT and closes everything. Safe when not started. */
  async stop(): Promise<void> {
    this.#socket?.removeAllListeners("message");
    clearTimeout(this.#sharedRetry);
    await this.#beacon?.stop();
    this.#beacon = undefined;
    for (const client of [...this.#byAddress.values()]) {
      client.peer.send({ type: "DISCONNECT" });
      client.leave();
    }
    const shared = this.#shared?.end();
    this.#shared = undefined;
    await Promise.all([...this.#endings.values(), shared]);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(resolve));
  }

  /** Resolves when the broker has accepted; after that the connection is renewed whenever it is lost. */
  async #openShared(): Promise<void> {
    const { broker, mqttVersion, brokerDeadline_ms: deadline_ms, brokerRetry_ms } = this.#options;
    const clientId = `taktwerk-gateway-${randomUUID().slice(0, 8)}`;
    await new Promise<void>((resolve, reject) => {
      let hasOpened = false;
      const open = (): void => {
        this.#shared = new Upstream(
          { broker, mqttVersion, clientId, clean: true, deadline_ms, receiveMax: 1 },
          {
            opened: () => {
              hasOpened = true;
              resolve();
            },
            closed: (cause) => {
              if (hasOpened) this.#sharedRetry = setTimeout(reopen, brokerRetry_ms);
              else reject(brokerError(broker, cause));
            },
            arrived: ({ taken }) => taken(),
            failed: () => undefined,
          },
        );
      };
      const reopen = (): void => this.#containment.run("the way to the broker", undefined, open);
      try {
        open();
      } catch (cause) {
        reject(brokerError(broker, cause));
      }
    });
  }

  async #startBeacon(socket: Socket): Promise<void> {
    const { beacon, gwId, host } = this.#options;
    if (!beacon) return;
    this.#beacon = new GatewayBeacon(
      { ...beacon, gwId, host },
      (message, to) => {
        this.#counters.datagramsSent += 1;
        socket.send(this.#codec.encode(message), to.port, to.group);
      },
      this.#containment,
    );
    await this.#beacon.start(socket);
  }

  async #bind(): Promise<Socket> {
    const { host, port } = this.#options;
    const socket = createSocket({
      type: host.includes(":") ? "udp6" : "udp4",
      recvBufferSize: RECEIVE_BUFFER,
    });
    socket.on("message", (datagram, from) => {
      this.#containment.run("a datagram", from.address, () => this.#receive(datagram, from));
    });
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
    const decoded = this.#codec.decode(datagram, this.#tolerated);
    // Port 0 cannot be answered: such a datagram is a forgery.
    if (!decoded.ok || from.port === 0) {
      this.#counters.malformed += 1;
      return;
    }
    if (decoded.message.type !== "ENCAPSULATED") {
      const peer = {
        key: address,
        host: from.address,
        send: (message: Message) => this.#send(this.#codec.encode(message), from),
      };
      this.#onMessage(peer, decoded.message);
      return;
    }
    // 5.5: the answer goes back in the same wrapping.
    const { wirelessNodeId, datagram: inner } = decoded.message;
    const node = this.#codec.decode(inner, this.#tolerated);
    if (!node.ok || node.message.type === "ENCAPSULATED") {
      this.#counters.malformed += 1;
      return;
    }
    const key = `${address}/${Buffer.from(wirelessNodeId).toString("hex")}`;
    const send = (message: Message): void =>
      this.#send(
        this.#codec.encode({
          type: "ENCAPSULATED",
          radius: 0,
          wirelessNodeId,
          datagram: this.#codec.encode(message),
        }),
        from,
      );
    this.#onMessage({ key, host: from.address, send }, node.message);
  }

  #onMessage(peer: Peer, message: Message): void {
    this.handled[message.type] = (this.handled[message.type] ?? 0) + 1;
    if (message.type === "CONNECT") return this.#onConnect(peer, message);
    if (message.type === "PUBLISH" && message.qos === -1) return this.#onSessionless(message);
    if (message.type === "SEARCHGW") return peer.send({ type: "GWINFO", gwId: this.#options.gwId });
    if (message.type === "PINGREQ" && message.clientId !== undefined) {
      if (this.#onWaking(peer, message.clientId)) return;
    }
    const client = this.#byAddress.get(peer.key);
    if (client) client.receive(message);
    else this.#onStranger(peer, message);
  }

  #onConnect(peer: Peer, connect: Connect): void {
    const { clientId } = connect;
    const present = this.#byAddress.get(peer.key);
    const former = this.#byId.get(clientId);
    if (former && this.#move(former, peer, () => former.continues(connect, peer))) return;
    // The same address or the same id again is the same client: its former connection ends first.
    if (former && former !== present) this.#counters.takeovers += 1;
    present?.leave();
    former?.leave();
    if (this.#byAddress.size >= this.#options.maxClients) {
      this.#counters.refused += 1;
      this.#counters.congestion += 1;
      peer.send({ type: "CONNACK", returnCode: RETURN_CODE.congestion });
      return;
    }
    const client = new GatewayClient(connect, peer, this.#house, this.#endings.get(clientId));
    this.#byAddress.set(peer.key, client);
    this.#byId.set(clientId, client);
    client.begin();
  }

  /** 6.14: a client that wakes up may have another address than when it fell asleep. */
  #onWaking(peer: Peer, clientId: string): boolean {
    const client = this.#byId.get(clientId);
    if (!client?.isSleeping) return false;
    return this.#move(client, peer, () => {
      client.wakes(peer);
      return true;
    });
  }

  /** Lets a client do something from a perhaps new address. @returns whether it was the client's to do */
  #move(client: GatewayClient, peer: Peer, act: () => boolean): boolean {
    const { key } = client.peer;
    if (!act()) return false;
    if (key !== peer.key) {
      this.#byAddress.delete(key);
      this.#byAddress.get(peer.key)?.leave();
      this.#byAddress.set(peer.key, client);
    }
    return true;
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
    this.#shared.publish(name, data, { qos: 0, retain }, (outcome) => {
      if (outcome !== "taken") this.#counters.undelivered += 1;
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
    const { clientId } = client;
    this.#endings.set(clientId, ending);
    void ending.finally(() => {
      if (this.#endings.get(clientId) === ending) this.#endings.delete(clientId);
    });
  }

  #send(datagram: Uint8Array, to: RemoteInfo): void {
    if (!this.#socket) return;
    this.#counters.datagramsSent += 1;
    this.#socket.send(datagram, to.port, to.address, (error) => {
      if (error) this.#counters.socketErrors += 1;
    });
  }
}

function brokerError(broker: BrokerAddress, cause: unknown): CodedError {
  const where = brokerName(broker);
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : "closed";
  const what = `MQTT broker ${where} is unreachable: ${why}`;
  const fix = "start the broker or correct its URL";
  return new CodedError("broker-unreachable", what, fix, undefined, cause);
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
