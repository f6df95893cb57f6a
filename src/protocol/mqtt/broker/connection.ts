import type { Duplex } from "node:stream";
import type { IConnectPacket, IDisconnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import type { Containment } from "../../containment.ts";
import { PacketStream } from "../../mqtt-wire/packet-stream.ts";
import { MqttViolation, REASON } from "../../mqtt-wire/violation.ts";
import { type Admission, admit, busy, connack } from "./connect.ts";
import type { Hub } from "./hub.ts";
import { messageOf, numberProperty } from "./message.ts";
import type { Link, Session } from "./session.ts";
import { Subscribing } from "./subscribing.ts";
import { isTopicName } from "./topic.ts";

/** MQTT 3.1.1 and 5, 3.1.2.10: silence of one and a half keep-alives. */
const KEEP_ALIVE_SHARE = 1.5;

/** What a broker's connections share. */
export interface Lobby {
  readonly hub: Hub;
  readonly containment: Containment;
  readonly connections: Set<Connection>;
}

/**
 * One client's connection: CONNECT first and once, then every other packet, then an end.
 * What is wrong with a packet, or goes wrong with it, ends this connection and nothing else.
 */
export class Connection implements Link {
  readonly #lobby: Lobby;
  readonly #hub: Hub;
  readonly #peer: string | undefined;
  readonly #packets: PacketStream;
  readonly #subscribing: Subscribing;
  /** Topics by alias (MQTT 5, 3.3.2.3.4) */
  readonly #aliases = new Map<number, string>();
  #session: Session | undefined;
  #admission: Admission | undefined;
  #heard_ms: number;

  /** @param peer  address of the other side, for the log */
  constructor(stream: Duplex, lobby: Lobby, peer: string | undefined) {
    this.#lobby = lobby;
    this.#hub = lobby.hub;
    this.#peer = peer;
    this.#heard_ms = performance.now();
    this.#packets = new PacketStream(stream, 4, lobby.hub.limits, {
      packet: (packet) => this.#receive(packet),
      drained: () => this.#session?.pump(performance.now()),
      failed: (error) => this.#fail(error),
      closed: (cause) => this.#onClosed(cause),
    });
    this.#subscribing = new Subscribing(this.#hub, this.#packets, (error) => this.#fail(error));
    lobby.connections.add(this);
  }

  get isVersion5(): boolean {
    return this.#packets.version === 5;
  }

  get isReady(): boolean {
    return this.#packets.isReady;
  }

  get receiveMax(): number {
    return this.#admission?.receiveMax ?? 0;
  }

  send(packet: Packet): boolean {
    return this.#packets.send(packet);
  }

  /** MQTT 5 says why; a client that does not listen is cut off later. */
  end(reasonCode: number): void {
    if (this.isVersion5 && this.#session) this.send({ cmd: "disconnect", reasonCode });
    this.#leave(true);
    this.#packets.close();
  }

  /** Ends a connection whose client has been silent for too long. */
  sweep(now_ms: number): void {
    const silent_ms = now_ms - this.#heard_ms;
    if (!this.#admission) {
      if (silent_ms > this.#hub.limits.connectDeadline_ms) this.destroy();
      return;
    }
    const { keepAlive_s } = this.#admission;
    if (keepAlive_s > 0 && silent_ms > keepAlive_s * 1000 * KEEP_ALIVE_SHARE) {
      this.#hub.counters.clientErrors += 1;
      this.end(REASON.keepAliveTimeout);
    }
  }

  destroy(): void {
    this.#packets.destroy();
  }

  #receive(packet: Packet): void {
    const { handled } = this.#hub;
    handled[packet.cmd] = (handled[packet.cmd] ?? 0) + 1;
    this.#heard_ms = performance.now();
    if (packet.cmd === "connect") return this.#onConnect(packet);
    const session = this.#session;
    if (!session) throw new MqttViolation(`${packet.cmd} before CONNECT`, REASON.protocolError);
    this.#onPacket(packet, session);
  }

  #onPacket(packet: Packet, session: Session): void {
    switch (packet.cmd) {
      case "publish":
        return this.#onPublish(packet, session);
      case "puback":
      case "pubcomp":
        return session.finished(messageId(packet), this.#heard_ms);
      case "pubrec":
        return this.#onPubRec(messageId(packet), packet.reasonCode ?? 0, session);
      case "pubrel":
        return this.#onPubRel(messageId(packet), session);
      case "subscribe":
        return this.#subscribing.subscribe(packet, messageId(packet), session, this.isVersion5);
      case "unsubscribe":
        return this.#subscribing.unsubscribe(packet, messageId(packet), session);
      case "pingreq":
        return void this.send({ cmd: "pingresp" });
      case "disconnect":
        return this.#onDisconnect(packet, session);
      default:
        throw new MqttViolation(`${packet.cmd} from a client`, REASON.protocolError);
    }
  }

  #onConnect(connect: IConnectPacket): void {
    if (this.#session) throw new MqttViolation("a second CONNECT", REASON.protocolError);
    const { limits, counters } = this.#hub;
    const version = connect.protocolVersion ?? 4;
    this.#packets.version = version;
    const admission = admit(connect, limits, this.#heard_ms);
    const refusal =
      "refusal" in admission
        ? admission.refusal
        : this.#lobby.connections.size > limits.maxConnections
          ? busy(this.isVersion5)
          : undefined;
    if (refusal || "refusal" in admission) {
      counters.clientErrors += 1;
      this.send(refusal!);
      return this.#packets.close();
    }
    const { clientId, isClean, expiry_s } = admission;
    const { session, isPresent } = this.#hub.open(clientId, isClean, this.#heard_ms);
    this.#admission = admission;
    this.#session = session;
    session.expiry_s = expiry_s;
    counters.connects += 1;
    counters.clients += 1;
    this.send(connack(admission, isPresent, this.isVersion5, limits));
    this.#packets.peerMax_octets = admission.maxPacket_octets;
    session.attach(this, this.#heard_ms);
  }

  #onPublish(packet: IPublishPacket, session: Session): void {
    const { qos, properties } = packet;
    const id = qos > 0 ? messageId(packet) : 0;
    const topic = this.#topicOf(packet);
    if (properties?.subscriptionIdentifier !== undefined) {
      throw new MqttViolation("a subscription identifier from a client", REASON.protocolError);
    }
    if (qos < 2 || !session.unreleased.has(id)) {
      if (qos === 2 && session.unreleased.size >= this.#hub.limits.maxUnreleased) {
        throw new MqttViolation("too many messages without PUBREL", REASON.receiveMaximumExceeded);
      }
      const message = messageOf(packet, topic, this.#heard_ms);
      if (qos === 2) session.unreleased.add(id);
      this.#hub.counters.published += 1;
      this.#hub.publish(message, session, this.#heard_ms);
    }
    if (qos === 1) this.send({ cmd: "puback", messageId: id });
    if (qos === 2) this.send({ cmd: "pubrec", messageId: id });
  }

  /** MQTT 5, 3.3.2.3.4: the name that an alias stands for. */
  #topicOf({ topic, properties }: IPublishPacket): string {
    const alias = this.isVersion5 ? numberProperty(properties?.topicAlias) : undefined;
    if (alias !== undefined && (alias < 1 || alias > this.#hub.limits.maxAliases)) {
      throw new MqttViolation(`topic alias ${alias}`, REASON.topicAliasInvalid);
    }
    const name = topic === "" && alias !== undefined ? this.#aliases.get(alias) : topic;
    if (name === undefined || !isTopicName(name, this.#hub.limits.maxTopicLevels)) {
      throw new MqttViolation("a topic that cannot be published to", REASON.topicNameInvalid);
    }
    if (alias !== undefined) this.#aliases.set(alias, name);
    return name;
  }

  #onPubRec(id: number, reasonCode: number, session: Session): void {
    if (reasonCode >= REASON.unspecified) return session.finished(id, this.#heard_ms);
    const isKnown = session.received(id);
    const unknown = isKnown || !this.isVersion5 ? {} : { reasonCode: REASON.packetIdentifierNotFound };
    this.send({ cmd: "pubrel", messageId: id, ...unknown });
  }

  /** Answered also when nothing is held, since the PUBCOMP before may have been lost. */
  #onPubRel(id: number, session: Session): void {
    const isKnown = session.unreleased.delete(id);
    const unknown = isKnown || !this.isVersion5 ? {} : { reasonCode: REASON.packetIdentifierNotFound };
    this.send({ cmd: "pubcomp", messageId: id, ...unknown });
  }

  #onDisconnect({ reasonCode = 0, properties }: IDisconnectPacket, session: Session): void {
    const expiry_s = numberProperty(properties?.sessionExpiryInterval);
    if (expiry_s !== undefined && expiry_s > 0 && session.expiry_s === 0) {
      throw new MqttViolation("a session that ends with its connection is to live on", REASON.protocolError);
    }
    if (expiry_s !== undefined) session.expiry_s = expiry_s === 0xffff_ffff ? Infinity : expiry_s;
    this.#leave(reasonCode === REASON.disconnectWithWill);
    this.#packets.close();
  }

  #fail(error: unknown): void {
    if (error instanceof MqttViolation) this.#hub.counters.clientErrors += 1;
    else this.#lobby.containment.caught(error, "a packet", this.#peer);
    this.end(error instanceof MqttViolation ? error.reasonCode : REASON.unspecified);
  }

  #onClosed(cause: Error | undefined): void {
    this.#lobby.connections.delete(this);
    if (cause) this.#hub.counters.clientErrors += 1;
    this.#lobby.containment.run("the end of a connection", this.#peer, () => this.#leave(true));
  }

  /** The session goes on without this connection, or ends. @param withWill  the client did not say goodbye */
  #leave(withWill: boolean): void {
    const session = this.#session;
    if (!session) return;
    const now_ms = performance.now();
    this.#session = undefined;
    this.#hub.counters.clients -= 1;
    this.#subscribing.stop();
    const will = withWill ? this.#admission?.will : undefined;
    const delay_ms = Math.min(will?.delay_s ?? 0, session.expiry_s) * 1000;
    if (will && delay_ms > 0) session.pendingWill = { message: will.message, due_ms: now_ms + delay_ms };
    this.#hub.left(session, now_ms);
    if (will && delay_ms === 0) this.#hub.publish(will.message, undefined, now_ms);
  }
}

/** @throws MqttViolation when it is none: 2.3.1 */
function messageId(packet: Packet): number {
  const { messageId: id } = packet;
  if (id !== undefined && id > 0) return id;
  throw new MqttViolation(`${packet.cmd} without a packet identifier`);
}
