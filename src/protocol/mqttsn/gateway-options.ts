import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import type { BrokerAddress } from "./upstream.ts";

export interface GatewayOptions {
  /** Address to listen on */
  readonly host: string;
  /** UDP; 0 lets the system choose */
  readonly port: number;
  /** GwId of GWINFO and ADVERTISE, 0 to 255 */
  readonly gwId: number;
  /** The MQTT broker: a URL, with user and password if it asks for them, or a way to one in this process */
  readonly broker: BrokerAddress;
  /** 4 is MQTT 3.1.1 */
  readonly mqttVersion: 4 | 5;
  /** How long the broker may take for a connection */
  readonly brokerDeadline_ms: number;
  /** Wait before the connection for QoS -1 is tried again */
  readonly brokerRetry_ms: number;
  /** How long a client may take for the answers to the will prompts */
  readonly promptDeadline_ms: number;
  /** T_retry and N_retry towards clients; one that answers nothing then counts as lost */
  readonly retry_ms: number;
  readonly retries: number;
  /** T_WAIT after a client's "congestion" */
  readonly congestionWait_ms: number;
  /** Clients at a time; the next CONNECT is refused with "congestion" */
  readonly maxClients: number;
  /** Subscriptions of a client; the next SUBSCRIBE is refused with "congestion". Topic ids of a client, and 1024 times as many octets of their names; the next REGISTER is refused with "congestion" */
  readonly maxTopics: number;
  /** Messages of a client that the broker has not acknowledged; the next is refused with "congestion" */
  readonly maxInflight: number;
  /** Octets of a client that its broker connection has not taken; the next message is refused with "congestion" */
  readonly maxBuffered: number;
  /** Messages that wait for a client that is slow or asleep; beyond it the oldest is dropped and counted */
  readonly maxQueued: number;
  /** Of them, for one client */
  readonly maxQueued_octets: number;
  /** Of them, for all clients */
  readonly maxKept_octets: number;
  /** Octets of topic and data that a client may be sent; what is longer is dropped and counted */
  readonly maxMessage: number;
  /** Pre-defined topic ids and their names (6.7) */
  readonly predefinedTopics: ReadonlyMap<number, string>;
  /** Takes what real clients get wrong, and counts it */
  readonly lenient: boolean;
  /** 6.1: where the gateway announces itself and is searched for; undefined for a gateway that is known */
  readonly beacon: BeaconOptions | undefined;
  readonly log: (line: string) => void;
}

export interface BeaconOptions {
  /** IPv4 multicast group */
  readonly group: string;
  /** UDP */
  readonly port: number;
  /** T_ADV, 1 to 65535 */
  readonly every_s: number;
}

export const GATEWAY_DEFAULTS: GatewayOptions = {
  host: "127.0.0.1",
  port: 21_884,
  gwId: 1,
  broker: "mqtt://127.0.0.1:21883",
  mqttVersion: 4,
  brokerDeadline_ms: 5_000,
  brokerRetry_ms: 1_000,
  promptDeadline_ms: 15_000,
  retry_ms: 1_000,
  retries: 4,
  congestionWait_ms: 5_000,
  maxClients: 20_000,
  maxTopics: 1_000,
  maxInflight: 16,
  maxBuffered: 1_048_576,
  maxQueued: 100,
  maxQueued_octets: 1_048_576,
  maxKept_octets: 268_435_456,
  maxMessage: 65_000,
  predefinedTopics: new Map(),
  lenient: true,
  beacon: undefined,
  log: () => undefined,
};

export interface GatewayCounters {
  datagramsReceived: number;
  datagramsSent: number;
  /** Datagrams that are no MQTT-SN 1.2 message */
  malformed: number;
  /** Faults of messages that were let pass */
  tolerated: number;
  /** Messages that no gateway expects, or not now */
  ignored: number;
  socketErrors: number;
  /** Connections accepted */
  connects: number;
  /** Connections refused: too many, or the broker said no */
  refused: number;
  /** Clients that came back with the same id from another address */
  takeovers: number;
  /** Messages from addresses without a connection, answered with DISCONNECT */
  unknownClients: number;
  /** Clients that fell silent for longer than their keep-alive or sleep allows, or did not acknowledge */
  lostClients: number;
  /** Connections that the broker ended */
  brokerLost: number;
  /** REGISTERs accepted */
  registered: number;
  /** SUBSCRIBEs accepted */
  subscribed: number;
  /** PUBLISHes accepted, by QoS; -1 counts as 0 */
  publishedQos0: number;
  publishedQos1: number;
  publishedQos2: number;
  /** PUBLISHes that came again while, or just after, the broker had them */
  duplicates: number;
  /** Messages of the broker for clients */
  arrived: number;
  /** Messages sent to clients, without repeats; at QoS 1 and 2 those that were acknowledged */
  delivered: number;
  /** Requests to clients sent again for want of an answer */
  retransmitted: number;
  /** Messages for clients that were dropped: queue full, too long, refused, or the client was lost */
  dropped: number;
  /** Times that a client went to sleep */
  sleeps: number;
  /** Wills changed by connected clients */
  willUpdates: number;
  /** Refusals, by return code */
  congestion: number;
  invalidTopicId: number;
  notSupported: number;
  /** Publications that the broker's connection failed to take */
  undelivered: number;
  /** Exceptions that cost their datagram or client and nothing else */
  faults: number;
}

export const noGatewayCounters = (): GatewayCounters => ({
  datagramsReceived: 0,
  datagramsSent: 0,
  malformed: 0,
  tolerated: 0,
  ignored: 0,
  socketErrors: 0,
  connects: 0,
  refused: 0,
  takeovers: 0,
  unknownClients: 0,
  lostClients: 0,
  brokerLost: 0,
  registered: 0,
  subscribed: 0,
  publishedQos0: 0,
  publishedQos1: 0,
  publishedQos2: 0,
  duplicates: 0,
  arrived: 0,
  delivered: 0,
  retransmitted: 0,
  dropped: 0,
  sleeps: 0,
  willUpdates: 0,
  congestion: 0,
  invalidTopicId: 0,
  notSupported: 0,
  undelivered: 0,
  faults: 0,
});

/** Counts an answer that is none of acceptance. */
export function countRefusal(counters: GatewayCounters, returnCode: ReturnCode): void {
  if (returnCode === RETURN_CODE.congestion) counters.congestion += 1;
  if (returnCode === RETURN_CODE.invalidTopicId) counters.invalidTopicId += 1;
  if (returnCode === RETURN_CODE.notSupported) counters.notSupported += 1;
}
