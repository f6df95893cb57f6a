import fc from "fast-check";
import type { Message } from "../../src/protocol/mqttsn/codec/codec.ts";

type Of<T extends Message["type"]> = Extract<Message, { type: T }>;

const uint8 = fc.nat(0xff);
const uint16 = fc.nat(0xffff);
const text = fc.string({ unit: "binary", minLength: 1, maxLength: 300 });
const clientId = fc.string({ unit: "binary", minLength: 1, maxLength: 23 });
const octets = fc.uint8Array({ maxLength: 400 });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const ack = { topicId: uint16, msgId: uint16, returnCode: uint8 };

/** Plain objects, as the decoder makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });
const withId = <K extends "normal" | "predefined">(kind: K) =>
  record<{ kind: K; id: number }>({ kind: fc.constant(kind), id: uint16 });
const short = record({
  kind: fc.constant("short" as const),
  name: fc.oneof(fc.string({ minLength: 2, maxLength: 2 }), fc.constant("é")),
});
const filter = fc.oneof(
  record({ kind: fc.constant("name" as const), name: text }),
  withId("predefined"),
  short,
);
const topic = fc.oneof(withId("normal"), withId("predefined"), short);
const will = record({ qos, retain: fc.boolean(), willTopic: text });

function message<T extends Message["type"]>(
  type: T,
  fields: { [K in keyof Omit<Of<T>, "type">]-?: fc.Arbitrary<NonNullable<Of<T>[K]>> },
  optional: readonly (keyof typeof fields)[] = [],
): fc.Arbitrary<Of<T>> {
  const model = { type: fc.constant(type), ...fields } as Record<string, fc.Arbitrary<unknown>>;
  const requiredKeys = Object.keys(model).filter((key) => !optional.includes(key as never));
  return fc.record(model, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<Of<T>>;
}

/** Any message of each type that the codec can encode. */
export const MESSAGES: { readonly [T in Message["type"]]: fc.Arbitrary<Of<T>> } = {
  ADVERTISE: message("ADVERTISE", { gwId: uint8, duration_s: uint16 }),
  SEARCHGW: message("SEARCHGW", { radius: uint8 }),
  GWINFO: message("GWINFO", { gwId: uint8, gwAdd: fc.uint8Array({ minLength: 1, maxLength: 16 }) }, [
    "gwAdd",
  ]),
  CONNECT: message("CONNECT", {
    will: fc.boolean(),
    cleanSession: fc.boolean(),
    duration_s: uint16,
    clientId,
  }),
  CONNACK: message("CONNACK", { returnCode: uint8 }),
  WILLTOPICREQ: message("WILLTOPICREQ", {}),
  WILLTOPIC: message("WILLTOPIC", { will }, ["will"]),
  WILLMSGREQ: message("WILLMSGREQ", {}),
  WILLMSG: message("WILLMSG", { willMsg: octets }),
  REGISTER: message("REGISTER", { topicId: uint16, msgId: uint16, topicName: text }),
  REGACK: message("REGACK", ack),
  PUBLISH: message("PUBLISH", {
    dup: fc.boolean(),
    qos: fc.constantFrom(-1, 0, 1, 2),
    retain: fc.boolean(),
    topic,
    msgId: uint16,
    data: octets,
  }),
  PUBACK: message("PUBACK", ack),
  PUBCOMP: message("PUBCOMP", { msgId: uint16 }),
  PUBREC: message("PUBREC", { msgId: uint16 }),
  PUBREL: message("PUBREL", { msgId: uint16 }),
  SUBSCRIBE: message("SUBSCRIBE", { dup: fc.boolean(), qos, msgId: uint16, topic: filter }),
  SUBACK: message("SUBACK", { qos, ...ack }),
  UNSUBSCRIBE: message("UNSUBSCRIBE", { msgId: uint16, topic: filter }),
  UNSUBACK: message("UNSUBACK", { msgId: uint16 }),
  PINGREQ: message("PINGREQ", { clientId }, ["clientId"]),
  PINGRESP: message("PINGRESP", {}),
  DISCONNECT: message("DISCONNECT", { duration_s: uint16 }, ["duration_s"]),
  WILLTOPICUPD: message("WILLTOPICUPD", { will }, ["will"]),
  WILLTOPICRESP: message("WILLTOPICRESP", { returnCode: uint8 }),
  WILLMSGUPD: message("WILLMSGUPD", { willMsg: octets }),
  WILLMSGRESP: message("WILLMSGRESP", { returnCode: uint8 }),
  ENCAPSULATED: message("ENCAPSULATED", {
    radius: fc.nat(3),
    wirelessNodeId: fc.uint8Array({ minLength: 1, maxLength: 252 }),
    datagram: fc.uint8Array({ minLength: 2, maxLength: 400 }),
  }),
};

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  ...Object.values(MESSAGES),
) as fc.Arbitrary<Message>;
