import type { Sending } from "../port.ts";
import type { Message } from "./codec/codec.ts";
import type { Qos, SessionQos } from "./codec/flags.ts";
import type { ReturnCode } from "./codec/return-code.ts";

/** What the gateway publishes when the client falls silent (6.2). */
export interface SessionWill {
  readonly topic: string;
  /** May be empty */
  readonly message: Uint8Array;
  readonly qos: SessionQos;
  readonly retain: boolean;
}

/** A filter, which may hold wildcards, and the highest QoS wanted. */
export interface Subscription {
  readonly filter: string;
  readonly qos: SessionQos;
}

/** How a battery-powered client spends its time (6.14). */
export interface SleepOptions {
  /** Told to the gateway, 1 to 65535; the client wakes up somewhat earlier */
  readonly duration_s: number;
  /** How long nothing may happen before it falls asleep */
  readonly idle_ms: number;
}

export interface BacklogOptions {
  /** Messages that may wait for the wire */
  readonly max: number;
  /** Which one goes when it is full; the newest is the one that would be added */
  readonly drop: "oldest" | "newest";
}

/** What a session is told once. */
export interface SessionOptions {
  /** 1 to 23 characters */
  readonly clientId: string;
  /** Registered right after each CONNACK; others when they are first published to */
  readonly topics: readonly string[];
  /** Subscribed to after that; their messages come as events */
  readonly subscriptions: readonly Subscription[];
  /** Ids by name, known to the gateway in advance (6.7); names of two octets need no id either */
  readonly predefinedTopics: ReadonlyMap<string, number>;
  readonly will: SessionWill | undefined;
  readonly cleanSession: boolean;
  /** Duration of CONNECT, 0 to 65535; 0 is "none": no PINGREQ then */
  readonly keepAlive_s: number;
  /** T_retry: how long a request waits for its answer */
  readonly retry_ms: number;
  /** N_retry: how often a request is sent again before the gateway counts as lost */
  readonly retries: number;
  /** T_WAIT: silence after "rejected: congestion", and after a refused CONNECT */
  readonly congestionWait_ms: number;
  /** Wait before the first reconnect; doubles with every one that fails */
  readonly backoff_ms: number;
  readonly backoffLimit_ms: number;
  /** Gateways that may be tried in turn; one that is lost is left for the next (6.13) */
  readonly gateways: number;
  readonly backlog: BacklogOptions;
  /** Undefined for a client that stays awake */
  readonly sleep: SleepOptions | undefined;
  /** In (0, 1): spreads the reconnects of a fleet over the second half of their wait */
  readonly random: () => number;
}

/**
 * Timers are a local network's. The standard's best practice (7.2: T_retry 10 to 15 s, N_retry 3 to 5, T_WAIT above
 * 5 min) is for radio networks; there an unreachable gateway would be told after a minute.
 */
export const SESSION_DEFAULTS: Omit<SessionOptions, "clientId"> = {
  topics: [],
  subscriptions: [],
  predefinedTopics: new Map(),
  will: undefined,
  cleanSession: true,
  keepAlive_s: 30,
  retry_ms: 1_000,
  retries: 4,
  congestionWait_ms: 5_000,
  backoff_ms: 500,
  backoffLimit_ms: 30_000,
  gateways: 1,
  backlog: { max: 100, drop: "oldest" },
  sleep: undefined,
  random: () => 1,
};

/**
 * What became of the messages, and how the session fared. Every message ends in exactly one place:
 * at QoS 1 and 2    offered = acknowledged + rejected + suppressed + unconfirmed + those still pending;
 * at QoS 0 and -1   offered = published + suppressed + those still pending.
 */
export interface SessionCounters {
  /** Messages that `publish` was called with */
  offered: number;
  /** Messages that went out, each counted the first time */
  published: number;
  /** QoS 1 and 2: messages that the gateway accepted */
  acknowledged: number;
  /** PUBACKs that refused a message for good */
  rejected: number;
  /** Messages that never went out: no connection, topic refused, or pushed out of a full backlog */
  suppressed: number;
  /** QoS 1 and 2: messages that went out, were never acknowledged, and were given up */
  unconfirmed: number;
  /** Requests of any type sent again for want of an answer */
  retransmitted: number;
  /** Messages sent again with a new message id: after congestion, a new topic id or a new connection */
  republished: number;
  /** Answers "rejected: congestion" */
  congested: number;
  /** CONNACKs that accepted, the first one included */
  connects: number;
  /** CONNACKs that accepted after the connection had been lost */
  reconnects: number;
  /** CONNACKs that refused */
  refused: number;
  /** Times that the gateway fell silent, sent DISCONNECT unasked or refused each message */
  lost: number;
  /** Messages from the gateway, without repeats */
  received: number;
  /** Messages of QoS 1 and 2 that came again */
  duplicates: number;
  /** Times that a sleeping client woke up and asked for its messages */
  wakes: number;
  /** Messages that fit no exchange: late, doubled, or not for a client */
  unexpected: number;
}

export const noSessionCounters = (): SessionCounters => ({
  offered: 0,
  published: 0,
  acknowledged: 0,
  rejected: 0,
  suppressed: 0,
  unconfirmed: 0,
  retransmitted: 0,
  republished: 0,
  congested: 0,
  connects: 0,
  reconnects: 0,
  refused: 0,
  lost: 0,
  received: 0,
  duplicates: 0,
  wakes: 0,
  unexpected: 0,
});

/** A message on its way out. */
export interface Publication {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly qos: Qos;
  readonly retain?: boolean;
  /** When it should have gone out, by the session's time; by default now. Latencies count from here. */
  readonly intended_ms?: number;
  /** Kept up to date */
  readonly sending?: Sending;
}

/** How long a gateway has not done its part, in the session's time. */
interface Silence {
  /** When the gateway last answered as it should */
  readonly heard_ms: number;
  /** From when on it did not: the begin of the exchange, or the first refusal */
  readonly since_ms: number;
}

/** What happened, as far as others may care. */
export type SessionEvent =
  /** CONNACK accepted; latency from the first CONNECT of this attempt */
  | { readonly kind: "connected"; readonly latency_ms: number }
  /** The topics of the options are registered and its filters subscribed to, or refused */
  | { readonly kind: "ready" }
  /** A message goes out for the first time, so long after it should have */
  | { readonly kind: "published"; readonly topic: string; readonly delay_ms: number }
  /**
   * QoS 1 and 2; `latency_ms` from when it should have gone out, `roundTrip_ms` from its first transmission in this
   * exchange
   */
  | {
      readonly kind: "acknowledged";
      readonly topic: string;
      readonly latency_ms: number;
      readonly roundTrip_ms: number;
    }
  /** A message, or for "topic-refused" a whole topic, that the gateway does not take */
  | { readonly kind: "failed"; readonly topic: string; readonly returnCode: ReturnCode }
  | { readonly kind: "topic-refused"; readonly topic: string; readonly returnCode: ReturnCode }
  | { readonly kind: "subscribed"; readonly filter: string; readonly qos: SessionQos }
  | { readonly kind: "unsubscribed"; readonly filter: string }
  | { readonly kind: "subscription-refused"; readonly filter: string; readonly returnCode: ReturnCode }
  /** The gateway's answer to a changed will, or to one of its two parts */
  | { readonly kind: "will-updated"; readonly returnCode: ReturnCode }
  /** A message of a topic that was subscribed to */
  | {
      readonly kind: "message";
      readonly topic: string;
      readonly data: Uint8Array;
      readonly qos: SessionQos;
      readonly retain: boolean;
    }
  /** The gateway keeps messages from now on */
  | { readonly kind: "asleep" }
  /** CONNACK did not accept; the session tries again later */
  | ({ readonly kind: "refused"; readonly returnCode: ReturnCode } & Silence)
  /** The gateway is congested; nothing is published for so long */
  | { readonly kind: "congested"; readonly wait_ms: number }
  /** The session tries to come back by itself */
  | ({
      readonly kind: "lost";
      /** It did not answer, sent DISCONNECT, or refused each message for as long as it may be silent */
      readonly reason: "no-answer" | "gateway-disconnected" | "messages-refused";
    } & Silence)
  /** From now on messages are for the gateway with this number, which counts from 0 */
  | { readonly kind: "gateway"; readonly index: number }
  /** The end that `disconnect` or `abandon` asked for */
  | { readonly kind: "disconnected" };

/** What a step of the session wants done, in this order. */
export type Effect =
  | {
      readonly kind: "send";
      readonly message: Message;
      /** Of the message that a PUBLISH carries */
      readonly sending?: Sending;
    }
  | SessionEvent;
