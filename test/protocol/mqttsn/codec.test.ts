import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { anyMessage, MESSAGES } from "../../support/mqttsn-arbitrary.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Written by hand from the tables of 5.2 to 5.5. */
const TABLE: readonly (readonly [string, Message])[] = [
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

describe("octets of the standard's tables", () => {
  test.each(TABLE)("%s", (text, message) => {
    expect(hex(encode(message))).toBe(text.replaceAll(" ", ""));
    const decoded = decode(bytes(text));
    expect(decoded.ok && hex(encode(decoded.message))).toBe(text.replaceAll(" ", ""));
    expect(decoded).toMatchObject({ ok: true, message: { type: message.type } });
  });

  test("every type of message is in the table", () => {
    expect(new Set(TABLE.map(([, message]) => message.type))).toEqual(new Set(Object.keys(MESSAGES)));
  });
});

describe("properties", () => {
  test.each(Object.entries(MESSAGES))("%s comes back as it went", (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Message>, (message) => {
        expect(decode(encode(message))).toStrictEqual({ ok: true, message });
      }),
    );
  });

  test("no octets make the decoder throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (datagram) => {
        expect(typeof decode(datagram).ok).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
  });

  test("a mutated message is refused, or is another message that encodes", () => {
    const mutation = fc.record({ at: fc.nat(), octet: fc.nat(255), cut: fc.nat(3) });
    fc.assert(
      fc.property(anyMessage, fc.array(mutation, { minLength: 1, maxLength: 4 }), (message, mutations) => {
        let mutant = encode(message);
        for (const { at, octet, cut } of mutations) {
          mutant[at % Math.max(1, mutant.length)] = octet;
          if (cut === 0) mutant = mutant.slice(0, -1);
        }
        const decoded = decode(mutant);
        if (decoded.ok) expect(decode(encode(decoded.message))).toStrictEqual(decoded);
      }),
      { numRuns: 2000 },
    );
  });

  test("any cut or trailing octet of a plain message is a length mismatch", () => {
    const plain = anyMessage.filter((message) => message.type !== "ENCAPSULATED");
    fc.assert(
      fc.property(plain, fc.nat(), (message, at) => {
        const whole = encode(message);
        const cut = decode(whole.subarray(0, at % whole.length));
        expect(cut.ok).toBe(false);
        expect(decode(Uint8Array.of(...whole, 0))).toEqual({ ok: false, fault: "length-mismatch" });
      }),
    );
  });
});

describe("header", () => {
  const publish = (size: number): Message => ({
    type: "PUBLISH",
    dup: false,
    qos: 0,
    retain: false,
    topic: { kind: "normal", id: 1 },
    msgId: 0,
    data: new Uint8Array(size),
  });

  test("Length has one octet up to 255 and three from 256 on", () => {
    expect(hex(encode(publish(248)).subarray(0, 2))).toBe("ff0c");
    expect(encode(publish(248))).toHaveLength(255);
    expect(hex(encode(publish(249)).subarray(0, 4))).toBe("0101020c");
    expect(encode(publish(249))).toHaveLength(258);
  });

  test("65535 octets are the most", () => {
    expect(encode(publish(65_526))).toHaveLength(65_535);
    expect(decode(encode(publish(65_526))).ok).toBe(true);
    expect(() => encode(publish(65_527))).toThrow(RangeError);
    expect(() => encode(publish(70_000))).toThrow(RangeError);
  });

  test("the longer header is accepted for a short message", () => {
    expect(decode(bytes("01 0004 17"))).toEqual({ ok: true, message: { type: "PINGRESP" } });
  });
});

test.each([
  ["", "too-short"],
  ["02", "too-short"],
  ["01 0004", "too-short"],
  ["00 17", "length-mismatch"],
  ["03 17", "length-mismatch"],
  ["02 17 00", "length-mismatch"],
  ["01 0003 17", "length-mismatch"],
  ["02 03", "reserved-type"],
  ["02 11", "reserved-type"],
  ["02 19", "reserved-type"],
  ["02 1e", "reserved-type"],
  ["02 ff", "reserved-type"],
  ["01 0006 fe 00 00", "reserved-type"],
  ["03 17 00", "body-size"],
  ["02 05", "body-size"],
  ["03 07 00", "body-size"],
  ["06 0a 0000 0001", "body-size"],
  ["03 fe 00 02 17", "body-size"],
  ["04 fe 00 aa 02", "length-mismatch"],
  ["07 0a 0000 0001 ff", "invalid-text"],
  ["07 0c 02 ff41 0000", "invalid-text"],
  ["07 04 04 02 003c 61", "protocol-id"],
  ["1e 04 04 01 003c 616161616161616161616161616161616161616161616161", "client-id"],
  ["04 07 60 61", "invalid-qos"],
  ["07 12 60 0001 61 62", "invalid-qos"],
  ["07 0c 03 0001 0000", "topic-id-type"],
  ["07 12 03 0001 0002", "topic-id-type"],
  ["08 12 02 0001 616263", "body-size"],
])("%s is refused: %s", (text, fault) => {
  expect(decode(bytes(text))).toEqual({ ok: false, fault });
});

test.each<[string, Message]>([
  ["a number out of range", { type: "CONNACK", returnCode: 256 }],
  ["a fraction", { type: "PUBREL", msgId: 1.5 }],
  ["an empty topic", { type: "REGISTER", topicId: 0, msgId: 1, topicName: "" }],
  ["half a surrogate pair", { type: "REGISTER", topicId: 0, msgId: 1, topicName: "\ud800" }],
  ["24 characters", { type: "PINGREQ", clientId: "x".repeat(24) }],
  ["a short name of three", { type: "UNSUBSCRIBE", msgId: 1, topic: { kind: "short", name: "abc" } }],
  [
    "a wide radius",
    { type: "ENCAPSULATED", radius: 4, wirelessNodeId: Uint8Array.of(1), datagram: bytes("0216") },
  ],
])("%s is a programmer's error", (_what, message) => {
  expect(() => encode(message)).toThrow(RangeError);
});

test("flags that a message does not use are ignored", () => {
  expect(decode(bytes("0804 ff 01 003c 6162"))).toEqual({
    ok: true,
    message: { type: "CONNECT", will: true, cleanSession: true, duration_s: 60, clientId: "ab" },
  });
});
