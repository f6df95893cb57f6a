import type { IConnackPacket, IConnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import { type BrokerAddress, dial } from "./dial.ts";
import { PacketStream } from "./packet-stream.ts";
import { MqttViolation, REASON } from "./violation.ts";

export type Qos = 0 | 1 | 2;

/** A will as MQTT wants it with CONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
}

export interface MqttClientOptions {
  readonly broker: BrokerAddress;
  /** 4 is MQTT 3.1.1 */
  readonly version: 4 | 5;
  readonly clientId: string;
  readonly clean: boolean;
  /** How long the broker may take to accept the connection */
  readonly deadline_ms: number;
  /** MQTT 5: messages of QoS 1 and 2 that may be open at a time */
  readonly receiveMax: number;
  readonly will?: Will | undefined;
}

/** A message of the broker. */
export interface Arrival {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  /** The broker sends it again, with the id of the first time */
  readonly dup: boolean;
  /** Of the broker's; 0 at QoS 0 */
  readonly id: number;
  /** It is in safe hands: the broker need not keep it any longer. No-op when called again */
  taken(): void;
}

export interface MqttClientEvents {
  /** The broker accepted the connection */
  opened(sessionPresent: boolean): void;
  /** It never will, or the connection is over; told once, and not after `end` or `drop` */
  closed(cause: Error | undefined): void;
  arrived(arrival: Arrival): void;
  /** An event threw, or the broker sent what it must not; the connection is cut off, and `closed` follows */
  failed(error: unknown): void;
}

/** The broker's answer to a request. */
export interface Answer {
  /** MQTT 5, 2.4, or the return code of SUBACK; undefined when the connection ended before */
  readonly code: number | undefined;
}

interface Request {
  readonly cmd: "publish" | "subscribe" | "unsubscribe";
  readonly done: (answer: Answer) => void;
}

/** MQTT 5, 3.1.2.11.2: a session that is not clean does not end by itself, as in MQTT 3.1.1 */
const NEVER_EXPIRES = 0xffff_ffff;
const KEEP_ALIVE_S = 60;
/** Of the broker's packets; no message for a device is longer than a datagram, but others may listen too */
const LIMITS = { maxPacket_octets: 16_777_216, maxBacklog_octets: 16_777_216 };
const IDS = 0xffff;
/** What may wait for its answer before SUBSCRIBE and UNSUBSCRIBE fail. */
const REQUESTS_MAX = 1_000;

/** One MQTT 3.1.1 or 5 connection to a broker. It never reconnects by itself. */
export class MqttClient {
  readonly #packets: PacketStream;
  readonly #options: MqttClientOptions;
  #events: MqttClientEvents | undefined;
  #state: "opening" | "open" | "over" = "opening";
  /** What waits for its answer, by packet id */
  readonly #requests = new Map<number, Request>();
  /** QoS 2: ids of the broker's messages that it has not released */
  readonly #unreleased = new Set<number>();
  #brokerReceiveMax = IDS;
  #id = 0;
  #timer: NodeJS.Timeout | undefined;
  #isHeard = false;
  #cause: Error | undefined;
  readonly #onEnd: (() => void)[] = [];

  /** @throws Error for a URL that is none */
  constructor(options: MqttClientOptions, events: MqttClientEvents) {
    this.#options = options;
    this.#events = events;
    const { stream, credentials } = dial(options.broker);
    this.#packets = new PacketStream(stream, options.version, LIMITS, {
      packet: (packet) => this.#receive(packet),
      drained: () => undefined,
      failed: (error) => this.#fail(error),
      closed: (cause) => this.#onClosed(cause),
    });
    this.#packets.send({ ...this.#connect(), ...credentials });
    this.#timer = setTimeout(() => this.#cut(new Error("no answer")), options.deadline_ms);
  }

  get connected(): boolean {
    return this.#state === "open";
  }

  /** Octets that the connection has not taken yet. */
  get backlog_octets(): number {
    return this.#packets.backlog_octets;
  }

  /** `done` hears the reason code: at QoS 1 and 2 the broker's, at QoS 0 success once it is handed to the connection. */
  publish(
    topic: string,
    payload: Uint8Array,
    { qos, retain }: { readonly qos: Qos; readonly retain: boolean },
    done: (answer: Answer) => void,
  ): void {
    if (this.#state !== "open" || (qos > 0 && this.#requests.size >= this.#brokerReceiveMax)) {
      return done({ code: undefined });
    }
    const octets = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const packet: IPublishPacket = { cmd: "publish", topic, payload: octets, qos, retain, dup: false };
    if (qos > 0) packet.messageId = this.#nextId();
    const isSent = this.#packets.send(packet);
    if (qos === 0 || !isSent) return done({ code: isSent ? REASON.success : REASON.packetTooLarge });
    this.#requests.set(packet.messageId!, { cmd: "publish", done });
  }

  /** `done` hears the QoS that the broker grants, or a code from 80 hex on. */
  subscribe(filters: readonly string[], qos: Qos, done: (answer: Answer) => void): void {
    const subscriptions = filters.map((topic) => ({ topic, qos }));
    this.#request("subscribe", done, (messageId) => ({ cmd: "subscribe", messageId, subscriptions }));
  }

  unsubscribe(filters: readonly string[], done: (answer: Answer) => void): void {
    const unsubscriptions = [...filters];
    this.#request("unsubscribe", done, (messageId) => ({ cmd: "unsubscribe", messageId, unsubscriptions }));
  }

  /** Ends the connection in good order: the broker forgets the will. @param endsSession  and the session (MQTT 5) */
  async end(endsSession = false): Promise<void> {
    this.#events = undefined;
    if (this.#state === "over") return;
    const ended = new Promise<void>((resolve) => this.#onEnd.push(resolve));
    if (this.#state === "open") {
      const isExpiring = endsSession && this.#options.version === 5 && !this.#options.clean;
      const properties = isExpiring ? { properties: { sessionExpiryInterval: 0 } } : {};
      this.#packets.send({ cmd: "disconnect", ...properties });
      this.#packets.close();
    } else this.#packets.destroy();
    this.#over();
    await ended;
  }

  /** Cuts the connection: the broker publishes the will. */
  drop(): void {
    this.#events = undefined;
    this.#over();
    this.#packets.destroy();
  }

  #connect(): IConnectPacket {
    const { version, clientId, clean, will, receiveMax } = this.#options;
    const expiry = clean ? {} : { sessionExpiryInterval: NEVER_EXPIRES };
    return {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clientId,
      clean,
      keepalive: KEEP_ALIVE_S,
      ...(will ? { will: { ...will, payload: Buffer.from(will.payload) } } : {}),
      ...(version === 5 ? { properties: { receiveMaximum: receiveMax, ...expiry } } : {}),
    };
  }

  #receive(packet: Packet): void {
    this.#isHeard = true;
    if (this.#state === "over") return;
    if (packet.cmd === "connack") return this.#onConnAck(packet);
    if (this.#state !== "open") throw new MqttViolation(`${packet.cmd} before CONNACK`, REASON.protocolError);
    switch (packet.cmd) {
      case "publish":
        return this.#onPublish(packet);
      case "puback":
      case "pubcomp":
        return this.#answer("publish", packet.messageId, ("reasonCode" in packet && packet.reasonCode) || 0);
      case "pubrec":
        return this.#onPubRec(packet.messageId, packet.reasonCode ?? 0);
      case "pubrel":
        this.#unreleased.delete(packet.messageId ?? 0);
        return void this.#packets.send({ cmd: "pubcomp", messageId: packet.messageId ?? 0 });
      case "suback":
        return this.#answer("subscribe", packet.messageId, Math.max(...(packet.granted as number[])));
      case "unsuback":
        return this.#answer("unsubscribe", packet.messageId, REASON.success);
      case "pingresp":
        return;
      case "disconnect":
        return this.#cut(new Error(`the broker ends the connection with reason code ${packet.reasonCode}`));
      default:
        throw new MqttViolation(`${packet.cmd} from a broker`, REASON.protocolError);
    }
  }

  #onConnAck({ returnCode, reasonCode, sessionPresent, properties }: IConnackPacket): void {
    if (this.#state !== "opening") throw new MqttViolation("a second CONNACK", REASON.protocolError);
    const code = reasonCode ?? returnCode;
    if (code !== REASON.success) return this.#cut(new Error(`the broker refuses with return code ${code}`));
    this.#state = "open";
    this.#brokerReceiveMax = numberOr(IDS, properties?.receiveMaximum);
    this.#packets.peerMax_octets = numberOr(Infinity, properties?.maximumPacketSize);
    const keepAlive_s = numberOr(KEEP_ALIVE_S, properties?.serverKeepAlive);
    clearTimeout(this.#timer);
    if (keepAlive_s > 0) this.#timer = setInterval(() => this.#ping(), keepAlive_s * 1000);
    this.#events?.opened(sessionPresent);
  }

  /** A broker that has said nothing for a whole period is asked; if it says nothing for another one, it is gone. */
  #ping(): void {
    if (!this.#isHeard) return this.#cut(new Error("the broker has fallen silent"));
    this.#isHeard = false;
    this.#packets.send({ cmd: "pingreq" });
  }

  #onPublish({ topic, payload, qos, retain, dup, messageId: id = 0 }: IPublishPacket): void {
    if (qos > 0 && id < 1) throw new MqttViolation("a message without a packet identifier");
    if (topic === "") throw new MqttViolation("a message without a topic", REASON.topicAliasInvalid);
    if (qos === 2 && this.#unreleased.has(id)) return;
    if (qos === 2) this.#unreleased.add(id);
    let isTaken = qos === 0;
    const taken = (): void => {
      if (isTaken || this.#state !== "open") return;
      isTaken = true;
      this.#packets.send({ cmd: qos === 1 ? "puback" : "pubrec", messageId: id });
    };
    const data = Uint8Array.from(payload as Buffer);
    this.#events?.arrived({ topic, data, qos, retain, dup, id, taken });
  }

  #onPubRec(id: number | undefined, reasonCode: number): void {
    if (reasonCode >= REASON.unspecified) return this.#answer("publish", id, reasonCode);
    this.#packets.send({ cmd: "pubrel", messageId: id ?? 0 });
  }

  #answer(cmd: Request["cmd"], id: number | undefined, code: number): void {
    const request = this.#requests.get(id ?? 0);
    if (request?.cmd !== cmd) return;
    this.#requests.delete(id ?? 0);
    request.done({ code });
  }

  #request(cmd: Request["cmd"], done: Request["done"], packet: (id: number) => Packet): void {
    if (this.#state !== "open" || this.#requests.size >= REQUESTS_MAX) return done({ code: undefined });
    const id = this.#nextId();
    this.#packets.send(packet(id));
    this.#requests.set(id, { cmd, done });
  }

  #nextId(): number {
    do this.#id = (this.#id % IDS) + 1;
    while (this.#requests.has(this.#id));
    return this.#id;
  }

  #fail(error: unknown): void {
    const events = this.#events;
    this.#cut(error instanceof Error ? error : new Error(String(error)));
    events?.failed(error);
  }

  /** Ends it for a reason that `closed` tells. */
  #cut(cause: Error): void {
    this.#cause ??= cause;
    this.#over();
    this.#packets.destroy();
  }

  #over(): void {
    this.#state = "over";
    clearTimeout(this.#timer);
  }

  #onClosed(cause: Error | undefined): void {
    const events = this.#events;
    this.#events = undefined;
    this.#over();
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    try {
      for (const { done } of requests) done({ code: undefined });
      events?.closed(this.#cause ?? cause);
    } catch (error) {
      events?.failed(error);
    }
    for (const resolve of this.#onEnd.splice(0)) resolve();
  }
}

const numberOr = (preset: number, value: unknown): number =>
  typeof value === "number" && value >= 0 ? value : preset;
