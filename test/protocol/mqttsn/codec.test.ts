import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, type Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { noTolerated } from "../../../src/protocol/mqttsn/codec/octets.ts";
import { anyMessage, MESSAGES } from "../../support/mqttsn-arbitrary.ts";
import { bytes, TABLE } from "../../support/mqttsn-table.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
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

describe("lenient", () => {
  test.each([
    ["03 17 00", "body-size", { type: "PINGRESP" }],
    ["04 1b 00 00", "body-size", { type: "WILLTOPICRESP", returnCode: 0 }],
    ["07 0a 0000 0001 ff", "invalid-text", { type: "REGISTER", topicId: 0, msgId: 1, topicName: "\ufffd" }],
    [
      "07 04 04 02 003c 61",
      "protocol-id",
      { type: "CONNECT", will: false, cleanSession: true, duration_s: 60, clientId: "a" },
    ],
    [
      "1a 16 616161616161616161616161616161616161616161616161",
      "client-id",
      { type: "PINGREQ", clientId: "a".repeat(24) },
    ],
    ["04 07 60 61", "invalid-qos", { type: "WILLTOPIC", will: { qos: 0, retain: false, willTopic: "a" } }],
  ])("%s is taken and counted as %s", (text, fault, message) => {
    const tolerated = noTolerated();
    expect(decode(bytes(text), tolerated)).toEqual({ ok: true, message });
    expect(tolerated).toEqual({ ...noTolerated(), [fault]: 1 });
    expect(decode(bytes(text))).toEqual({ ok: false, fault });
  });

  test.each([
    ["03 17", "length-mismatch"],
    ["02 17 00 00", "length-mismatch"],
    ["00 17", "length-mismatch"],
    ["01 0002 17 00", "length-mismatch"],
    ["02 05", "body-size"],
    ["02 03", "reserved-type"],
    ["07 0c 02 ff41 0000", "invalid-text"],
    ["07 0c 03 0001 0000", "topic-id-type"],
  ])("%s is refused all the same: %s", (text, fault) => {
    const tolerated = noTolerated();
    expect(decode(bytes(text), tolerated)).toEqual({ ok: false, fault });
    expect(tolerated).toEqual(noTolerated());
  });

  test("what a strict decoder takes is the same to a lenient one, and nothing makes it throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), anyMessage.map(encode)), (datagram) => {
        const strict = decode(datagram);
        const lenient = decode(datagram, noTolerated());
        if (strict.ok) expect(lenient).toStrictEqual(strict);
      }),
      { numRuns: 2000 },
    );
  });
});
