import { printable } from "../../../errors.ts";
import { Allowance } from "../../mqtt-wire/allowance.ts";
import type { BrokerLimits } from "./limits.ts";
import { REASON } from "../../mqtt-wire/violation.ts";
import type { Delivery, Message, Qos } from "./message.ts";
import { RetainedStore } from "./retained-store.ts";
import { Session, type SessionOwner, type Subscription } from "./session.ts";
import { TopicTree } from "./topic-tree.ts";

export interface HubCounters {
  /** Connections now */
  clients: number;
  /** Connections ever accepted */
  connects: number;
  /** Messages from clients */
  published: number;
  /** Subscriptions now */
  subscriptions: number;
  /** Protocol errors and broken connections */
  clientErrors: number;
  /** Messages that subscribers did not get because they were too slow or too long away, and retained ones without room */
  dropped: number;
  /** Sessions that were ended for want of room */
  evicted: number;
}

/** Lines about slow subscribers in a second, at most. */
const SLOW_LINES = 5;

/** Subscriptions of all sessions to one filter. */
type Subscribers = Map<Session, Subscription>;

/** What connections share: sessions, subscriptions, retained messages, and the way of a message between them. */
export class Hub implements SessionOwner {
  readonly limits: BrokerLimits;
  readonly counters: HubCounters = {
    clients: 0,
    connects: 0,
    published: 0,
    subscriptions: 0,
    clientErrors: 0,
    dropped: 0,
    evicted: 0,
  };
  /** Packets from clients that came to a handler, by type */
  readonly handled: Record<string, number> = {};
  readonly retained: RetainedStore;
  readonly #log: (line: string) => void;
  /** Of all sessions */
  readonly kept: Allowance;
  readonly #sessions = new Map<string, Session>();
  readonly #subscribers = new TopicTree<Subscribers>();
  /** Sessions with drops that the log has not told */
  readonly #slow = new Set<Session>();

  constructor(limits: BrokerLimits, log: (line: string) => void) {
    this.limits = limits;
    this.#log = log;
    this.kept = new Allowance(limits.maxKept_octets);
    this.retained = new RetainedStore(limits.maxRetained, limits.maxRetained_octets);
  }

  /** Octets of all that is kept. */
  get kept_octets(): number {
    return this.kept.used_octets + this.retained.kept_octets;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * The session of a client that connects; a connection that has it loses it.
   *
   * @param isClean  what was kept for the client is forgotten
   */
  open(clientId: string, isClean: boolean, now_ms: number): { session: Session; isPresent: boolean } {
    const former = this.#sessions.get(clientId);
    former?.link?.end(REASON.sessionTakenOver);
    const kept = isClean || this.#sessions.get(clientId) !== former ? undefined : former;
    if (kept) return { session: kept, isPresent: true };
    if (former) this.end(former, now_ms);
    if (this.#sessions.size >= this.limits.maxSessions) this.#evict(now_ms);
    const session = new Session(clientId, this);
    this.#sessions.set(clientId, session);
    return { session, isPresent: false };
  }

  /** The session's connection is over. */
  left(session: Session, now_ms: number): void {
    session.detach(now_ms);
    if (session.expiry_s === 0) this.end(session, now_ms);
    else {
      // Those that wait stand in the order in which they began to.
      this.#sessions.delete(session.clientId);
      this.#sessions.set(session.clientId, session);
    }
  }

  /** Forgets a session. */
  end(session: Session, now_ms: number): void {
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
    for (const filter of session.subscriptions.keys()) this.unsubscribe(session, filter);
    session.end();
    const will = session.pendingWill;
    session.pendingWill = undefined;
    if (will) this.publish(will.message, undefined, now_ms);
  }

  /** @returns whether the session had none to this filter, or undefined when there is no room */
  subscribe(session: Session, subscription: Subscription): boolean | undefined {
    const isNew = !session.subscriptions.has(subscription.filter);
    if (!session.subscribe(subscription)) return undefined;
    let subscribers = this.#subscribers.get(subscription.filter);
    if (!subscribers) this.#subscribers.set(subscription.filter, (subscribers = new Map()));
    subscribers.set(session, subscription);
    if (isNew) this.counters.subscriptions += 1;
    return isNew;
  }

  /** @returns whether there was such a subscription */
  unsubscribe(session: Session, filter: string): boolean {
    const subscribers = this.#subscribers.get(filter);
    if (!subscribers?.delete(session)) return false;
    if (subscribers.size === 0) this.#subscribers.delete(filter);
    session.unsubscribe(filter);
    this.counters.subscriptions -= 1;
    return true;
  }

  /** To every session with a subscription that matches, once and at the highest QoS of them (3.3.5). */
  publish(message: Message, publisher: Session | undefined, now_ms: number): void {
    if (message.retain && !this.retained.put(message)) this.counters.dropped += 1;
    const found = new Map<Session, Delivery>();
    this.#subscribers.filtersOf(message.topic, (subscribers) => {
      for (const [session, subscription] of subscribers) {
        if (subscription.noLocal && session === publisher) continue;
        found.set(session, merge(found.get(session), message, subscription));
      }
    });
    for (const [session, delivery] of found) session.deliver(delivery, now_ms);
  }

  /** Ends sessions and publishes wills whose time has come, and says who was too slow. Once a second is enough. */
  sweep(now_ms: number): void {
    for (const session of this.#sessions.values()) {
      if (session.link) continue;
      const { pendingWill } = session;
      if (now_ms - session.left_ms >= session.expiry_s * 1000) this.end(session, now_ms);
      else if (pendingWill && pendingWill.due_ms <= now_ms) {
        session.pendingWill = undefined;
        this.publish(pendingWill.message, undefined, now_ms);
      }
    }
    const told = [...this.#slow].slice(0, SLOW_LINES);
    for (const session of told) {
      this.#slow.delete(session);
      const how = session.link ? "is too slow" : "was too long away";
      const what = `${session.droppedUntold} messages were dropped`;
      session.droppedUntold = 0;
      this.#log(`MQTT broker: client ${printable(session.clientId)} ${how}: ${what}`);
    }
  }

  dropped(session: Session): void {
    this.counters.dropped += 1;
    this.#slow.add(session);
  }

  /** All that sessions may keep is kept: the one that keeps most is ended, so that no other one goes without. */
  makeRoom(asking: Session): boolean {
    let greediest = asking;
    for (const session of this.#sessions.values()) {
      if (session.kept_octets > greediest.kept_octets) greediest = session;
    }
    if (greediest === asking) return false;
    const { clientId, kept_octets } = greediest;
    this.#log(
      `MQTT broker: the session of ${printable(clientId)} is ended, since it keeps ${kept_octets} octets`,
    );
    this.counters.evicted += 1;
    greediest.link?.end(REASON.quotaExceeded);
    this.end(greediest, performance.now());
    return true;
  }

  /** The session that waits longest for its client goes. */
  #evict(now_ms: number): void {
    for (const session of this.#sessions.values()) {
      if (session.link) continue;
      this.counters.evicted += 1;
      return this.end(session, now_ms);
    }
  }
}

/** Of overlapping subscriptions. */
function merge(former: Delivery | undefined, message: Message, subscription: Subscription): Delivery {
  const { qos, retainAsPublished, id } = subscription;
  const retain = message.retain && retainAsPublished;
  const level = Math.min(qos, message.qos) as Qos;
  if (!former) return { message, qos: level, retain, ids: id === undefined ? [] : [id] };
  if (id !== undefined) former.ids.push(id);
  const qosOfBoth = Math.max(level, former.qos) as Qos;
  return { message, qos: qosOfBoth, retain: retain || former.retain, ids: former.ids };
}
