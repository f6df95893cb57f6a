import type { IPublishPacket, UserProperties } from "mqtt-packet";
import { MqttViolation, REASON } from "../../mqtt-wire/violation.ts";

export type Qos = 0 | 1 | 2;

/** What goes from publisher to subscriber as it is (MQTT 5, 3.3.2.3). */
interface PassedOn {
  readonly payloadFormatIndicator?: boolean;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
  readonly userProperties?: UserProperties;
}

/** A message as the broker keeps it; it belongs to nothing that came from a socket. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly properties: PassedOn | undefined;
  /** Monotonic; Infinity for never */
  readonly expires_ms: number;
  /** What keeping it costs, about */
  readonly octets: number;
}

/** Of PUBLISH and of the will in CONNECT. */
interface Source {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos?: Qos | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?: object | undefined;
}

/** Objects, maps and lists around the octets of a message. */
const OVERHEAD_OCTETS = 200;

/** @param topic  in place of the one that a topic alias left out. @throws MqttViolation for a property that is none */
export function messageOf(source: Source, topic: string, now_ms: number): Message {
  const payload = Buffer.from(source.payload as Buffer);
  const { properties, expiry_s, octets } = passedOn((source.properties ?? {}) as Record<string, unknown>);
  return {
    topic,
    payload,
    qos: source.qos ?? 0,
    retain: source.retain ?? false,
    properties,
    expires_ms: expiry_s === undefined ? Infinity : now_ms + expiry_s * 1000,
    octets: OVERHEAD_OCTETS + Buffer.byteLength(topic) + payload.length + octets,
  };
}

/** A value that is there twice is a list in the parser's result, and no value (MQTT 5, 2.2.2.2). */
function property<T>(is: (value: unknown) => value is T, value: unknown): T | undefined {
  if (value === undefined || is(value)) return value;
  throw new MqttViolation("a property that has no value, or more than one", REASON.protocolError);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && value >= 0;
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

/** A number among a packet's properties. @throws MqttViolation when it is there twice or cut off */
export const numberProperty = (value: unknown): number | undefined => property(isNumber, value);

function isUserProperties(value: unknown): value is UserProperties {
  return Object.entries(value as object).every(
    ([name, it]) => isText(name) && (isText(it) || (Array.isArray(it) && it.every(isText))),
  );
}

function passedOn(given: Record<string, unknown>): {
  readonly properties: PassedOn | undefined;
  readonly expiry_s: number | undefined;
  readonly octets: number;
} {
  const data = property(Buffer.isBuffer, given["correlationData"]);
  const all = {
    payloadFormatIndicator: property(isBoolean, given["payloadFormatIndicator"]),
    contentType: property(isText, given["contentType"]),
    responseTopic: property(isText, given["responseTopic"]),
    correlationData: data && Buffer.from(data),
    userProperties: property(isUserProperties, given["userProperties"]),
  };
  const set = Object.entries(all).filter(([, value]) => value !== undefined);
  const properties = set.length > 0 ? (Object.fromEntries(set) as PassedOn) : undefined;
  return {
    properties,
    expiry_s: numberProperty(given["messageExpiryInterval"]),
    octets: properties ? JSON.stringify(properties).length : 0,
  };
}

/** A message for one subscriber. */
export interface Delivery {
  readonly message: Message;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Subscription identifiers (MQTT 5, 3.3.2.3.8) */
  readonly ids: number[];
}

export function publishPacket(
  { message, qos, retain, ids }: Delivery,
  { isVersion5, messageId, dup }: { isVersion5: boolean; messageId: number; dup: boolean },
  now_ms: number,
): IPublishPacket {
  const { topic, payload, properties, expires_ms } = message;
  const packet: IPublishPacket = { cmd: "publish", topic, payload, qos, retain, dup };
  if (qos > 0) packet.messageId = messageId;
  if (!isVersion5) return packet;
  packet.properties = { ...properties };
  if (expires_ms < Infinity) {
    packet.properties.messageExpiryInterval = Math.max(1, Math.ceil((expires_ms - now_ms) / 1000));
  }
  if (ids.length > 0) packet.properties.subscriptionIdentifier = [...ids];
  return packet;
}
