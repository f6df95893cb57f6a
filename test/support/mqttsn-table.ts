import type { Message } from "../../src/protocol/mqttsn/codec/codec.ts";

/** Octets of hex digits, spaces as one likes. */
export const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** At least one message of every type, its octets written by hand from the tables of 5.2 to 5.5. */
export const TABLE: readonly (readonly [string, Message])[] = [
  ["05 00 07 0384", { type: "ADVERTISE", gwId: 7, duration_s: 900 }],
  ["03 01 02", { type: "SEARCHGW", radius: 2 }],
  ["03 02 07", { type: "GWINFO", gwId: 7 }],
  ["07 02 07 7f000001", { type: "GWINFO", gwId: 7, gwAdd: Uint8Array.of(127, 0, 0, 1) }],
  [
    "0c 04 04 01 003c 636e632d3031",
    { type: "CONNECT", will: false, cleanSession: true, duration_s: 60, clientId: "cnc-01" },
  ],
  ["07 04 0c 01 0000 61", { type: "CONNECT", will: true, cleanSession: true, duration_s: 0, clientId: "a" }],
  ["03 05 01", { type: "CONNACK", returnCode: 1 }],
  ["02 06", { type: "WILLTOPICREQ" }],
  ["06 07 30 612f62", { type: "WILLTOPIC", will: { qos: 1, retain: true, willTopic: "a/b" } }],
  ["02 07", { type: "WILLTOPIC" }],
  ["02 08", { type: "WILLMSGREQ" }],
  ["05 09 6f6666", { type: "WILLMSG", willMsg: utf8("off") }],
  ["09 0a 0000 1234 612f62", { type: "REGISTER", topicId: 0, msgId: 0x1234, topicName: "a/b" }],
  ["07 0b 0102 1234 00", { type: "REGACK", topicId: 0x0102, msgId: 0x1234, returnCode: 0 }],
  [
    "09 0c a0 0102 0001 6869",
    {
      type: "PUBLISH",
      dup: true,
      qos: 1,
      retain: false,
      topic: { kind: "normal", id: 0x0102 },
      msgId: 1,
      data: utf8("hi"),
    },
  ],
  [
    "07 0c 72 6162 0000",
    {
      type: "PUBLISH",
      dup: false,
      qos: -1,
      retain: true,
      topic: { kind: "short", name: "ab" },
      msgId: 0,
      data: new Uint8Array(),
    },
  ],
  ["07 0d 0102 0001 02", { type: "PUBACK", topicId: 0x0102, msgId: 1, returnCode: 2 }],
  ["04 0e 0001", { type: "PUBCOMP", msgId: 1 }],
  ["04 0f 0001", { type: "PUBREC", msgId: 1 }],
  ["04 10 0001", { type: "PUBREL", msgId: 1 }],
  [
    "08 12 20 0002 612f23",
    { type: "SUBSCRIBE", dup: false, qos: 1, msgId: 2, topic: { kind: "name", name: "a/#" } },
  ],
  [
    "07 12 c1 0002 0009",
    { type: "SUBSCRIBE", dup: true, qos: 2, msgId: 2, topic: { kind: "predefined", id: 9 } },
  ],
  ["08 13 20 0102 0002 00", { type: "SUBACK", qos: 1, topicId: 0x0102, msgId: 2, returnCode: 0 }],
  ["07 14 02 0003 6162", { type: "UNSUBSCRIBE", msgId: 3, topic: { kind: "short", name: "ab" } }],
  ["04 15 0003", { type: "UNSUBACK", msgId: 3 }],
  ["02 16", { type: "PINGREQ" }],
  ["03 16 61", { type: "PINGREQ", clientId: "a" }],
  ["02 17", { type: "PINGRESP" }],
  ["02 18", { type: "DISCONNECT" }],
  ["04 18 0e10", { type: "DISCONNECT", duration_s: 3600 }],
  ["02 1a", { type: "WILLTOPICUPD" }],
  ["06 1a 40 612f62", { type: "WILLTOPICUPD", will: { qos: 2, retain: false, willTopic: "a/b" } }],
  ["03 1b 03", { type: "WILLTOPICRESP", returnCode: 3 }],
  ["04 1c 6f6e", { type: "WILLMSGUPD", willMsg: utf8("on") }],
  ["03 1d 00", { type: "WILLMSGRESP", returnCode: 0 }],
  [
    "05 fe 01 abcd 02 16",
    { type: "ENCAPSULATED", radius: 1, wirelessNodeId: bytes("abcd"), datagram: bytes("02 16") },
  ],
];
