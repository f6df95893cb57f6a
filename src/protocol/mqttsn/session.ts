/**
 * A client's session (MQTT-SN 1.2 chapter 6) as a state machine: no sockets, no clock. Each input carries the time,
 * gives back what is to be done, and may move `deadline_ms`, at which `wake` is to be called.
 *
 *     idle --connect--> connecting --CONNACK--> active --disconnect--> disconnecting --DISCONNECT--> idle
 *                        ^   |  ^                | ^
 *                        +- waiting <-- lost ----+ |
 *                               |                | |
 *                   to publish  +---- asleep <- dozing      (6.14: dozing until DISCONNECT(duration) is confirmed)
 *                                      |  ^
 *                                      awake
 *
 * One exchange is outstanding at a time (6.5, 6.6); what keeps the connection itself up goes beside it.
 */
import type { Item } from "./backlog.ts";
import type { Message } from "./codec/codec.ts";
import type { ConnAck } from "./codec/connack.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { type Exchange, Line, type LossReason, unansweredSince_ms } from "./exchange.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import {
  type Effect,
  type Publication,
  SESSION_DEFAULTS,
  type SessionCounters,
  type SessionOptions,
  type SessionWill,
  type Subscription,
} from "./session-options.ts";
import { pingDue_ms, sleep_ms, sleepDue_ms } from "./session-timing.ts";
import { TopicRegistry } from "./topic-registry.ts";
import { willMsgMessage, willTopicMessage, willUpdates } from "./will.ts";

type State = "idle" | "connecting" | "active" | "waiting" | "dozing" | "asleep" | "awake" | "disconnecting";

export class Session {
  readonly #line: Line;
  readonly #topics: TopicRegistry;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  #subscriptions: readonly Subscription[];
  #will: SessionWill | undefined;
  #state: State = "idle";
  #closing = false;
  /** CONNECT after sleep: the gateway has kept everything */
  #resuming = false;
  /** CONNECT, PINGREQ or DISCONNECT, whichever the state has */
  #own: Exchange | undefined;
  /** End of `waiting` or `asleep` */
  #resume_ms = 0;
  #backoff_ms: number;
  #gateway = 0;
  /** Gateways tried since the last one that answered */
  #tried = 0;

  /** What is not given comes from SESSION_DEFAULTS. */
  constructor(options: Partial<SessionOptions> & Pick<SessionOptions, "clientId">) {
    this.#line = new Line({ ...SESSION_DEFAULTS, ...options });
    const { predefinedTopics, subscriptions, will, backoff_ms } = this.#line.options;
    this.#topics = new TopicRegistry(predefinedTopics);
    this.#outbox = new Outbox(this.#line, this.#topics);
    this.#inbox = new Inbox(this.#line, this.#topics);
    this.#subscriptions = subscriptions;
    this.#will = will;
    this.#backoff_ms = backoff_ms;
  }

  get state(): State {
    return this.#state;
  }

  get counters(): Readonly<SessionCounters> {
    return this.#line.counters;
  }

  /** Messages whose fate is open: waiting, or sent at QoS 1 or 2 and not acknowledged. */
  get pending(): number {
    return this.#outbox.pending;
  }

  /** When `wake` has something to do; Infinity when only an input can change anything. */
  get deadline_ms(): number {
    if (this.#state === "idle") return Infinity;
    if (this.#state === "waiting" || this.#state === "asleep") return this.#resume_ms;
    const own_ms = this.#own?.due_ms ?? Infinity;
    if (this.#state !== "active") return own_ms;
    const mayDoze = this.#outbox.isIdle && !this.#closing;
    const soonest_ms = Math.min(own_ms, this.#outbox.deadline_ms, sleepDue_ms(this.#line, mayDoze));
    return this.#own ? soonest_ms : Math.min(soonest_ms, pingDue_ms(this.#line));
  }

  /** Sets up the connection and keeps it up until `disconnect` or `abandon`. */
  connect(now_ms: number): Effect[] {
    if (this.#state !== "idle") throw new Error(`connect while ${this.#state}`);
    this.#closing = false;
    this.#tried = 0;
    this.#backoff_ms = this.#line.options.backoff_ms;
    this.#dial(now_ms);
    return this.#line.take();
  }

  /**
   * Offers a message. At QoS 1 and 2 it waits in the backlog while there is no connection; at QoS 0 it is suppressed
   * then, as it is while the gateway asks for silence. A sleeping client keeps every message until it wakes up. At
   * QoS -1 it goes out at once, without a connection as well.
   *
   * @throws RangeError at QoS -1 for a topic that is neither pre-defined nor short (6.8)
   */
  publish(now_ms: number, publication: Publication): Effect[] {
    const { counters } = this.#line;
    const intended_ms = publication.intended_ms ?? now_ms;
    const item: Item = { ...publication, intended_ms, sent: false, received: 0, invalidTopicIds: 0 };
    counters.offered += 1;
    if (item.qos === -1) this.#outbox.transmitNow(now_ms, item, this.#topics.sessionless(item.topic));
    else if (this.#takes(now_ms, item)) {
      this.#outbox.offer(item, this.#isSleeping());
      this.#pump(now_ms);
    } else this.#outbox.refuse(item);
    return this.#line.take();
  }

  /** Subscribes now and after each CONNACK to come; messages come as events. */
  subscribe(now_ms: number, subscription: Subscription): Effect[] {
    this.#subscriptions = [...this.#without(subscription.filter), subscription];
    if (this.#isUp()) this.#outbox.add({ kind: "subscribe", subscription });
    this.#pump(now_ms);
    return this.#line.take();
  }

  unsubscribe(now_ms: number, filter: string): Effect[] {
    this.#subscriptions = this.#without(filter);
    if (this.#isUp()) this.#outbox.add({ kind: "unsubscribe", filter });
    this.#pump(now_ms);
    return this.#line.take();
  }

  /** 6.4: changes or deletes the will, also of connections to come; without a connection only theirs. */
  updateWill(now_ms: number, will: SessionWill | undefined): Effect[] {
    this.#will = will;
    if (this.#isUp()) this.#outbox.add(...willUpdates(will));
    this.#pump(now_ms);
    return this.#line.take();
  }

  /** Sends what still waits, also over connections to come, then ends; "disconnected" tells the end. */
  disconnect(now_ms: number): Effect[] {
    this.#closing = true;
    if (this.#state === "active") this.#pump(now_ms);
    else if (this.#state === "asleep") this.#rouse(now_ms);
    else if (this.#outbox.pending === 0 && this.#state !== "disconnecting" && !this.#isSleeping()) {
      if (this.#state === "connecting") this.#line.send(now_ms, { type: "DISCONNECT" });
      this.#finish();
    }
    return this.#line.take();
  }

  /** Ends at once and says nothing; whatever is open is given up and counted, and what is overdue is told. */
  abandon(): Effect[] {
    this.#giveUp();
    return this.#line.take();
  }

  /** A message from the gateway. */
  receive(now_ms: number, message: Message): Effect[] {
    // A sleeping client's receiver is off.
    if (this.#state === "idle" || this.#state === "waiting" || this.#state === "asleep") {
      this.#line.counters.unexpected += 1;
      return this.#line.take();
    }
    // Any message is a sign of life (6.11), not only PINGRESP.
    this.#line.heard(now_ms);
    if (this.#state === "active") this.#own = undefined;
    if (this.#state === "awake" && this.#own) this.#own.due_ms = now_ms + this.#line.options.retry_ms;
    if (this.#state === "connecting") this.#onConnecting(now_ms, message);
    else this.#dispatch(now_ms, message);
    const refusedSince_ms = this.#outbox.refusedSince_ms(now_ms);
    if (refusedSince_ms !== undefined) this.#lose(now_ms, "messages-refused", refusedSince_ms);
    this.#pump(now_ms);
    return this.#line.take();
  }

  /** Does what is due; harmless when nothing is. */
  wake(now_ms: number): Effect[] {
    if (this.#state === "waiting" && now_ms >= this.#resume_ms) this.#dial(now_ms);
    if (this.#state === "asleep" && now_ms >= this.#resume_ms) this.#rouse(now_ms);
    if (this.#own && now_ms >= this.#own.due_ms && !this.#line.repeat(now_ms, this.#own)) {
      this.#onExhausted(now_ms);
    }
    if (this.#state === "active" && !this.#outbox.wake(now_ms))
      this.#lose(now_ms, "no-answer", this.#outbox.unansweredSince_ms);
    if (this.#state === "active" && !this.#own && now_ms >= pingDue_ms(this.#line)) {
      this.#own = this.#line.request(now_ms, { type: "PINGREQ" });
    }
    this.#pump(now_ms);
    return this.#line.take();
  }

  #dispatch(now_ms: number, message: Message): void {
    switch (message.type) {
      case "REGACK":
        return this.#outbox.onRegAck(now_ms, message);
      case "PUBACK":
        return this.#outbox.onPubAck(now_ms, message);
      case "PUBREC":
        return this.#outbox.onPubRec(now_ms, message.msgId);
      case "PUBCOMP":
        return this.#outbox.onPubComp(now_ms, message.msgId);
      case "SUBACK":
        return this.#outbox.onSubAck(now_ms, message);
      case "UNSUBACK":
        return this.#outbox.onUnsubAck(message.msgId);
      case "WILLTOPICRESP":
        return this.#outbox.onWillResp("WILLTOPICUPD", message.returnCode);
      case "WILLMSGRESP":
        return this.#outbox.onWillResp("WILLMSGUPD", message.returnCode);
      case "REGISTER":
        return this.#inbox.register(now_ms, message);
      case "PUBLISH":
        return this.#inbox.publish(now_ms, message);
      case "PUBREL":
        return this.#inbox.release(now_ms, message);
      case "PINGREQ":
        return this.#line.send(now_ms, { type: "PINGRESP" });
      case "PINGRESP":
        if (this.#state === "awake") this.#fallAsleep(now_ms);
        return;
      case "DISCONNECT":
        return this.#onDisconnect(now_ms);
      default:
        this.#line.counters.unexpected += 1;
    }
  }

  /** Never answered: the gateway would take an answer for a new request and so on for ever. */
  #onDisconnect(now_ms: number): void {
    if (this.#state === "disconnecting") this.#finish();
    else if (this.#state === "dozing") this.#fallAsleep(now_ms);
    else this.#lose(now_ms, "gateway-disconnected");
  }

  #onConnecting(now_ms: number, message: Message): void {
    // 6.2: the prompts are a part of CONNECT; it alone is repeated, and its patience begins anew with each of them.
    if (this.#own) this.#own.due_ms = now_ms + this.#line.options.retry_ms;
    if (message.type === "CONNACK") this.#onConnAck(now_ms, message);
    else if (message.type === "WILLTOPICREQ") this.#line.send(now_ms, willTopicMessage(this.#will));
    else if (message.type === "WILLMSGREQ") this.#line.send(now_ms, willMsgMessage(this.#will));
    else if (message.type === "DISCONNECT") this.#lose(now_ms, "gateway-disconnected");
    else this.#line.counters.unexpected += 1;
  }

  #onConnAck(now_ms: number, { returnCode }: ConnAck): void {
    const { counters, options } = this.#line;
    const began_ms = this.#own?.began_ms ?? now_ms;
    this.#own = undefined;
    if (returnCode !== RETURN_CODE.accepted) {
      counters.refused += 1;
      if (returnCode === RETURN_CODE.congestion) counters.congested += 1;
      this.#line.tell({
        kind: "refused",
        returnCode,
        heard_ms: this.#line.heardBefore_ms,
        since_ms: began_ms,
      });
      this.#wait(now_ms, options.congestionWait_ms);
      return;
    }
    this.#state = "active";
    this.#backoff_ms = options.backoff_ms;
    this.#tried = 0;
    if (!this.#resuming) {
      if (counters.connects > 0) counters.reconnects += 1;
      counters.connects += 1;
      this.#line.tell({ kind: "connected", latency_ms: now_ms - began_ms });
    }
    this.#resuming = false;
  }

  /** Puts on the wire what may go now, and ends or suspends the connection when that was asked for. */
  #pump(now_ms: number): void {
    if (this.#state !== "active") return;
    this.#outbox.pump(now_ms, this.#closing);
    if (this.#outbox.isWaiting) return;
    if (this.#closing && this.#outbox.pending === 0) {
      this.#outbox.clear();
      this.#state = "disconnecting";
      this.#own = this.#line.request(now_ms, { type: "DISCONNECT" });
    } else if (!this.#closing && now_ms >= sleepDue_ms(this.#line, this.#outbox.isIdle)) {
      this.#state = "dozing";
      const duration_s = this.#line.options.sleep?.duration_s ?? 0;
      this.#own = this.#line.request(now_ms, { type: "DISCONNECT", duration_s });
    }
  }

  #dial(now_ms: number): void {
    const { clientId, cleanSession, keepAlive_s: duration_s } = this.#line.options;
    this.#state = "connecting";
    if (!this.#resuming) {
      this.#outbox.reset(now_ms, this.#subscriptions);
      this.#inbox.reset();
    }
    // 6.3: neither flag, and the gateway keeps subscriptions and will as they are.
    const flags = this.#resuming
      ? { will: false, cleanSession: false }
      : { will: this.#will !== undefined, cleanSession };
    this.#own = this.#line.request(now_ms, { type: "CONNECT", ...flags, duration_s, clientId });
  }

  /** 6.14: to fetch messages a PINGREQ will do, to publish the client must connect. */
  #rouse(now_ms: number): void {
    this.#resuming = this.#outbox.pending > 0 || this.#closing;
    if (this.#resuming) return this.#dial(now_ms);
    this.#state = "awake";
    this.#line.counters.wakes += 1;
    const { clientId } = this.#line.options;
    this.#own = this.#line.request(now_ms, { type: "PINGREQ", clientId });
  }

  #fallAsleep(now_ms: number): void {
    this.#own = undefined;
    this.#state = "asleep";
    this.#resume_ms = now_ms + sleep_ms(this.#line);
    this.#line.tell({ kind: "asleep" });
    if (this.#closing) this.#rouse(now_ms);
  }

  /** No answer to CONNECT, PINGREQ or DISCONNECT. */
  #onExhausted(now_ms: number): void {
    if (this.#state === "disconnecting") this.#giveUp();
    // 6.14: a client that hears nothing when it wakes up goes on sleeping; the gateway may be back next time.
    else if (this.#state === "awake") this.#fallAsleep(now_ms);
    else this.#lose(now_ms, "no-answer", this.#own?.began_ms);
  }

  #lose(now_ms: number, reason: LossReason, since_ms = now_ms): void {
    this.#line.counters.lost += 1;
    this.#line.tellLoss(reason, since_ms);
    if (this.#closing && this.#outbox.pending === 0) return this.#finish();
    if (!this.#wait(now_ms, this.#backoff_ms)) return;
    this.#backoff_ms = Math.min(this.#backoff_ms * 2, this.#line.options.backoffLimit_ms);
  }

  /**
   * Waits before the next CONNECT, which is for the next gateway. One that was not tried yet need not be spared.
   *
   * @returns whether all gateways have been tried
   */
  #wait(now_ms: number, wait_ms: number): boolean {
    const { gateways, backoff_ms, random } = this.#line.options;
    this.#outbox.suspend();
    this.#state = "waiting";
    this.#resuming = false;
    this.#own = undefined;
    this.#tried += 1;
    const allTried = this.#tried >= gateways;
    if (allTried) this.#tried = 0;
    if (gateways > 1) {
      this.#gateway = (this.#gateway + 1) % gateways;
      this.#line.tell({ kind: "gateway", index: this.#gateway });
    }
    this.#resume_ms = now_ms + (allTried ? wait_ms : backoff_ms) * (0.5 + random() / 2);
    return allTried;
  }

  #giveUp(): void {
    this.#line.tellLoss("no-answer", this.#outbox.unansweredSince_ms ?? unansweredSince_ms(this.#own));
    this.#finish();
  }

  #finish(): void {
    this.#outbox.clear();
    this.#own = undefined;
    this.#closing = false;
    this.#resuming = false;
    if (this.#state !== "idle") this.#line.tell({ kind: "disconnected" });
    this.#state = "idle";
  }

  /** Whether a chore belongs to the present connection; one to come begins with what is wanted then. */
  #isUp(): boolean {
    return this.#state !== "idle" && this.#state !== "waiting" && this.#state !== "disconnecting";
  }

  #without(filter: string): Subscription[] {
    return this.#subscriptions.filter((it) => it.filter !== filter);
  }

  #isSleeping(): boolean {
    return this.#state === "dozing" || this.#state === "asleep" || this.#state === "awake" || this.#resuming;
  }

  /** Whether a message may wait. */
  #takes(now_ms: number, { qos }: Item): boolean {
    if (this.#state === "idle" || this.#state === "disconnecting" || this.#closing) return false;
    if (qos > 0 || this.#isSleeping()) return true;
    return this.#state === "active" && !this.#outbox.isPaused(now_ms);
  }
}
