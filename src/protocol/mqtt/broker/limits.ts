/** What one client, and all of them together, may cost a broker. */
export interface BrokerLimits {
  /** From the beginning of a connection to its CONNECT */
  readonly connectDeadline_ms: number;
  /** Connections at a time; the next one is refused */
  readonly maxConnections: number;
  /** Of them, over TCP: each takes one of the process's file descriptors */
  readonly maxSockets: number;
  /** Sessions, those that wait for their client included; beyond it the one that waits longest goes */
  readonly maxSessions: number;
  /** Of a packet from a client */
  readonly maxPacket_octets: number;
  /** What a connection may owe its client before it reads no more from it */
  readonly maxBacklog_octets: number;
  /** Messages that wait for a subscriber or for its acknowledgement; beyond it the newest is dropped */
  readonly maxQueue_octets: number;
  /** Messages and subscriptions of all sessions; beyond it the one that keeps most is ended */
  readonly maxKept_octets: number;
  readonly maxRetained: number;
  readonly maxRetained_octets: number;
  /** Of one session */
  readonly maxSubscriptions: number;
  /** QoS 1 and 2: messages at a time that a subscriber has not acknowledged */
  readonly maxInflight: number;
  /** QoS 2: messages at a time that a publisher has not released */
  readonly maxUnreleased: number;
  /** Of a topic name or filter */
  readonly maxTopicLevels: number;
  /** Topic aliases of a connection (MQTT 5) */
  readonly maxAliases: number;
}

export const BROKER_LIMITS: BrokerLimits = {
  connectDeadline_ms: 10_000,
  maxConnections: 50_000,
  maxSockets: 2_000,
  maxSessions: 50_000,
  maxPacket_octets: 1_048_576,
  maxBacklog_octets: 262_144,
  maxQueue_octets: 4_194_304,
  maxKept_octets: 268_435_456,
  maxRetained: 10_000,
  maxRetained_octets: 67_108_864,
  maxSubscriptions: 1_000,
  maxInflight: 64,
  maxUnreleased: 1_000,
  maxTopicLevels: 128,
  maxAliases: 16,
};
