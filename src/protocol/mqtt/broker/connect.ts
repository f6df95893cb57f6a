/** CONNECT and its answer (MQTT 3.1.1 and 5, 3.1 and 3.2). */
import { randomUUID } from "node:crypto";
import type { IConnackPacket, IConnectPacket } from "mqtt-packet";
import { MqttViolation, REASON } from "../../mqtt-wire/violation.ts";
import type { BrokerLimits } from "./limits.ts";
import { type Message, messageOf, numberProperty } from "./message.ts";
import { isTopicName } from "./topic.ts";

/** What a client asks for, checked. */
export interface Admission {
  readonly clientId: string;
  /** The broker made the id up */
  readonly isAssigned: boolean;
  readonly isClean: boolean;
  readonly keepAlive_s: number;
  /** Infinity for ever */
  readonly expiry_s: number;
  readonly receiveMax: number;
  readonly maxPacket_octets: number;
  readonly will: { readonly message: Message; readonly delay_s: number } | undefined;
}

/** MQTT 5, 3.1.2.11.2 */
const NEVER_EXPIRES = 0xffff_ffff;

/** Return codes of MQTT 3.1.1, 3.2.2.3 */
const RETURN_CODE = { identifierRejected: 2, serverUnavailable: 3 } as const;

/**
 * @returns what was asked for, or the answer that refuses it
 * @throws MqttViolation for what no CONNECT may say
 */
export function admit(
  connect: IConnectPacket,
  limits: BrokerLimits,
  now_ms: number,
): Admission | { readonly refusal: IConnackPacket } {
  const { clean = true, keepalive = 0, will } = connect;
  const isVersion5 = connect.protocolVersion === 5;
  if (!isVersion5 && connect.clientId === "" && !clean) return refusal(RETURN_CODE.identifierRejected);
  const properties = connect.properties ?? {};
  if (properties.authenticationMethod !== undefined) return refusal5(REASON.badAuthenticationMethod);
  if (will && (will.qos === undefined || will.qos > 2)) throw new MqttViolation("a will of QoS 3");
  if (will && !isTopicName(will.topic, limits.maxTopicLevels)) {
    throw new MqttViolation("a will for a topic that cannot be", REASON.topicNameInvalid);
  }
  const expiry_s = numberProperty(properties.sessionExpiryInterval) ?? 0;
  const receiveMax = numberProperty(properties.receiveMaximum) ?? Infinity;
  const maxPacket_octets = numberProperty(properties.maximumPacketSize) ?? Infinity;
  if (receiveMax === 0 || maxPacket_octets === 0) {
    throw new MqttViolation("a maximum of 0", REASON.protocolError);
  }
  return {
    clientId: connect.clientId === "" ? `auto-${randomUUID()}` : connect.clientId,
    isAssigned: connect.clientId === "",
    isClean: clean,
    keepAlive_s: keepalive,
    // 3.1.1: a session that is not clean does not end by itself.
    expiry_s: isVersion5 ? (expiry_s === NEVER_EXPIRES ? Infinity : expiry_s) : clean ? 0 : Infinity,
    receiveMax: Math.min(receiveMax, limits.maxInflight),
    maxPacket_octets,
    will: will && {
      message: messageOf(will, will.topic, now_ms),
      delay_s: numberProperty(will.properties?.willDelayInterval) ?? 0,
    },
  };
}

/** Too many connections at a time. */
export const busy = (isVersion5: boolean): IConnackPacket =>
  (isVersion5 ? refusal5(REASON.serverBusy) : refusal(RETURN_CODE.serverUnavailable)).refusal;

export function connack(
  { clientId, isAssigned }: Admission,
  isPresent: boolean,
  isVersion5: boolean,
  limits: BrokerLimits,
): IConnackPacket {
  if (!isVersion5) return { cmd: "connack", returnCode: 0, sessionPresent: isPresent };
  return {
    cmd: "connack",
    reasonCode: REASON.success,
    sessionPresent: isPresent,
    properties: {
      receiveMaximum: limits.maxUnreleased,
      maximumPacketSize: limits.maxPacket_octets,
      topicAliasMaximum: limits.maxAliases,
      sharedSubscriptionAvailable: false,
      ...(isAssigned ? { assignedClientIdentifier: clientId } : {}),
    },
  };
}

const refusal = (returnCode: number): { readonly refusal: IConnackPacket } => ({
  refusal: { cmd: "connack", returnCode, sessionPresent: false },
});

const refusal5 = (reasonCode: number): { readonly refusal: IConnackPacket } => ({
  refusal: { cmd: "connack", reasonCode, sessionPresent: false },
});
