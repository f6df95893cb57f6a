export interface GatewayOptions {
  /** Address to listen on */
  readonly host: string;
  /** UDP; 0 lets the system choose */
  readonly port: number;
  /** GwId of GWINFO, 0 to 255 */
  readonly gwId: number;
  /** URL of the MQTT broker, with user and password if it asks for them */
  readonly broker: string;
  /** How long the broker may take for a connection */
  readonly brokerDeadline_ms: number;
  /** How long a client may take for the answers to the will prompts */
  readonly promptDeadline_ms: number;
  /** Clients at a time; the next CONNECT is refused with "congestion" */
  readonly maxClients: number;
  /** Topic ids of a client; the next REGISTER is refused with "congestion" */
  readonly maxTopics: number;
  /** Messages of a client that the broker has not acknowledged; the next is refused with "congestion" */
  readonly maxInflight: number;
  /** Octets of a client that its broker connection has not taken; the next message is refused with "congestion" */
  readonly maxBuffered: number;
  /** Pre-defined topic ids and their names (6.7) */
  readonly predefinedTopics: ReadonlyMap<number, string>;
}

export const GATEWAY_DEFAULTS: GatewayOptions = {
  host: "127.0.0.1",
  port: 21_884,
  gwId: 1,
  broker: "mqtt://127.0.0.1:21883",
  brokerDeadline_ms: 5_000,
  promptDeadline_ms: 15_000,
  maxClients: 2_000,
  maxTopics: 1_000,
  maxInflight: 16,
  maxBuffered: 1_048_576,
  predefinedTopics: new Map(),
};

export interface GatewayCounters {
  datagramsReceived: number;
  datagramsSent: number;
  /** Datagrams that are no MQTT-SN 1.2 message */
  malformed: number;
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
  /** Clients that fell silent for longer than their keep-alive allows */
  lostClients: number;
  /** Connections that the broker ended */
  brokerLost: number;
  /** REGISTERs accepted */
  registered: number;
  /** PUBLISHes accepted, by QoS; -1 counts as 0 */
  publishedQos0: number;
  publishedQos1: number;
  /** PUBLISHes that came again while, or just after, the broker had them */
  duplicates: number;
  /** Refusals, by return code */
  congestion: number;
  invalidTopicId: number;
  notSupported: number;
  /** Publications that the broker's connection failed to take */
  undelivered: number;
}

export const noGatewayCounters = (): GatewayCounters => ({
  datagramsReceived: 0,
  datagramsSent: 0,
  malformed: 0,
  ignored: 0,
  socketErrors: 0,
  connects: 0,
  refused: 0,
  takeovers: 0,
  unknownClients: 0,
  lostClients: 0,
  brokerLost: 0,
  registered: 0,
  publishedQos0: 0,
  publishedQos1: 0,
  duplicates: 0,
  congestion: 0,
  invalidTopicId: 0,
  notSupported: 0,
  undelivered: 0,
});
