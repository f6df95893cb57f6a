import type { Packet } from "mqtt-packet";
import { Allowance } from "../../mqtt-wire/allowance.ts";
import { Fifo } from "./fifo.ts";
import type { BrokerLimits } from "./limits.ts";
import { type Delivery, type Message, publishPacket, type Qos } from "./message.ts";

/** A connection, as its session sees it. */
export interface Link {
  readonly isVersion5: boolean;
  /** Whether it can take a message without keeping it for long */
  readonly isReady: boolean;
  /** QoS 1 and 2: messages that may be open at a time */
  readonly receiveMax: number;
  /** @returns false for a packet that the client does not take because of its size */
  send(packet: Packet): boolean;
  /** Ends the connection. @param reasonCode  of MQTT 5 */
  end(reasonCode: number): void;
}

/** What a session asks of its broker. */
export interface SessionOwner {
  readonly limits: BrokerLimits;
  /** What all sessions may keep together */
  readonly kept: Allowance;
  /** Takes room from the session that keeps most. @returns false when it is this one */
  makeRoom(session: Session): boolean;
  dropped(session: Session): void;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: Qos;
  /** MQTT 5, 3.8.3.1 */
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly id: number | undefined;
}

/** QoS 1 and 2: what the client has not said the last word on. */
interface Open {
  readonly delivery: Delivery;
  /** QoS 2: PUBREC came, so that PUBREL goes out and never again PUBLISH */
  isReceived: boolean;
  /** In this connection */
  isSent: boolean;
}

/** What a subscription and a session cost beside their text. */
const SUBSCRIPTION_OCTETS = 300;

/** What a client has with the broker whether or not it is there (MQTT 3.1.1 and 5, 4.1). */
export class Session {
  readonly clientId: string;
  readonly subscriptions = new Map<string, Subscription>();
  /** QoS 2: ids of the client's messages that it has not released */
  readonly unreleased = new Set<number>();
  /** How long it outlives its connection; Infinity for ever */
  expiry_s = 0;
  link: Link | undefined;
  /** When the connection ended; monotonic */
  left_ms = 0;
  /** MQTT 5, 3.1.3.2.2: a will that waits whether its client comes back */
  pendingWill: { readonly message: Message; readonly due_ms: number } | undefined;
  /** Messages that were dropped since the log said so */
  droppedUntold = 0;
  readonly #owner: SessionOwner;
  readonly #allowance: Allowance;
  #isOver = false;
  readonly #queue = new Fifo<Delivery>();
  readonly #open = new Map<number, Open>();
  /** Ids of an earlier connection that are to be sent again */
  #again = new Fifo<number>();
  #outstanding = 0;
  #messageId = 0;

  constructor(clientId: string, owner: SessionOwner) {
    this.clientId = clientId;
    this.#owner = owner;
    this.#allowance = new Allowance(owner.limits.maxQueue_octets, owner.kept);
  }

  /** Octets of its messages and subscriptions. */
  get kept_octets(): number {
    return this.#allowance.used_octets;
  }

  /** @returns false when there is no room for it */
  subscribe(subscription: Subscription): boolean {
    const { filter } = subscription;
    if (!this.subscriptions.has(filter)) {
      if (this.subscriptions.size >= this.#owner.limits.maxSubscriptions) return false;
      if (!this.#allowance.take(SUBSCRIPTION_OCTETS + filter.length)) return false;
    }
    this.subscriptions.set(filter, subscription);
    return true;
  }

  unsubscribe(filter: string): void {
    if (this.subscriptions.delete(filter)) this.#allowance.give(SUBSCRIPTION_OCTETS + filter.length);
  }

  /** Sends the message, now or later. @returns false when it was dropped */
  deliver(delivery: Delivery, now_ms: number): boolean {
    // 4.3.1: a message of QoS 0 is for those who are there.
    if (this.#isOver || (!this.link && delivery.qos === 0)) return true;
    const isNext = this.#queue.length === 0 && this.#again.length === 0 && this.#maySend(delivery.qos);
    if (isNext && delivery.qos === 0) return this.#transmit(delivery, now_ms);
    if (!this.#take(delivery.message.octets)) return this.#drop();
    if (isNext) return this.#transmit(delivery, now_ms);
    this.#queue.push(delivery);
    return true;
  }

  /** The client is there; what it has not acknowledged goes first, in the order of before (4.4). */
  attach(link: Link, now_ms: number): void {
    this.link = link;
    this.pendingWill = undefined;
    this.#outstanding = 0;
    this.#again = new Fifo();
    for (const [id, open] of this.#open) {
      open.isSent = false;
      this.#again.push(id);
    }
    this.pump(now_ms);
  }

  detach(now_ms: number): void {
    this.link = undefined;
    this.left_ms = now_ms;
  }

  /** Sends what the connection takes. */
  pump(now_ms: number): void {
    while (this.#again.first !== undefined && this.#maySend(1)) this.#repeat(this.#again.shift()!, now_ms);
    while (
      this.#queue.first !== undefined &&
      this.#again.length === 0 &&
      this.#maySend(this.#queue.first.qos)
    ) {
      const delivery = this.#queue.shift()!;
      if (delivery.qos === 0) this.#allowance.give(delivery.message.octets);
      this.#transmit(delivery, now_ms);
    }
  }

  /** PUBACK, PUBCOMP, or a PUBREC that refuses. */
  finished(id: number, now_ms: number): void {
    const open = this.#open.get(id);
    if (!open || this.#isOver) return;
    this.#close(id, open);
    this.pump(now_ms);
  }

  /** PUBREC. @returns whether there is a message with this id */
  received(id: number): boolean {
    const open = this.#open.get(id);
    if (!open || open.delivery.qos !== 2) return false;
    open.isReceived = true;
    return true;
  }

  /** Gives back all that it keeps. */
  end(): void {
    this.#isOver = true;
    this.#allowance.give(this.#allowance.used_octets);
  }

  #take(octets: number): boolean {
    if (this.#allowance.used_octets + octets > this.#owner.limits.maxQueue_octets) return false;
    while (!this.#allowance.take(octets)) if (!this.#owner.makeRoom(this)) return false;
    return true;
  }

  #maySend(qos: Qos): boolean {
    const { link } = this;
    return link !== undefined && link.isReady && (qos === 0 || this.#outstanding < link.receiveMax);
  }

  /** At QoS 1 and 2 the message has its room already. */
  #transmit(delivery: Delivery, now_ms: number): boolean {
    const { message, qos } = delivery;
    const { isVersion5 } = this.link!;
    if (message.expires_ms <= now_ms) {
      if (qos > 0) this.#allowance.give(message.octets);
      return true;
    }
    const messageId = qos > 0 ? this.#nextId() : 0;
    const isTaken = this.link!.send(publishPacket(delivery, { isVersion5, messageId, dup: false }, now_ms));
    if (qos > 0) {
      this.#open.set(messageId, { delivery, isReceived: false, isSent: true });
      this.#outstanding += 1;
      if (!isTaken) this.#close(messageId, this.#open.get(messageId)!);
    }
    return isTaken || this.#drop();
  }

  #repeat(id: number, now_ms: number): void {
    const open = this.#open.get(id);
    if (!open) return;
    const { delivery, isReceived } = open;
    const { isVersion5 } = this.link!;
    open.isSent = true;
    this.#outstanding += 1;
    const packet: Packet = isReceived
      ? { cmd: "pubrel", messageId: id }
      : publishPacket(delivery, { isVersion5, messageId: id, dup: true }, now_ms);
    if (this.link!.send(packet)) return;
    this.#close(id, open);
    this.#drop();
  }

  #close(id: number, open: Open): void {
    this.#open.delete(id);
    if (open.isSent) this.#outstanding -= 1;
    this.#allowance.give(open.delivery.message.octets);
  }

  #drop(): false {
    this.droppedUntold += 1;
    this.#owner.dropped(this);
    return false;
  }

  #nextId(): number {
    do this.#messageId = (this.#messageId % 0xffff) + 1;
    while (this.#open.has(this.#messageId));
    return this.#messageId;
  }
}
