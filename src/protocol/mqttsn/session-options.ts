import type { Message } from "./codec/codec.ts";
import type { ReturnCode } from "./codec/return-code.ts";

/** What a session is told once. */
export interface SessionOptions {
  /** 1 to 23 characters */
  readonly clientId: string;
  /** Registered right after each CONNACK; others when they are first published to */
  readonly topics: readonly string[];
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
  /** Messages that may wait for the wire; beyond it the oldest is dropped and counted */
  readonly backlog: number;
}

/**
 * Timers are a local network's. The standard's best practice (7.2: T_retry 10 to 15 s, N_retry 3 to 5, T_WAIT above
 * 5 min) is for radio networks; there an unreachable gateway would be told after a minute.
 */
export const SESSION_DEFAULTS: Omit<SessionOptions, "clientId"> = {
  topics: [],
  cleanSession: true,
  keepAlive_s: 30,
  retry_ms: 1_000,
  retries: 4,
  congestionWait_ms: 5_000,
  backoff_ms: 500,
  backoffLimit_ms: 30_000,
  backlog: 100,
};

/**
 * What became of the messages, and how the session fared. Every message ends in exactly one place:
 * at QoS 1   offered = acknowledged + rejected + suppressed + unconfirmed + those still pending;
 * at QoS 0   offered = published + suppressed + those still pending.
 */
export interface SessionCounters {
  /** Messages that `publish` was called with */
  offered: number;
  /** Messages that went out, each counted the first time */
  published: number;
  /** QoS 1: messages that the gateway accepted */
  acknowledged: number;
  /** PUBACKs that refused a message for good */
  rejected: number;
  /** Messages that never went out: no connection, topic refused, or pushed out of a full backlog */
  suppressed: number;
  /** QoS 1: messages that went out, were never acknowledged, and were given up */
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
  /** Times that the gateway fell silent or sent DISCONNECT unasked */
  lost: number;
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
  unexpected: 0,
});

/** What happened, as far as others may care. */
export type SessionEvent =
  /** CONNACK accepted; latency from the first CONNECT of this attempt */
  | { readonly kind: "connected"; readonly latency_ms: number }
  /** The topics of the options are registered, or refused */
  | { readonly kind: "ready" }
  /** QoS 1; latency from the message's first transmission of this exchange */
  | { readonly kind: "acknowledged"; readonly topic: string; readonly latency_ms: number }
  /** A message, or for "topic-refused" a whole topic, that the gateway does not take */
  | { readonly kind: "failed"; readonly topic: string; readonly returnCode: ReturnCode }
  | { readonly kind: "topic-refused"; readonly topic: string; readonly returnCode: ReturnCode }
  /** CONNACK did not accept; the session tries again later */
  | { readonly kind: "refused"; readonly returnCode: ReturnCode }
  /** The session tries to come back by itself */
  | { readonly kind: "lost"; readonly reason: "no-answer" | "gateway-disconnected" }
  /** The end that `disconnect` or `abandon` asked for */
  | { readonly kind: "disconnected" };

/** What a step of the session wants done, in this order. */
export type Effect = { readonly kind: "send"; readonly message: Message } | SessionEvent;
