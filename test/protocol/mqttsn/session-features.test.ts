/** What a session does beyond publishing at QoS 0 and 1. */
import { describe, expect, test } from "vitest";
import type { Publish } from "../../../src/protocol/mqttsn/codec/publish.ts";
import { DATA, Hand } from "../../support/session-hand.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const ACCEPTED = { type: "CONNACK", returnCode: 0 } as const;
const WILL = { topic: "gone", message: utf8("bye"), qos: 1, retain: true } as const;

const incoming = (fields: Partial<Publish>): Publish => ({
  type: "PUBLISH",
  dup: false,
  qos: 0,
  retain: false,
  topic: { kind: "normal", id: 1 },
  msgId: 0,
  data: DATA,
  ...fields,
});

describe("will", () => {
  test("prompted for at each fresh connection; a lost prompt is overcome by CONNECT again", () => {
    const hand = new Hand({ will: WILL });
    hand.do(hand.session.connect(hand.now_ms));
    expect(hand.sent()).toMatchObject([{ type: "CONNECT", will: true }]);
    hand.pass(900).hear({ type: "WILLTOPICREQ" }).pass(900);
    expect(hand.sent()).toEqual([{ type: "WILLTOPIC", will: { willTopic: "gone", qos: 1, retain: true } }]);
    hand.pass(100);
    expect(hand.sent()).toMatchObject([{ type: "CONNECT", will: true }]);
    hand.hear({ type: "WILLTOPICREQ" }).hear({ type: "WILLMSGREQ" }).hear(ACCEPTED);
    expect(hand.sent()).toMatchObject([
      { type: "WILLTOPIC" },
      { type: "WILLMSG", willMsg: WILL.message },
      { type: "REGISTER" },
    ]);
  });

  test("prompted without having one: the empty WILLTOPIC", () => {
    const hand = new Hand();
    hand.do(hand.session.connect(hand.now_ms)).hear({ type: "WILLTOPICREQ" });
    expect(hand.sent().at(-1)).toEqual({ type: "WILLTOPIC" });
  });

  test("changed while connected: topic, then message, each answered; and again at the next connection", () => {
    const hand = new Hand().connected();
    hand.log();
    hand.do(hand.session.updateWill(hand.now_ms, WILL));
    expect(hand.sent()).toEqual([
      { type: "WILLTOPICUPD", will: { willTopic: "gone", qos: 1, retain: true } },
    ]);
    hand.hear({ type: "WILLMSGRESP", returnCode: 0 }).hear({ type: "WILLTOPICRESP", returnCode: 0 });
    expect(hand.log()).toEqual([{ kind: "will-updated", returnCode: 0 }, "WILLMSGUPD"]);
    hand.hear({ type: "WILLMSGRESP", returnCode: 3 });
    expect(hand.log()).toEqual([{ kind: "will-updated", returnCode: 3 }]);
    expect(hand.session.counters.unexpected).toBe(1);
    hand.hear({ type: "DISCONNECT" }).pass(500);
    expect(hand.sent()).toMatchObject([{ type: "CONNECT", will: true }]);
  });

  test("deleted by the empty WILLTOPICUPD alone, repeated until it is answered", () => {
    const hand = new Hand({ will: WILL }).connected();
    hand.log();
    hand.do(hand.session.updateWill(hand.now_ms, undefined)).pass(1_000);
    expect(hand.sent()).toEqual([{ type: "WILLTOPICUPD" }, { type: "WILLTOPICUPD" }]);
    hand.hear({ type: "WILLTOPICRESP", returnCode: 0 });
    expect(hand.log()).toEqual([{ kind: "will-updated", returnCode: 0 }]);
  });
});

describe("subscriptions", () => {
  const subscriptions = [{ filter: "cmd", qos: 1 }] as const;

  test("after the topics and before ready, at every connection; the id of SUBACK is known from then on", () => {
    const hand = new Hand({ subscriptions }).connected();
    expect(hand.sent().at(-1)).toEqual({
      type: "SUBSCRIBE",
      dup: false,
      qos: 1,
      msgId: 2,
      topic: { kind: "name", name: "cmd" },
    });
    hand.pass(1_000);
    expect(hand.sent()).toMatchObject([{ type: "SUBSCRIBE", dup: true, msgId: 2 }]);
    hand.hear({ type: "SUBACK", qos: 1, topicId: 9, msgId: 2, returnCode: 0 });
    expect(hand.log()).toEqual([{ kind: "subscribed", filter: "cmd", qos: 1 }, { kind: "ready" }]);
    hand.hear(incoming({ topic: { kind: "normal", id: 9 } }));
    expect(hand.log()).toEqual([{ kind: "message", topic: "cmd", data: DATA, qos: 0, retain: false }]);
    hand.hear({ type: "DISCONNECT" }).pass(500).hear(ACCEPTED).registered(3, 1);
    expect(hand.sent().at(-1)).toMatchObject({ type: "SUBSCRIBE", msgId: 4, dup: false });
  });

  test("refused: told once, and the session is ready all the same; congested: again after T_WAIT", () => {
    const hand = new Hand({ subscriptions }).connected();
    hand.log();
    hand.hear({ type: "SUBACK", qos: 0, topicId: 0, msgId: 2, returnCode: 1 }).pass(4_999);
    expect(hand.log()).toEqual([{ kind: "congested", wait_ms: 5_000 }]);
    hand.pass(1);
    expect(hand.log()).toEqual(["SUBSCRIBE"]);
    hand.hear({ type: "SUBACK", qos: 0, topicId: 0, msgId: 3, returnCode: 3 });
    expect(hand.log()).toEqual([
      { kind: "subscription-refused", filter: "cmd", returnCode: 3 },
      { kind: "ready" },
    ]);
  });

  test("unsubscribed: UNSUBACK is awaited, and the next connection does without", () => {
    const hand = new Hand({ subscriptions }).connected();
    hand.hear({ type: "SUBACK", qos: 1, topicId: 9, msgId: 2, returnCode: 0 });
    hand.log();
    hand.do(hand.session.unsubscribe(hand.now_ms, "cmd")).hear({ type: "UNSUBACK", msgId: 3 });
    expect(hand.log()).toEqual(["UNSUBSCRIBE", { kind: "unsubscribed", filter: "cmd" }]);
    hand.hear({ type: "DISCONNECT" }).pass(500).hear(ACCEPTED).registered(4, 1);
    expect(hand.log()).not.toContain("SUBSCRIBE");
  });

  test("asked for while the connection is being set up, it is part of it", () => {
    const hand = new Hand();
    hand.do(hand.session.connect(hand.now_ms));
    hand.do(hand.session.subscribe(hand.now_ms, { filter: "a/#", qos: 2 }));
    hand.hear(ACCEPTED).registered(1, 1);
    expect(hand.sent().at(-1)).toMatchObject({ type: "SUBSCRIBE", topic: { kind: "name", name: "a/#" } });
  });
});

describe("messages from the gateway", () => {
  test("QoS 1: acknowledged; a repeat is acknowledged again and not told again", () => {
    const hand = new Hand().connected();
    hand.log();
    hand.hear(incoming({ qos: 1, msgId: 5 })).hear(incoming({ qos: 1, msgId: 5, dup: true }));
    const puback = { type: "PUBACK", topicId: 1, msgId: 5, returnCode: 0 };
    expect(hand.log()).toMatchObject([{ kind: "message" }, "PUBACK", "PUBACK"]);
    hand.hear(incoming({ qos: 1, msgId: 6 }));
    expect(hand.sent()).toEqual([{ ...puback, msgId: 6 }]);
    expect(hand.session.counters).toMatchObject({ received: 2, duplicates: 1 });
  });

  test("QoS 2: told once until it is released, and released also when nothing is held", () => {
    const hand = new Hand().connected();
    hand.log();
    const publish = incoming({ qos: 2, msgId: 5 });
    hand
      .hear(publish)
      .hear({ ...publish, dup: true })
      .hear({ type: "PUBREL", msgId: 5 });
    hand.hear({ type: "PUBREL", msgId: 5 }).hear(publish);
    expect(hand.log()).toMatchObject([
      { kind: "message", qos: 2 },
      ...["PUBREC", "PUBREC", "PUBCOMP", "PUBCOMP"],
      { kind: "message" },
      "PUBREC",
    ]);
  });

  test("a topic nobody knows is refused whatever the QoS; the gateway's REGISTER mends it", () => {
    const hand = new Hand().connected();
    hand.log();
    const topic = { kind: "normal", id: 44 } as const;
    hand.hear(incoming({ topic })).hear({ type: "REGISTER", topicId: 44, msgId: 900, topicName: "x/y" });
    hand.hear(incoming({ topic }));
    expect(hand.log()).toMatchObject(["PUBACK", "REGACK", { kind: "message", topic: "x/y" }]);
  });

  test("short and pre-defined topics have their names", () => {
    const hand = new Hand({ predefinedTopics: new Map([["seven", 7]]) }).connected();
    hand.log();
    hand.hear(incoming({ topic: { kind: "short", name: "ab" } }));
    hand.hear(incoming({ topic: { kind: "predefined", id: 7 } }));
    expect(hand.log()).toMatchObject([{ topic: "ab" }, { topic: "seven" }]);
  });

  test("an id that the gateway gives to another name means that name", () => {
    const hand = new Hand().connected();
    hand.hear({ type: "REGISTER", topicId: 1, msgId: 900, topicName: "b" });
    hand.log();
    hand.hear(incoming({})).publish("a");
    expect(hand.log()).toMatchObject([{ kind: "message", topic: "b" }, "REGISTER"]);
  });
});

describe("kinds of topics", () => {
  const predefinedTopics = new Map([["seven", 7]]);

  test("pre-defined and short ones are never registered", () => {
    const hand = new Hand({ predefinedTopics, topics: ["seven", "ab"] });
    hand.do(hand.session.connect(hand.now_ms)).hear(ACCEPTED).publish("seven").acked(1).publish("ab");
    expect(hand.sent()).toMatchObject([
      { type: "CONNECT" },
      { type: "PUBLISH", topic: { kind: "predefined", id: 7 } },
      { type: "PUBLISH", topic: { kind: "short", name: "ab" } },
    ]);
    hand.do(hand.session.subscribe(hand.now_ms, { filter: "seven", qos: 0 })).acked(2);
    expect(hand.sent()).toMatchObject([{ type: "SUBSCRIBE", topic: { kind: "predefined", id: 7 } }]);
  });

  test("a pre-defined id that the gateway does not know is refused for good: REGISTER cannot cure it", () => {
    const hand = new Hand({ predefinedTopics }).connected().publish("seven").acked(2, 2, 7);
    expect(hand.session.counters).toMatchObject({ rejected: 1 });
  });

  test("QoS -1 goes out without a connection and is never answered", () => {
    const hand = new Hand({ predefinedTopics }).publish("seven", -1);
    expect(hand.sent()).toMatchObject([
      { type: "PUBLISH", qos: -1, msgId: 0, topic: { kind: "predefined" } },
    ]);
    expect(hand.session.counters).toMatchObject({ offered: 1, published: 1 });
    expect(() => hand.publish("x/y", -1)).toThrow(RangeError);
  });
});

describe("publishing at QoS 2", () => {
  test("PUBLISH, PUBREC, PUBREL, PUBCOMP; only the step that is not answered is repeated", () => {
    const hand = new Hand().connected();
    hand.log();
    hand.publish("a", 2).pass(1_000).hear({ type: "PUBREC", msgId: 2 }).pass(1_000);
    expect(hand.sent()).toMatchObject([
      { type: "PUBLISH", qos: 2, dup: false, msgId: 2 },
      { type: "PUBLISH", qos: 2, dup: true, msgId: 2 },
      { type: "PUBREL", msgId: 2 },
      { type: "PUBREL", msgId: 2 },
    ]);
    hand.hear({ type: "PUBCOMP", msgId: 2 });
    expect(hand.log()).toEqual([
      { kind: "acknowledged", topic: "a", latency_ms: 2_000, roundTrip_ms: 2_000 },
    ]);
  });

  test("what the gateway has taken is not published again over a new connection, only released", () => {
    const hand = new Hand().connected().publish("a", 2).hear({ type: "PUBREC", msgId: 2 });
    hand.hear({ type: "DISCONNECT" }).pass(500).hear(ACCEPTED);
    hand.log();
    hand.registered(3, 1);
    expect(hand.sent()).toEqual([{ type: "PUBREL", msgId: 2 }]);
    hand.hear({ type: "PUBCOMP", msgId: 2 });
    expect(hand.session.counters).toMatchObject({ published: 1, republished: 0, acknowledged: 1 });
  });

  test("PUBACK is its refusal", () => {
    const hand = new Hand().connected().publish("a", 2).acked(2, 3);
    expect(hand.session.counters).toMatchObject({ rejected: 1 });
  });
});

test("latency counts from when a message should have gone out, the round trip from when it did", () => {
  const hand = new Hand().connected();
  hand.sent();
  const intended_ms = hand.now_ms - 40;
  hand.do(hand.session.publish(hand.now_ms, { topic: "a", data: DATA, qos: 1, intended_ms }));
  hand.pass(5).acked(2);
  expect(hand.log()).toContainEqual({ kind: "acknowledged", topic: "a", latency_ms: 45, roundTrip_ms: 5 });
});

test("a full backlog may drop the newest instead", () => {
  const hand = new Hand({ backlog: { max: 1, drop: "newest" } });
  hand.do(hand.session.connect(hand.now_ms)).publish("a").publish("b").hear(ACCEPTED).registered(1, 1);
  expect(hand.sent().at(-1)).toMatchObject({ type: "PUBLISH", topic: { id: 1 } });
  expect(hand.session.counters).toMatchObject({ offered: 2, suppressed: 1 });
});

describe("sleep", () => {
  const sleep = { duration_s: 100, idle_ms: 200 };
  const asleep = (hand: Hand): Hand => hand.connected().pass(200).hear({ type: "DISCONNECT" });

  test("when nothing has happened for a while, and the PINGREQ that wakes it fetches its messages", () => {
    const hand = new Hand({ sleep }).connected();
    hand.log();
    hand.pass(199);
    expect(hand.log()).toEqual([]);
    hand.pass(1);
    expect(hand.sent()).toEqual([{ type: "DISCONNECT", duration_s: 100 }]);
    hand.hear({ type: "DISCONNECT" }).pass(89_999);
    expect(hand.log()).toEqual([{ kind: "asleep" }]);
    hand.pass(1);
    expect(hand.sent()).toEqual([{ type: "PINGREQ", clientId: "cnc-01" }]);
    hand
      .pass(900)
      .hear(incoming({ qos: 1, msgId: 5 }))
      .pass(900);
    expect(hand.log()).toMatchObject([{ kind: "message" }, "PUBACK"]);
    hand.hear({ type: "PINGRESP" });
    expect(hand.log()).toEqual([{ kind: "asleep" }]);
    expect(hand.session.counters).toMatchObject({ wakes: 1, lost: 0, connects: 1, unexpected: 0 });
  });

  test("what is published meanwhile goes out at the next waking, over CONNECT that keeps the session", () => {
    const hand = asleep(new Hand({ sleep, will: WILL }));
    hand.log();
    hand.publish("a", 0).publish("a", 1).pass(90_000);
    expect(hand.sent()).toMatchObject([{ type: "CONNECT", cleanSession: false, will: false }]);
    hand.hear(ACCEPTED).acked(2).pass(200);
    expect(hand.log()).toMatchObject(["PUBLISH", "PUBLISH", { kind: "acknowledged" }, "DISCONNECT"]);
    expect(hand.session.counters).toMatchObject({ connects: 1, reconnects: 0 });
  });

  test("nobody answers when it wakes: it goes on sleeping; a gateway that does not know it makes it connect", () => {
    const hand = asleep(new Hand({ sleep }));
    hand.log();
    hand.pass(93_000);
    expect(hand.log()).toEqual(["PINGREQ", "PINGREQ", "PINGREQ", { kind: "asleep" }]);
    hand.pass(90_000).hear({ type: "DISCONNECT" }).pass(500);
    expect(hand.log()).toEqual(["PINGREQ", { kind: "lost", reason: "gateway-disconnected" }, "CONNECT"]);
    expect(hand.session.counters).toMatchObject({ lost: 1 });
  });

  test("a sleeper hears nothing, and disconnects by waking up", () => {
    const hand = asleep(new Hand({ sleep }));
    hand.hear(incoming({}));
    expect(hand.session.counters).toMatchObject({ received: 0, unexpected: 1 });
    hand.publish().do(hand.session.disconnect(hand.now_ms));
    hand.log();
    hand.hear(ACCEPTED).acked(2).hear({ type: "DISCONNECT" });
    expect(hand.log()).toMatchObject([
      "PUBLISH",
      { kind: "acknowledged" },
      "DISCONNECT",
      { kind: "disconnected" },
    ]);
  });
});

describe("more than one gateway", () => {
  test("the one that is lost is left for the next, and only when all were tried the back-off grows", () => {
    const hand = new Hand({ gateways: 2 });
    hand.do(hand.session.connect(hand.now_ms)).pass(3_000);
    expect(hand.log().slice(-2)).toEqual([
      { kind: "lost", reason: "no-answer" },
      { kind: "gateway", index: 1 },
    ]);
    hand.pass(500 + 3_000);
    expect(hand.log().slice(-1)).toEqual([{ kind: "gateway", index: 0 }]);
    hand.pass(500 + 3_000 + 500 + 3_000 + 999);
    expect(hand.log().slice(-1)).toEqual([{ kind: "gateway", index: 0 }]);
    hand.pass(1);
    expect(hand.log()).toEqual(["CONNECT"]);
  });

  test("one that refuses is left too", () => {
    const hand = new Hand({ gateways: 2 });
    hand.do(hand.session.connect(hand.now_ms)).hear({ type: "CONNACK", returnCode: 1 }).pass(500);
    expect(hand.log().slice(-2)).toEqual([{ kind: "gateway", index: 1 }, "CONNECT"]);
  });
});

test("reconnects spread over the second half of their wait", () => {
  const hand = new Hand({ random: () => 0.5 }).connected();
  hand.log();
  hand.hear({ type: "DISCONNECT" }).pass(374);
  expect(hand.log()).toEqual([{ kind: "lost", reason: "gateway-disconnected" }]);
  hand.pass(1);
  expect(hand.log()).toEqual(["CONNECT"]);
});
