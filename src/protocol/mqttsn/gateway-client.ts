import type { Message } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import { GatewayInbox } from "./gateway-inbox.ts";
import type { GatewayCounters, GatewayOptions } from "./gateway-options.ts";
import { GatewayOutbox } from "./gateway-outbox.ts";
import { GatewaySubscriptions } from "./gateway-subscriptions.ts";
import { GatewayTopics } from "./gateway-topics.ts";
import { GatewayWill } from "./gateway-will.ts";
import type { Containment } from "../containment.ts";
import type { Allowance } from "../mqtt-wire/allowance.ts";
import { MqttViolation } from "../mqtt-wire/violation.ts";
import { Upstream, type Will } from "./upstream.ts";

/** Where a client is, and the way there. */
export interface Peer {
  /** One string for each client address */
  readonly key: string;
  /** Of the host, for the log */
  readonly host: string;
  send(message: Message): void;
}

/** What a client needs of its gateway. */
export interface House {
  readonly options: GatewayOptions;
  readonly counters: GatewayCounters;
  readonly containment: Containment;
  /** Octets of messages that wait for clients */
  readonly kept: Allowance;
  /** 6.3: wills of sessions that outlive their connection, by client id */
  readonly wills: Map<string, Will>;
  /** The client is gone, and its broker connection is on its way out */
  release(client: GatewayClient, ending: Promise<void>): void;
}

/** Best practice of 6.11: half a period more for short keep-alives, a tenth for those above a minute. */
const lostAfter_ms = (period_s: number): number => (period_s > 60 ? period_s * 1.1 : period_s * 1.5) * 1000;

/**
 * A client as its gateway sees it, from CONNECT on: a state machine between one address and one broker connection.
 *
 *     prompting -> opening -> active <-> asleep <-> awake
 *                    ^          |
 *                    +----------+ a will that changes (MQTT cannot without a new connection)
 */
export class GatewayClient {
  readonly #house: House;
  readonly #topics: GatewayTopics;
  readonly #inbox: GatewayInbox;
  readonly #outbox: GatewayOutbox;
  readonly #subscriptions: GatewaySubscriptions;
  readonly #will: GatewayWill;
  #peer: Peer;
  #connect: Connect;
  #state: "prompting" | "opening" | "active" | "asleep" | "awake" | "gone";
  /** Nothing came since CONNACK, which may have been lost */
  #isFresh = false;
  #upstream: Upstream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sleep_s = 0;
  #former: Promise<void> | undefined;

  /** @param former  the end of the client's former broker connection, lest it be taken for a broken one */
  constructor(connect: Connect, peer: Peer, house: House, former: Promise<void> | undefined) {
    this.#peer = peer;
    this.#connect = connect;
    this.#house = house;
    this.#former = former;
    const { options, counters } = house;
    const send = (message: Message): void => this.#peer.send(message);
    this.#topics = new GatewayTopics(options.maxTopics, options.predefinedTopics);
    this.#inbox = new GatewayInbox(this.#topics, house, send);
    this.#outbox = new GatewayOutbox(this.#topics, options, counters, house.kept, {
      send,
      guard: (work) => this.#guard(work),
      drained: () => this.#onDrained(),
      lost: () => this.#onSilence(),
    });
    this.#subscriptions = new GatewaySubscriptions(this.#topics, house, send);
    this.#will = new GatewayWill(house, send);
    this.#state = "prompting";
  }

  /** Call it once the gateway knows the client, which may be gone again when this returns. */
  begin(): void {
    this.#will.connect(this.#connect);
    const { promptDeadline_ms } = this.#house.options;
    if (this.#connect.will) this.#timer = this.#after(promptDeadline_ms, () => this.#refuse());
    else this.#open();
  }

  get peer(): Peer {
    return this.#peer;
  }

  get clientId(): string {
    return this.#connect.clientId;
  }

  /**
   * A CONNECT of this client that changes nothing: a repeat, because prompt or CONNACK was lost, or the end of a
   * sleep, for which the gateway has kept everything (6.14).
   *
   * @returns whether that was all; else it is a new connection
   */
  continues(connect: Connect, peer: Peer): boolean {
    if (this.#state === "asleep" || this.#state === "awake") {
      if (connect.cleanSession || connect.will) return false;
      this.#peer = peer;
      this.#connect = connect;
      this.#activate();
      return true;
    }
    if (peer.key !== this.#peer.key || this.#state === "gone") return false;
    const { will, cleanSession } = this.#connect;
    if (connect.will !== will || connect.cleanSession !== cleanSession) return false;
    if (this.#state === "active" && !this.#isFresh) return false;
    if (this.#state === "prompting" && connect.will) this.#will.prompt();
    if (this.#state === "active") this.#accept();
    return true;
  }

  /** PINGREQ of a sleeping client; its address may have changed meanwhile. */
  wakes(peer: Peer): void {
    this.#peer = peer;
    this.#wakeUp();
  }

  get isSleeping(): boolean {
    return this.#state === "asleep" || this.#state === "awake";
  }

  receive(message: Message): void {
    if (this.#state === "active") this.#timer?.refresh();
    this.#isFresh = false;
    if (message.type === "DISCONNECT") {
      const { duration_s } = message;
      // Who has no connection yet cannot sleep in it.
      if (duration_s !== undefined && this.#upstream?.connected) return this.#fallAsleep(duration_s);
      this.#peer.send({ type: "DISCONNECT" });
      return this.leave();
    }
    if (this.#state === "prompting") return this.#onPrompted(message);
    if (this.isSleeping) return this.#onSleeping(message);
    if (this.#state === "active" && this.#upstream) this.#onActive(message, this.#upstream);
    else this.#house.counters.ignored += 1;
  }

  /** Ends the broker connection in good order; the broker forgets the will. */
  leave(): void {
    this.#go(this.#upstream?.end() ?? Promise.resolve());
  }

  #onPrompted(message: Message): void {
    if (!this.#will.receive(message)) this.#house.counters.ignored += 1;
    else if (this.#will.isComplete) this.#open();
  }

  #onActive(message: Message, upstream: Upstream): void {
    switch (message.type) {
      case "REGISTER":
        return this.#inbox.register(message);
      case "PUBLISH":
        return this.#inbox.publish(message, upstream);
      case "PUBREL":
        return this.#inbox.release(message);
      case "SUBSCRIBE":
        return this.#subscriptions.subscribe(message, upstream);
      case "UNSUBSCRIBE":
        return this.#subscriptions.unsubscribe(message, upstream);
      case "PINGREQ":
        return this.#peer.send({ type: "PINGRESP" });
      case "PINGRESP":
        return;
      case "WILLTOPICUPD":
      case "WILLMSGUPD":
        if (this.#will.update(message)) this.#reopen(upstream);
        return;
      default:
        if (!this.#outbox.receive(message)) this.#house.counters.ignored += 1;
    }
  }

  /** 6.14: a client that is awake only acknowledges; to publish it must connect. */
  #onSleeping(message: Message): void {
    if (message.type === "PINGREQ") this.#wakeUp();
    else if (!this.#outbox.receive(message)) this.#house.counters.ignored += 1;
  }

  #fallAsleep(duration_s: number): void {
    this.#house.counters.sleeps += 1;
    this.#state = "asleep";
    this.#sleep_s = duration_s;
    this.#outbox.hold();
    this.#watch(duration_s);
    this.#peer.send({ type: "DISCONNECT" });
  }

  #wakeUp(): void {
    this.#state = "awake";
    clearTimeout(this.#timer);
    this.#outbox.hold();
    this.#outbox.flow();
  }

  /** 6.14: PINGRESP says "no more messages", and the client sleeps on. */
  #onDrained(): void {
    if (this.#state !== "awake") return;
    this.#state = "asleep";
    this.#outbox.hold();
    this.#watch(this.#sleep_s);
    this.#peer.send({ type: "PINGRESP" });
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#state = "opening";
    const dial = (): void =>
      this.#dial(() => {
        this.#house.counters.connects += 1;
        this.#activate();
      });
    if (this.#former) void this.#former.then(() => this.#guard(() => this.#state === "opening" && dial()));
    else dial();
  }

  /** A new broker connection with the new will; the old one ends first, which forgets the old will. */
  #reopen(upstream: Upstream): void {
    this.#state = "opening";
    this.#upstream = undefined;
    this.#outbox.hold();
    void upstream.end().then(() => this.#guard(() => this.#state === "opening" && this.#redial()));
  }

  #redial(): void {
    this.#dial((opened) => {
      this.#house.counters.willUpdates += 1;
      if (this.#connect.cleanSession) this.#subscriptions.renew(opened);
      this.#state = "active";
      this.#will.answer();
      this.#outbox.flow();
    });
  }

  #dial(opened: (upstream: Upstream) => void): void {
    const {
      broker,
      mqttVersion,
      brokerDeadline_ms: deadline_ms,
      maxQueued: receiveMax,
    } = this.#house.options;
    const { clientId, cleanSession: clean } = this.#connect;
    const will = this.#will.current;
    try {
      const upstream = new Upstream(
        { broker, mqttVersion, clientId, clean, deadline_ms, receiveMax, will },
        {
          opened: () => opened(upstream),
          closed: () => this.#onClosed(),
          arrived: (arrival) => this.#outbox.offer(arrival),
          failed: (error) => this.#onFault(error),
        },
      );
      this.#upstream = upstream;
    } catch (error) {
      this.#onFault(error);
      this.#onClosed();
    }
  }

  /** From here on the client's keep-alive counts. */
  #activate(): void {
    this.#state = "active";
    this.#isFresh = true;
    this.#watch(this.#connect.duration_s);
    this.#accept();
    this.#outbox.flow();
  }

  #accept(): void {
    this.#peer.send({ type: "CONNACK", returnCode: RETURN_CODE.accepted });
  }

  #watch(period_s: number): void {
    clearTimeout(this.#timer);
    this.#timer = period_s > 0 ? this.#after(lostAfter_ms(period_s), () => this.#onSilence()) : undefined;
  }

  /** The broker said no, or the connection broke: the client learns it and may connect anew. */
  #onClosed(): void {
    if (this.#state === "opening" && !this.#will.isChanging) return this.#refuse();
    this.#house.counters.brokerLost += 1;
    this.#peer.send({ type: "DISCONNECT" });
    this.#go(Promise.resolve());
  }

  #refuse(): void {
    const returnCode: ReturnCode = RETURN_CODE.congestion;
    this.#house.counters.refused += 1;
    this.#house.counters.congestion += 1;
    this.#peer.send({ type: "CONNACK", returnCode });
    this.#go(Promise.resolve());
  }

  /** 6.11: the broker publishes the will, as it does when the connection is cut. */
  #onSilence(): void {
    this.#house.counters.lostClients += 1;
    this.#upstream?.drop();
    this.#go(Promise.resolve());
  }

  #go(ending: Promise<void>): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    clearTimeout(this.#timer);
    this.#outbox.close(!this.#connect.cleanSession);
    this.#house.release(this, ending);
  }

  #after(delay_ms: number, act: () => void): NodeJS.Timeout {
    return setTimeout(() => this.#guard(act), delay_ms);
  }

  /** What goes wrong for this client by itself, as at a timer, costs this client. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error);
      this.#upstream?.drop();
      this.#go(Promise.resolve());
    }
  }

  /** What a broker must not send is its own affair; the connection to it ends, and that is told. */
  #onFault(error: unknown): void {
    if (error instanceof MqttViolation) return;
    this.#house.containment.caught(error, "a client's connection", this.#peer.host);
  }
}
