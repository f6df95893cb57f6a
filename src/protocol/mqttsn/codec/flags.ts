import type { Reader } from "./octets.ts";

/** 5.3.4: -1 publishes without a session and is written as 11. */
export type Qos = -1 | 0 | 1 | 2;

/** Of wills and subscriptions, where -1 has no meaning. */
export type SessionQos = Exclude<Qos, -1>;

/** 5.3.4: bits 1 and 0 of the flags */
export const TOPIC_ID_TYPE = { normal: 0b00, predefined: 0b01, short: 0b10 } as const;

const DUP = 0x80;
const QOS_SHIFT = 5;
const RETAIN = 0x10;
const WILL = 0x08;
const CLEAN_SESSION = 0x04;

/** The flags octet (5.3.4). Each message uses some of them; the others are sent as 0 and ignored when received. */
export interface Flags {
  readonly dup: boolean;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly will: boolean;
  readonly cleanSession: boolean;
  /** 0 to 3; 3 is reserved */
  readonly topicIdType: number;
}

export function flagsOctet(flags: Partial<Flags>): number {
  return (
    (flags.dup ? DUP : 0) |
    (((flags.qos ?? 0) & 0b11) << QOS_SHIFT) |
    (flags.retain ? RETAIN : 0) |
    (flags.will ? WILL : 0) |
    (flags.cleanSession ? CLEAN_SESSION : 0) |
    (flags.topicIdType ?? 0)
  );
}

const QOS: readonly Qos[] = [0, 1, 2, -1];

export function readFlags(body: Reader): Flags {
  const octet = body.uint8();
  return {
    dup: (octet & DUP) !== 0,
    qos: QOS[(octet >> QOS_SHIFT) & 0b11] ?? 0,
    retain: (octet & RETAIN) !== 0,
    will: (octet & WILL) !== 0,
    cleanSession: (octet & CLEAN_SESSION) !== 0,
    topicIdType: octet & 0b11,
  };
}

/** The QoS of a message that cannot have -1. */
export function sessionQos(flags: Flags, body: Reader): SessionQos {
  if (flags.qos !== -1) return flags.qos;
  body.object("invalid-qos");
  return 0;
}
