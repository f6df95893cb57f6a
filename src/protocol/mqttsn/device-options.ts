import { RandomKey } from "../../engine/random.ts";
import type { Containment } from "../containment.ts";
import { STREAMS, type StreamKind } from "../dataset.ts";
import type { Qos } from "./codec/flags.ts";
import type { SessionCounters, SessionEvent, SessionOptions } from "./session-options.ts";
import type { Sending } from "../port.ts";
import type { Emission, PublisherOptions } from "./publisher.ts";
import { type Transport, type TransportCounters, UdpTransport } from "./transport.ts";

/** Where a gateway listens. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

export interface DeviceOptions extends PublisherOptions {
  /** At least one; the others are tried in turn when one is lost */
  readonly gateways: readonly GatewayAddress[];
  /** -1 publishes without a connection, to topics that are pre-defined or short */
  readonly qos: Qos;
  /** With {plant}, {group}, {unit} and {stream} */
  readonly topics: string;
  /** Stands for {plant} */
  readonly plant: string;
  readonly streams: readonly StreamKind[];
  /** Listens on the stream `command` and answers on `answer` */
  readonly commands: boolean;
  /** Keeps the stream `connection` up to date: "connected", "ended", and by the gateway's hand "lost" */
  readonly will: boolean;
  /** How long `start` waits for the gateway */
  readonly startDeadline_ms: number;
  /** How long `stop` waits for the gateway */
  readonly stopDeadline_ms: number;
  /** Whatever is not given comes from SESSION_DEFAULTS */
  readonly session: Partial<Omit<SessionOptions, OwnedBySession>>;
  /** The way to a gateway */
  readonly transport: (gateway: GatewayAddress) => Transport;
  /** Hears what happens, with latencies; must not throw */
  readonly onEvent: (event: SessionEvent) => void;
  /** Keeps what a gateway's datagrams or a timer cause to go wrong; one of its own by default */
  readonly containment?: Containment;
  /** Hears of every message of a stream before it is sent; what it returns is kept up to date */
  readonly onEmission?: (emission: Emission) => Sending;
}

/** What the device knows better. */
type OwnedBySession = "clientId" | "topics" | "subscriptions" | "will" | "gateways" | "random";

export const DEVICE_DEFAULTS: DeviceOptions = {
  gateways: [{ host: "127.0.0.1", port: 21_884 }],
  qos: 1,
  topics: "{plant}/{group}/{unit}/{stream}",
  plant: "taktwerk",
  streams: STREAMS,
  commands: false,
  will: false,
  encoding: "json",
  publish: "tick",
  payloadLimit: 1_024,
  isWallTime: false,
  random: RandomKey.root(0),
  startDeadline_ms: 5_000,
  stopDeadline_ms: 500,
  session: {},
  transport: ({ host, port }) => new UdpTransport(host, port),
  onEvent: () => undefined,
  log: () => undefined,
};

export interface DeviceCounters extends SessionCounters, TransportCounters {
  /** Datagrams that are no MQTT-SN 1.2 message */
  malformed: number;
  /** Faults of messages that were let pass */
  tolerated: number;
  /** Messages whose fate is open */
  pending: number;
  /** Commands that were carried out or refused */
  commands: number;
  /** Values that are too long for a message by themselves, and so were never sent */
  oversized: number;
}
