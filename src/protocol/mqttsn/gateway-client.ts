import type { Message } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import type { Publish } from "./codec/publish.ts";
import type { Register } from "./codec/register.ts";
import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import { topicIdField } from "./codec/topic.ts";
import type { WillMsg } from "./codec/will-msg.ts";
import type { WillTopic } from "./codec/will-topic.ts";
import type { GatewayCounters, GatewayOptions } from "./gateway-options.ts";
import { GatewayTopics } from "./gateway-topics.ts";
import { Upstream, type Will } from "./upstream.ts";

/** Where a client is, and the way there. */
export interface Peer {
  /** One string for each client address */
  readonly key: string;
  send(message: Message): void;
}

/** What a client needs of its gateway. */
export interface House {
  readonly options: GatewayOptions;
  readonly counters: GatewayCounters;
  /** The client is gone, and its broker connection is on its way out */
  release(client: GatewayClient, ending: Promise<void>): void;
}

/** Best practice of 6.11: half a period more for short keep-alives, a tenth for those above a minute. */
const lostAfter_ms = (keepAlive_s: number): number =>
  (keepAlive_s > 60 ? keepAlive_s * 1.1 : keepAlive_s * 1.5) * 1000;

/**
 * A client as its gateway sees it, from CONNECT on: a state machine between one address and one broker connection.
 *
 *     will-topic -> will-message -> opening -> active -> gone
 */
export class GatewayClient {
  readonly peer: Peer;
  readonly #connect: Connect;
  readonly #house: House;
  readonly #topics: GatewayTopics;
  readonly #inflight = new Set<number>();
  #state: "will-topic" | "will-message" | "opening" | "active" | "gone";
  #will: Omit<Will, "payload"> | undefined;
  #upstream: Upstream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastAcknowledged: number | undefined;

  constructor(connect: Connect, peer: Peer, house: House) {
    this.peer = peer;
    this.#connect = connect;
    this.#house = house;
    this.#topics = new GatewayTopics(house.options.maxTopics, house.options.predefinedTopics);
    this.#state = connect.will ? "will-topic" : "opening";
    if (connect.will) {
      this.#timer = setTimeout(() => this.#refuse(), house.options.promptDeadline_ms);
      this.#prompt();
    } else {
      this.#open();
    }
  }

  get clientId(): string {
    return this.#connect.clientId;
  }

  /**
   * A CONNECT from the same address. While this one is being set up it is a repeat: the prompt goes out again, or the
   * broker's answer is awaited.
   *
   * @returns whether that was all; else it is a new connection
   */
  repeats(connect: Connect): boolean {
    if (
      this.#state === "active" ||
      connect.clientId !== this.clientId ||
      connect.will !== this.#connect.will
    ) {
      return false;
    }
    this.#prompt();
    return true;
  }

  receive(message: Message): void {
    if (this.#state === "active") this.#timer?.refresh();
    switch (message.type) {
      case "WILLTOPIC":
        return this.#onWillTopic(message);
      case "WILLMSG":
        return this.#onWillMsg(message);
      case "DISCONNECT":
        this.peer.send({ type: "DISCONNECT" });
        return this.leave();
    }
    if (this.#state === "active") this.#onActive(message);
    else this.#house.counters.ignored += 1;
  }

  #onActive(message: Message): void {
    const { notSupported } = RETURN_CODE;
    switch (message.type) {
      case "REGISTER":
        return this.#onRegister(message);
      case "PUBLISH":
        return this.#onPublish(message);
      case "PINGREQ":
        return this.peer.send({ type: "PINGRESP" });
      case "PINGRESP":
        return;
      case "SUBSCRIBE":
        this.#count(notSupported);
        return this.peer.send({
          type: "SUBACK",
          qos: 0,
          topicId: 0,
          msgId: message.msgId,
          returnCode: notSupported,
        });
      case "UNSUBSCRIBE":
        return this.peer.send({ type: "UNSUBACK", msgId: message.msgId });
      // MQTT 3.1.1 cannot change a will without connecting anew.
      case "WILLTOPICUPD":
        this.#count(notSupported);
        return this.peer.send({ type: "WILLTOPICRESP", returnCode: notSupported });
      case "WILLMSGUPD":
        this.#count(notSupported);
        return this.peer.send({ type: "WILLMSGRESP", returnCode: notSupported });
      default:
        this.#house.counters.ignored += 1;
    }
  }

  /** Ends the broker connection in good order; the client's will is forgotten. */
  leave(): void {
    this.#go(this.#upstream?.end() ?? Promise.resolve());
  }

  #go(ending: Promise<void>): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    clearTimeout(this.#timer);
    this.#house.release(this, ending);
  }

  #prompt(): void {
    if (this.#state === "will-topic") this.peer.send({ type: "WILLTOPICREQ" });
    if (this.#state === "will-message") this.peer.send({ type: "WILLMSGREQ" });
  }

  /** 6.2; without a topic there is no will, and no need to ask for its message. */
  #onWillTopic({ will }: WillTopic): void {
    if (this.#state !== "will-topic") {
      this.#house.counters.ignored += 1;
    } else if (will) {
      this.#will = { topic: will.willTopic, qos: will.qos, retain: will.retain };
      this.#state = "will-message";
      this.#prompt();
    } else {
      this.#open();
    }
  }

  #onWillMsg({ willMsg }: WillMsg): void {
    if (this.#state === "will-message" && this.#will) this.#open({ ...this.#will, payload: willMsg });
    else this.#house.counters.ignored += 1;
  }

  #open(will?: Will): void {
    clearTimeout(this.#timer);
    this.#state = "opening";
    const { broker, brokerDeadline_ms } = this.#house.options;
    this.#upstream = new Upstream(
      {
        url: broker,
        clientId: this.clientId,
        clean: this.#connect.cleanSession,
        deadline_ms: brokerDeadline_ms,
        ...(will ? { will } : {}),
      },
      { opened: () => this.#onOpened(), closed: () => this.#onClosed() },
    );
  }

  #onOpened(): void {
    this.#state = "active";
    this.#house.counters.connects += 1;
    const { duration_s } = this.#connect;
    if (duration_s > 0) this.#timer = setTimeout(() => this.#onSilence(), lostAfter_ms(duration_s));
    this.peer.send({ type: "CONNACK", returnCode: RETURN_CODE.accepted });
  }

  /** The broker said no, or the connection broke: the client learns it and may connect anew. */
  #onClosed(): void {
    if (this.#state === "opening") {
      this.#refuse();
      return;
    }
    this.#house.counters.brokerLost += 1;
    this.peer.send({ type: "DISCONNECT" });
    this.#go(Promise.resolve());
  }

  #refuse(): void {
    this.#house.counters.refused += 1;
    this.#count(RETURN_CODE.congestion);
    this.peer.send({ type: "CONNACK", returnCode: RETURN_CODE.congestion });
    this.#go(Promise.resolve());
  }

  /** 6.11: the broker publishes the will, as it does when the connection is cut. */
  #onSilence(): void {
    this.#house.counters.lostClients += 1;
    this.#upstream?.drop();
    this.#go(Promise.resolve());
  }

  #onRegister({ msgId, topicName }: Register): void {
    const id = this.#topics.register(topicName);
    const answer = (topicId: number, returnCode: ReturnCode): void => {
      this.#count(returnCode);
      this.peer.send({ type: "REGACK", topicId, msgId, returnCode });
    };
    if (id === "full") answer(0, RETURN_CODE.congestion);
    else if (id === "invalid") answer(0, RETURN_CODE.notSupported);
    else {
      this.#house.counters.registered += 1;
      answer(id, RETURN_CODE.accepted);
    }
  }

  #onPublish(message: Publish): void {
    const { qos, msgId, retain, data } = message;
    const { counters } = this.#house;
    const name = this.#topics.resolve(message.topic);
    if (qos === 2) return this.#answer(message, RETURN_CODE.notSupported);
    if (name === undefined) return this.#answer(message, RETURN_CODE.invalidTopicId);
    if (qos === 1 && this.#isDuplicate(message)) return;
    if (!this.#upstream || this.#isCongested()) return this.#answer(message, RETURN_CODE.congestion);
    if (qos !== 1) {
      counters.publishedQos0 += 1;
      this.#upstream.publish(name, data, { qos: 0, retain }, (ok) => {
        if (!ok) counters.undelivered += 1;
      });
      return;
    }
    counters.publishedQos1 += 1;
    this.#inflight.add(msgId);
    this.#upstream.publish(name, data, { qos, retain }, (ok) => {
      this.#inflight.delete(msgId);
      if (!ok) counters.undelivered += 1;
      if (this.#state !== "active") return;
      if (ok) this.#lastAcknowledged = msgId;
      this.#answer(message, ok ? RETURN_CODE.accepted : RETURN_CODE.congestion);
    });
  }

  /** One exchange is outstanding at a time (6.6), so a repeat is of the one in flight or of the last one. */
  #isDuplicate(message: Publish): boolean {
    const { msgId, dup } = message;
    const acknowledged = dup && msgId === this.#lastAcknowledged;
    if (!acknowledged && !this.#inflight.has(msgId)) return false;
    this.#house.counters.duplicates += 1;
    if (acknowledged) this.#answer(message, RETURN_CODE.accepted);
    return true;
  }

  #isCongested(): boolean {
    const { maxInflight, maxBuffered } = this.#house.options;
    return this.#inflight.size >= maxInflight || (this.#upstream?.buffered ?? 0) > maxBuffered;
  }

  #answer({ topic, msgId }: Publish, returnCode: ReturnCode): void {
    this.#count(returnCode);
    this.peer.send({ type: "PUBACK", topicId: topicIdField(topic), msgId, returnCode });
  }

  #count(returnCode: ReturnCode): void {
    const { counters } = this.#house;
    if (returnCode === RETURN_CODE.congestion) counters.congestion += 1;
    if (returnCode === RETURN_CODE.invalidTopicId) counters.invalidTopicId += 1;
    if (returnCode === RETURN_CODE.notSupported) counters.notSupported += 1;
  }
}
