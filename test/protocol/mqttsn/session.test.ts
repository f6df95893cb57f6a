import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../../src/protocol/mqttsn/codec/codec.ts";
import { anyMessage } from "../../support/mqttsn-arbitrary.ts";
import { DATA, Hand } from "../../support/session-hand.ts";

let hand: Hand;

beforeEach(() => {
  hand = new Hand();
});

describe("connection", () => {
  test("CONNECT, then REGISTER of each topic, then ready", () => {
    hand = new Hand({ topics: ["a", "b"] });
    hand.do(hand.session.connect(hand.now_ms));
    expect(hand.sent()).toEqual([
      { type: "CONNECT", will: false, cleanSession: true, duration_s: 40, clientId: "cnc-01" },
    ]);
    hand.pass(30).hear({ type: "CONNACK", returnCode: 0 });
    expect(hand.log()).toEqual([{ kind: "connected", latency_ms: 30 }, "REGISTER"]);
    hand.registered(1, 7);
    expect(hand.sent()).toEqual([{ type: "REGISTER", topicId: 0, msgId: 2, topicName: "b" }]);
    hand.registered(2, 8);
    expect(hand.log()).toEqual([{ kind: "ready" }]);
    expect(hand.session.state).toBe("active");
    expect(hand.session.counters).toMatchObject({ connects: 1, reconnects: 0, unexpected: 0 });
  });

  test("no answer: N_retry repeats of the same CONNECT, then lost, then back-off that doubles to its limit", () => {
    hand.do(hand.session.connect(hand.now_ms)).pass(2_999);
    expect(hand.log()).toEqual(["CONNECT", "CONNECT", "CONNECT"]);
    hand.pass(1);
    expect(hand.log()).toEqual([{ kind: "lost", reason: "no-answer" }]);
    for (const wait_ms of [500, 1_000, 1_500, 1_500]) {
      hand.pass(wait_ms - 1);
      expect(hand.log()).toEqual([]);
      hand.pass(1);
      expect(hand.log()).toEqual(["CONNECT"]);
      hand.pass(3_000);
      expect(hand.log()).toEqual(["CONNECT", "CONNECT", { kind: "lost", reason: "no-answer" }]);
    }
    hand.pass(1_500).hear({ type: "CONNACK", returnCode: 0 });
    expect(hand.session.counters).toMatchObject({ connects: 1, reconnects: 0, lost: 5, retransmitted: 10 });
  });

  test.each([1, 3])("CONNACK %i refuses: silence for T_WAIT, then CONNECT again", (returnCode) => {
    hand.do(hand.session.connect(hand.now_ms)).hear({ type: "CONNACK", returnCode });
    expect(hand.log()).toEqual(["CONNECT", { kind: "refused", returnCode }]);
    hand.pass(4_999);
    expect(hand.log()).toEqual([]);
    hand.pass(1);
    expect(hand.log()).toEqual(["CONNECT"]);
  });

  test("DISCONNECT unasked: not answered, reconnected, topics registered anew, the message sent again", () => {
    hand.connected().publish();
    hand.log();
    hand.hear({ type: "DISCONNECT" });
    expect(hand.log()).toEqual([{ kind: "lost", reason: "gateway-disconnected" }]);
    hand.pass(500).hear({ type: "CONNACK", returnCode: 0 }).registered(3, 9);
    const [connect, register, publish] = hand.sent();
    expect([connect?.type, register?.type]).toEqual(["CONNECT", "REGISTER"]);
    expect(publish).toMatchObject({ topic: { id: 9 }, msgId: 4, dup: false });
    hand.acked(4);
    expect(hand.session.counters).toMatchObject({
      reconnects: 1,
      published: 1,
      republished: 1,
      acknowledged: 1,
    });
  });

  test("a connection that came about takes the back-off to its beginning", () => {
    hand.do(hand.session.connect(hand.now_ms)).pass(3_000 + 500 + 3_000 + 1_000);
    hand.hear({ type: "CONNACK", returnCode: 0 }).hear({ type: "DISCONNECT" });
    hand.log();
    hand.pass(500);
    expect(hand.log()).toEqual(["CONNECT"]);
  });

  test("disconnect while connecting says so and is done", () => {
    hand.do(hand.session.connect(hand.now_ms)).do(hand.session.disconnect(hand.now_ms));
    expect(hand.log()).toEqual(["CONNECT", "DISCONNECT", { kind: "disconnected" }]);
    expect(hand.session.deadline_ms).toBe(Infinity);
  });

  test("disconnect sends what still waits, then DISCONNECT, repeated until confirmed", () => {
    hand.connected().publish().publish().do(hand.session.disconnect(hand.now_ms));
    hand.log();
    hand.acked(2);
    expect(hand.log()).toMatchObject([{ kind: "acknowledged" }, "PUBLISH"]);
    hand.acked(3);
    expect(hand.log()).toMatchObject([{ kind: "acknowledged" }, "DISCONNECT"]);
    hand.publish().pass(1_000);
    expect(hand.log()).toEqual(["DISCONNECT"]);
    hand.hear({ type: "DISCONNECT" });
    expect(hand.log()).toEqual([{ kind: "disconnected" }]);
    expect(hand.session.counters).toMatchObject({ offered: 3, acknowledged: 2, suppressed: 1, lost: 0 });
  });

  test("disconnect under congestion waits it out, so that nothing is given up", () => {
    hand.connected().publish().publish().acked(2, 1);
    hand.log();
    hand.do(hand.session.disconnect(hand.now_ms)).pass(4_999);
    expect(hand.log()).toEqual([]);
    hand.pass(1).acked(3).acked(4);
    expect(hand.log()).toMatchObject([
      "PUBLISH",
      { kind: "acknowledged" },
      "PUBLISH",
      { kind: "acknowledged" },
      "DISCONNECT",
    ]);
  });

  test("disconnect while the gateway is away: what waits goes over the next connection", () => {
    hand.connected().publish().pass(3_000);
    expect(hand.session.state).toBe("waiting");
    hand.do(hand.session.disconnect(hand.now_ms)).pass(500);
    hand.log();
    hand.hear({ type: "CONNACK", returnCode: 0 }).registered(3, 1).acked(4);
    expect(hand.log()).toMatchObject([
      { kind: "connected" },
      "REGISTER",
      "PUBLISH",
      { kind: "acknowledged" },
      "DISCONNECT",
    ]);
  });

  test("abandon tells of an answer that is overdue, and of none that is not", () => {
    hand.connected().publish().pass(1_000);
    hand.log();
    expect(hand.do(hand.session.abandon()).log()).toContainEqual({ kind: "lost", reason: "no-answer" });
    const patient = new Hand().connected().publish();
    patient.log();
    expect(patient.do(patient.session.abandon()).log()).toEqual([{ kind: "disconnected" }]);
  });

  test("a gateway that refuses each message for as long as it may be silent is lost, and connected to again", () => {
    hand.connected();
    for (let i = 0; i < 5; i++)
      hand
        .publish()
        .acked(2 + i, 3)
        .pass(900);
    const log = hand.log();
    expect(log).toContainEqual({ kind: "lost", reason: "messages-refused" });
    expect(log.at(-1)).toBe("CONNECT");
  });

  test("one that takes a message now and then is not", () => {
    hand.connected();
    for (let i = 0; i < 8; i++)
      hand
        .publish()
        .acked(2 + i, i % 2 === 0 ? 3 : 0)
        .pass(900);
    expect(hand.log()).not.toContainEqual({ kind: "lost", reason: "messages-refused" });
  });

  test("a DISCONNECT that nobody confirms ends all the same", () => {
    hand.connected().do(hand.session.disconnect(hand.now_ms)).pass(3_000);
    expect(hand.session.state).toBe("idle");
  });

  test("abandon gives up and counts what is open; a later connect starts afresh", () => {
    hand.connected().publish().publish().do(hand.session.abandon());
    expect(hand.session.counters).toMatchObject({ unconfirmed: 1, suppressed: 1 });
    expect(hand.session.pending).toBe(0);
    hand.hear({ type: "PINGREQ" });
    hand.log();
    hand.do(hand.session.connect(hand.now_ms));
    expect(hand.log()).toEqual(["CONNECT"]);
  });
});

describe("publishing at QoS 1", () => {
  test("PUBLISH, PUBACK: acknowledged with its latency, one at a time, in order", () => {
    hand.connected();
    hand.log();
    hand.publish().publish();
    expect(hand.sent()).toEqual([
      {
        type: "PUBLISH",
        dup: false,
        qos: 1,
        retain: false,
        topic: { kind: "normal", id: 1 },
        msgId: 2,
        data: DATA,
      },
    ]);
    hand.pass(12).acked(2);
    expect(hand.log()).toEqual([
      { kind: "acknowledged", topic: "a", latency_ms: 12, roundTrip_ms: 12 },
      "PUBLISH",
    ]);
  });

  test("no PUBACK: the same message with DUP, N_retry times; then lost, and again over a new connection", () => {
    hand.connected().publish();
    hand.log();
    hand.pass(2_000);
    const repeats = hand.sent();
    expect(repeats).toHaveLength(2);
    for (const repeat of repeats) expect(repeat).toMatchObject({ type: "PUBLISH", dup: true, msgId: 2 });
    hand.pass(1_000);
    expect(hand.log()).toEqual([{ kind: "lost", reason: "no-answer" }]);
    expect(hand.session.pending).toBe(1);
  });

  test("a PUBACK to a repeat counts once and its latency from the first transmission; a second one is unexpected", () => {
    hand.connected().publish().pass(1_200).acked(2).acked(2);
    expect(hand.log()).toContainEqual({
      kind: "acknowledged",
      topic: "a",
      latency_ms: 1_200,
      roundTrip_ms: 1_200,
    });
    expect(hand.session.counters).toMatchObject({ acknowledged: 1, retransmitted: 1, unexpected: 1 });
  });

  test("congestion: silence for T_WAIT, then the same message first", () => {
    hand.connected().publish().publish();
    hand.log();
    hand.acked(2, 1).pass(4_999);
    expect(hand.log()).toEqual([{ kind: "congested", wait_ms: 5_000 }]);
    hand.pass(1);
    expect(hand.sent()).toMatchObject([{ type: "PUBLISH", dup: false, msgId: 3 }]);
    expect(hand.session.counters).toMatchObject({ congested: 1, republished: 1, published: 1 });
  });

  test("invalid topic id: registered again, then published again with the new id", () => {
    hand.connected().publish();
    hand.log();
    hand.acked(2, 2).registered(3, 77);
    expect(hand.sent()).toMatchObject([
      { type: "REGISTER", msgId: 3, topicName: "a" },
      { type: "PUBLISH", msgId: 4, topic: { id: 77 } },
    ]);
  });

  test("an id that stays invalid is a rejection in the end, not a loop", () => {
    hand.connected().publish();
    let msgId = 2;
    for (let i = 0; i < 3; i++) (hand.acked(msgId, 2).registered(msgId + 1, 1), (msgId += 2));
    hand.log();
    hand.acked(msgId, 2);
    expect(hand.log()).toEqual([{ kind: "failed", topic: "a", returnCode: 2 }]);
    expect(hand.session.counters).toMatchObject({ rejected: 1 });
  });

  test.each([3, 200])("return code %i rejects for good", (returnCode) => {
    hand.connected().publish();
    hand.log();
    hand.acked(2, returnCode);
    expect(hand.log()).toEqual([{ kind: "failed", topic: "a", returnCode }]);
    expect(hand.session.counters).toMatchObject({ rejected: 1, acknowledged: 0 });
  });

  test("a full backlog drops its oldest, counted as suppressed", () => {
    hand.do(hand.session.connect(hand.now_ms));
    for (let i = 0; i < 5; i++) hand.publish();
    expect(hand.session.pending).toBe(3);
    expect(hand.session.counters).toMatchObject({ offered: 5, suppressed: 2, published: 0 });
  });

  test("message ids go round without 0", () => {
    hand.connected();
    for (let i = 2; i <= 65_535; i++) hand.publish().acked(i);
    hand.log();
    hand.publish();
    expect(hand.sent()).toMatchObject([{ msgId: 1 }]);
    expect(hand.session.counters.acknowledged).toBe(65_534);
  });
});

describe("publishing at QoS 0", () => {
  test("goes at once with message id 0 and is suppressed without a connection", () => {
    hand.publish("a", 0).connected();
    hand.log();
    hand.publish("a", 0).publish("a", 0);
    expect(hand.sent()).toMatchObject([
      { qos: 0, msgId: 0 },
      { qos: 0, msgId: 0 },
    ]);
    expect(hand.session.counters).toMatchObject({ offered: 3, published: 2, suppressed: 1 });
  });

  test("an invalid topic id mends the topic; congestion brings silence", () => {
    hand.connected().publish("a", 0).acked(0, 2);
    hand.log();
    hand.publish("a", 0).registered(2, 5);
    expect(hand.sent()).toMatchObject([{ type: "REGISTER" }, { type: "PUBLISH", topic: { id: 5 } }]);
    hand.acked(0, 1, 5).publish("a", 0);
    expect(hand.session.counters).toMatchObject({ rejected: 2, congested: 1, suppressed: 1, published: 2 });
    hand.acked(0, 0, 5).acked(0, 2, 99);
    expect(hand.session.counters.unexpected).toBe(2);
  });
});

describe("topics", () => {
  test("an unknown topic is registered when it is first published to", () => {
    hand.connected();
    hand.log();
    hand.publish("b").registered(2, 2);
    expect(hand.sent()).toMatchObject([
      { type: "REGISTER", topicName: "b" },
      { type: "PUBLISH", topic: { id: 2 } },
    ]);
  });

  test("a refused topic is told once and its messages are suppressed", () => {
    hand.do(hand.session.connect(hand.now_ms)).hear({ type: "CONNACK", returnCode: 0 }).registered(1, 0, 3);
    expect(hand.log()).toContainEqual({ kind: "topic-refused", topic: "a", returnCode: 3 });
    hand.publish();
    expect(hand.log()).toEqual([]);
    expect(hand.session.counters).toMatchObject({ suppressed: 1 });
  });

  test("REGACK with congestion: REGISTER again after T_WAIT", () => {
    hand.do(hand.session.connect(hand.now_ms)).hear({ type: "CONNACK", returnCode: 0 }).registered(1, 0, 1);
    hand.log();
    hand.pass(5_000);
    expect(hand.sent()).toMatchObject([{ type: "REGISTER", msgId: 2 }]);
  });

  test("a gateway's REGISTER is acknowledged and its id used", () => {
    hand.connected();
    hand.log();
    hand.hear({ type: "REGISTER", topicId: 44, msgId: 900, topicName: "b" }).publish("b");
    expect(hand.sent()).toMatchObject([
      { type: "REGACK", topicId: 44, msgId: 900, returnCode: 0 },
      { type: "PUBLISH", topic: { id: 44 } },
    ]);
    hand.hear({ type: "REGISTER", topicId: 0xffff, msgId: 901, topicName: "c" });
    expect(hand.sent()).toMatchObject([{ type: "REGACK", returnCode: 2 }]);
  });
});

describe("keep-alive", () => {
  test("PINGREQ within the period, again in the next", () => {
    hand.connected();
    hand.log();
    hand.pass(29_999);
    expect(hand.log()).toEqual([]);
    hand.pass(1);
    expect(hand.log()).toEqual(["PINGREQ"]);
    hand.hear({ type: "PINGRESP" }).pass(30_000);
    expect(hand.log()).toEqual(["PINGREQ"]);
  });

  test("sending alone proves no gateway alive; a PUBACK does", () => {
    hand.connected();
    for (let i = 0; i < 4; i++) hand.pass(10_000).publish("a", 0);
    expect(hand.sent().filter(({ type }) => type === "PINGREQ").length).toBeGreaterThan(0);
    hand.hear({ type: "PINGRESP" });
    hand.log();
    for (let i = 2; i < 6; i++) hand.pass(10_000).publish().acked(i);
    expect(hand.sent().filter(({ type }) => type === "PINGREQ")).toEqual([]);
  });

  test("PINGREQ is repeated N_retry times, then the gateway is lost", () => {
    hand.connected();
    hand.log();
    hand.pass(33_000);
    expect(hand.log()).toEqual(["PINGREQ", "PINGREQ", "PINGREQ", { kind: "lost", reason: "no-answer" }]);
  });

  test("a gateway's PINGREQ is answered", () => {
    hand.connected();
    hand.log();
    hand.hear({ type: "PINGREQ" });
    expect(hand.sent()).toEqual([{ type: "PINGRESP" }]);
  });

  test("duration 0: no PINGREQ, nothing due", () => {
    hand = new Hand({ keepAlive_s: 0 }).connected();
    expect(hand.session.deadline_ms).toBe(Infinity);
  });
});

test("whatever the gateway does, every message ends in exactly one counter", () => {
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("publish" as const, "answer" as const) },
    fc.constantFrom("congestion" as const, "invalid" as const, "reject" as const, "disconnect" as const),
    fc.nat(4_000),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const hand = new Hand();
      hand.do(hand.session.connect(hand.now_ms));
      const RETURN_CODES = { answer: 0, congestion: 1, invalid: 2, reject: 3 };
      let last: Message | undefined;
      for (const next of acts) {
        last = hand.sent().at(-1) ?? last;
        if (typeof next === "number") hand.pass(next);
        else if (next === "publish") hand.publish();
        else if (next === "disconnect") hand.hear({ type: "DISCONNECT" });
        else if (last?.type === "CONNECT") hand.hear({ type: "CONNACK", returnCode: RETURN_CODES[next] });
        else if (last?.type === "REGISTER") hand.registered(last.msgId, 1, RETURN_CODES[next]);
        else if (last?.type === "PUBLISH") hand.acked(last.msgId, RETURN_CODES[next]);
        else hand.hear({ type: "PINGRESP" });
        const { offered, acknowledged, rejected, suppressed, unconfirmed } = hand.session.counters;
        expect(acknowledged + rejected + suppressed + unconfirmed + hand.session.pending).toBe(offered);
        expect(hand.session.pending).toBeLessThanOrEqual(4);
      }
      hand.do(hand.session.abandon());
      expect(hand.session.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test("no message in whatever state makes it throw, and the counters still add up", () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: anyMessage },
    { weight: 1, arbitrary: fc.constant<Message>({ type: "CONNACK", returnCode: 0 }) },
    fc.constantFrom(0 as const, 1 as const, 2 as const),
    fc.integer({ min: 10, max: 4_000 }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const hand = new Hand({ sleep: { duration_s: 2, idle_ms: 100 } });
      hand.do(hand.session.connect(hand.now_ms));
      let deliveries = 0;
      for (const next of acts) {
        if (typeof next === "object") hand.hear(next);
        else if (next < 3) hand.publish("a", next as 0 | 1 | 2);
        else hand.pass(next);
        if (hand.session.state === "idle") hand.do(hand.session.connect(hand.now_ms));
        deliveries += hand.log().filter((it) => typeof it === "object" && it.kind === "message").length;
      }
      hand.do(hand.session.abandon());
      const { offered, published, suppressed, received } = hand.session.counters;
      expect(published + suppressed).toBe(offered);
      expect(received).toBe(deliveries);
    }),
    { numRuns: 500 },
  );
});
