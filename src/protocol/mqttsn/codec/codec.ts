/**
 * MQTT-SN 1.2 messages to octets and back: pure, one file a message.
 *
 * Strict means: Length must be the datagram's, a body must be exactly what its type has, text must be UTF-8, and
 * what the standard calls reserved is a fault. Two things it leaves to the receiver are let through: flags that a
 * message does not use (ignored, 5.3.4) and return codes from 04 on (a refusal, 5.3.10). Lenient decoding takes
 * what real peers get wrong and counts it (`Tolerable`).
 */
import { type Advertise, advertise } from "./advertise.ts";
import { type ConnAck, connAck } from "./connack.ts";
import { type Connect, connect } from "./connect.ts";
import { type Disconnect, disconnect } from "./disconnect.ts";
import { decodeEncapsulated, type Encapsulated, ENCAPSULATED, encodeEncapsulated } from "./encapsulated.ts";
import { type GwInfo, gwInfo } from "./gwinfo.ts";
import { type DecodeFault, type Packet, Reader, type Tolerated, Writer } from "./octets.ts";
import { type PingReq, pingReq } from "./pingreq.ts";
import { type PingResp, pingResp } from "./pingresp.ts";
import { type PubAck, pubAck } from "./puback.ts";
import { type Publish, publish } from "./publish.ts";
import { type PubComp, pubComp, type PubRec, pubRec, type PubRel, pubRel } from "./pubrec.ts";
import { type RegAck, regAck } from "./regack.ts";
import { type Register, register } from "./register.ts";
import { type SearchGw, searchGw } from "./searchgw.ts";
import { type SubAck, subAck } from "./suback.ts";
import { type Subscribe, subscribe } from "./subscribe.ts";
import { type UnsubAck, unsubAck } from "./unsuback.ts";
import { type Unsubscribe, unsubscribe } from "./unsubscribe.ts";
import * as msg from "./will-msg.ts";
import * as topic from "./will-topic.ts";

/** Messages with the common header (5.2). */
type Plain =
  | Advertise
  | SearchGw
  | GwInfo
  | Connect
  | ConnAck
  | topic.WillTopicReq
  | topic.WillTopic
  | msg.WillMsgReq
  | msg.WillMsg
  | Register
  | RegAck
  | Publish
  | PubAck
  | PubComp
  | PubRec
  | PubRel
  | Subscribe
  | SubAck
  | Unsubscribe
  | UnsubAck
  | PingReq
  | PingResp
  | Disconnect
  | topic.WillTopicUpd
  | topic.WillTopicResp
  | msg.WillMsgUpd
  | msg.WillMsgResp;

export type Message = Plain | Encapsulated;

export type Decoded =
  { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly fault: DecodeFault };

const PACKETS: { readonly [T in Plain["type"]]: Packet<Extract<Plain, { type: T }>> } = {
  ADVERTISE: advertise,
  SEARCHGW: searchGw,
  GWINFO: gwInfo,
  CONNECT: connect,
  CONNACK: connAck,
  WILLTOPICREQ: topic.willTopicReq,
  WILLTOPIC: topic.willTopic,
  WILLMSGREQ: msg.willMsgReq,
  WILLMSG: msg.willMsg,
  REGISTER: register,
  REGACK: regAck,
  PUBLISH: publish,
  PUBACK: pubAck,
  PUBCOMP: pubComp,
  PUBREC: pubRec,
  PUBREL: pubRel,
  SUBSCRIBE: subscribe,
  SUBACK: subAck,
  UNSUBSCRIBE: unsubscribe,
  UNSUBACK: unsubAck,
  PINGREQ: pingReq,
  PINGRESP: pingResp,
  DISCONNECT: disconnect,
  WILLTOPICUPD: topic.willTopicUpd,
  WILLTOPICRESP: topic.willTopicResp,
  WILLMSGUPD: msg.willMsgUpd,
  WILLMSGRESP: msg.willMsgResp,
};

const BY_CODE: (Packet<Plain> | undefined)[] = Array.from({ length: 256 }, () => undefined);
for (const packet of Object.values(PACKETS)) BY_CODE[packet.code] = packet as Packet<Plain>;

/**
 * One message as one datagram, with the shorter header where it fits.
 *
 * @throws RangeError for what no message can hold: numbers out of range, empty or ill-formed text, more than
 *   65535 octets in all
 */
export function encode(message: Message): Uint8Array {
  if (message.type === "ENCAPSULATED") return encodeEncapsulated(message);
  const packet = PACKETS[message.type] as Packet<Plain>;
  const out = new Writer();
  packet.write(message, out);
  return out.message(packet.code);
}

/**
 * One datagram as one message; never throws. Octet fields of the message are views into `datagram`.
 *
 * @param tolerated  given, decoding is lenient and counts here what it lets pass
 */
export function decode(datagram: Uint8Array, tolerated?: Tolerated): Decoded {
  // A Buffer's views would be Buffers; messages hold plain octets wherever they come from.
  const bytes = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
  const long = bytes[0] === 0x01;
  const header = long ? 4 : 2;
  if (bytes.length < header) return { ok: false, fault: "too-short" };
  const code = bytes[header - 1] ?? 0;
  if (!long && code === ENCAPSULATED) {
    const message = decodeEncapsulated(bytes);
    return typeof message === "string" ? { ok: false, fault: message } : { ok: true, message };
  }
  const length = long ? (bytes[1] ?? 0) * 256 + (bytes[2] ?? 0) : (bytes[0] ?? 0);
  // Not even leniently: what is missing cannot be made up, and cutting off what is too much would pass on half of a
  // payload when the Length is what is wrong.
  if (length !== bytes.length) return { ok: false, fault: "length-mismatch" };
  const packet = BY_CODE[code];
  if (!packet) return { ok: false, fault: "reserved-type" };
  const body = new Reader(bytes, header, tolerated);
  const message = packet.read(body);
  if (body.remaining > 0) body.object("body-size");
  return body.fault ? { ok: false, fault: body.fault } : { ok: true, message };
}

/** A version of MQTT-SN on the wire; sessions and gateways speak messages and leave octets to it. */
export interface Codec {
  readonly version: string;
  encode(message: Message): Uint8Array;
  decode(datagram: Uint8Array, tolerated?: Tolerated): Decoded;
}

export const MQTT_SN_1_2: Codec = { version: "1.2", encode, decode };
