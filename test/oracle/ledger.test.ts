/** Truth against what arrives behind a gateway: each message ends in one place, and each accusation has its cause. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Ledger, type LedgerOptions } from "../../src/oracle/ledger.ts";
import { addNorthCounts, noNorthCounts, type NorthCounts } from "../../src/oracle/north-counts.ts";
import type { Sending, SendingState } from "../../src/protocol/port.ts";

const TOPIC = "plant/hall/cnc-01/motion";
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As a device writes one: long enough to be recognised. */
const payloadOf = (seq: number): Uint8Array => octets(`{"seq":${seq},"x":${(seq * 37) % 1000},"feed":1200}`);

/** A ledger over one stream, in which messages are handed over each second from time 0 on. */
class Bench {
  readonly latencies: number[] = [];
  readonly ledger: Ledger;
  readonly sendings: Sending[] = [];

  /** @param disturbed  time of our own fault, seconds */
  constructor(
    disturbed: readonly [from_s: number, to_s: number] = [Infinity, -Infinity],
    more: Partial<LedgerOptions> = {},
  ) {
    const [from_s, to_s] = disturbed;
    this.ledger = new Ledger({
      isJudged: () => true,
      isDisturbed: (_unit, from_ms, to_ms) => from_ms <= to_s * 1000 && to_ms >= from_s * 1000,
      phaseOf: (_unit, at_ms) => (at_ms >= from_s * 1000 && at_ms <= to_s * 1000 ? "radio" : ""),
      onLatency: (latency_ms) => this.latencies.push(latency_ms),
      culprit: () => undefined,
      isInAction: () => false,
      isAttributable: () => true,
      ...more,
    });
  }

  send(count: number, state: SendingState = "acknowledged", more: Partial<Sending> = {}): this {
    for (let i = 0; i < count; i++) {
      const handed_ms = this.sendings.length * 1000;
      const isOut = state !== "suppressed" && state !== "waiting" && state !== "overslept";
      const sending = {
        state,
        handed_ms,
        settled_ms: handed_ms + 10,
        transmissions: isOut ? 1 : 0,
        spoiled: 0,
      };
      const seq = this.sendings.push({ ...sending, ...more }) - 1;
      this.ledger.sent("cnc-01", "motion", TOPIC, seq, payloadOf(seq), this.sendings[seq]!);
    }
    return this;
  }

  arrive(...seqs: number[]): this {
    for (const seq of seqs) this.came(seq, payloadOf(seq), seq * 1000 + 30);
    return this;
  }

  came(seq: number | undefined, data: Uint8Array, at_ms = 40, isRedelivered = false): this {
    this.ledger.arrived({ topic: TOPIC, seq, data, at_ms, isRedelivered });
    return this;
  }

  counts(): Partial<NorthCounts> {
    const counts = addNorthCounts([...this.ledger.close().phases.values()]);
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  }
}

describe("a message", () => {
  test("that arrives once, in order and unchanged, is fine", () => {
    const bench = new Bench().send(3).arrive(0, 1, 2);
    expect(bench.ledger.outstanding).toBe(0);
    expect(bench.counts()).toEqual({ sent: 3, arrived: 3 });
    expect(bench.latencies).toEqual([30, 30, 30]);
  });

  test("that was taken and does not arrive is lost, whatever was on the wire", () => {
    const bench = new Bench([0, 10], { culprit: () => "fault" }).send(3).arrive(0, 2);
    expect(bench.ledger.outstanding).toBe(1);
    expect(bench.counts()).toEqual({ sent: 3, arrived: 2, lost: 1 });
  });

  // By state: without an outage, in one that the gateway, a fault or a command made.
  const W = "withheld";
  const [L, E, S, U] = ["lost", "lostAsExpected", "suppressed", "unfinished"] as const;
  test.each<[SendingState, ...(keyof NorthCounts)[]]>([
    ["acknowledged", L, L, L, L],
    ["sent", L, W, E, E],
    ["rejected", W, W, W, W],
    ["unconfirmed", W, W, E, E],
    ["suppressed", W, W, S, S],
    ["overslept", S, S, S, S],
    ["waiting", U, W, S, S],
    ["unfinished", U, W, E, E],
  ])("that is %s and does not arrive", (state, ...places) => {
    const culprits = [undefined, "gateway", "fault", "action"] as const;
    const found = culprits.map((it) => new Bench(undefined, { culprit: () => it }).send(1, state).counts());
    expect(found).toEqual(places.map((place) => ({ sent: 1, [place]: 1 })));
  });

  test("whose datagrams our faults have all spoiled is ours, and one of which a datagram passed is not", () => {
    for (const state of ["sent", "unconfirmed", "unfinished"] as const) {
      const spoiled = { transmissions: 3, spoiled: 3 };
      expect(new Bench([0, 9]).send(1, state, spoiled).counts()).toEqual({ sent: 1, lostAsExpected: 1 });
    }
    expect(new Bench([0, 9]).send(1, "sent", { transmissions: 1 }).counts()).toEqual({ sent: 1, lost: 1 });
    expect(new Bench().send(1, "rejected", { transmissions: 2, spoiled: 1 }).counts()).toEqual({
      sent: 1,
      lostAsExpected: 1,
    });
  });

  test("that is lost at QoS 0 while this machine drops, or a command is under way, accuses nothing", () => {
    expect(new Bench(undefined, { isAttributable: () => false }).send(1, "sent").counts()).toEqual({
      sent: 1,
      notAttributable: 1,
    });
    expect(new Bench(undefined, { isInAction: () => true }).send(1, "sent").counts()).toEqual({
      sent: 1,
      lostAsExpected: 1,
    });
  });

  test("pushed out of a full backlog is the gateway's slowness, unless a fault of ours was on the link", () => {
    expect(new Bench([0, 1]).send(1, "suppressed").counts()).toEqual({ sent: 1, suppressed: 1 });
    expect(new Bench([5, 6]).send(1, "suppressed").counts()).toEqual({ sent: 1, withheld: 1 });
  });

  test("that arrives twice is doubled, unless it was sent twice, we doubled it or the broker repeats it", () => {
    expect(new Bench().send(1).arrive(0, 0).counts()).toEqual({ sent: 1, arrived: 1, duplicated: 1 });
    const allowed = { sent: 1, arrived: 1, duplicatedAsAllowed: 1 };
    expect(new Bench().send(1, "acknowledged", { transmissions: 2 }).arrive(0, 0).counts()).toEqual(allowed);
    expect(new Bench([0, 1]).send(1).arrive(0, 0).counts()).toEqual(allowed);
    expect(new Bench().send(1).arrive(0).came(0, payloadOf(0), 90, true).counts()).toEqual(allowed);
  });

  test("that comes behind a later one is reordered", () => {
    const bench = new Bench().send(3).arrive(0, 2, 1);
    expect(bench.counts()).toEqual({ sent: 3, arrived: 3, reordered: 1 });
    const [first] = bench.ledger.close().misfortunes;
    expect(first).toEqual({ unit: "cnc-01", stream: "motion", seq: 1, at_ms: 1000, what: "reordered" });
  });

  test("that was never sent is unknown, unless we disturb", () => {
    for (const [disturbed, place] of [
      [undefined, "unknown"],
      [[0, 9] as const, "disturbed"],
    ] as const) {
      const bench = new Bench(disturbed).send(1).arrive(0);
      bench.came(7, octets("another plant's"), 50).came(undefined, octets("?"), 60);
      expect(bench.counts()).toEqual({ sent: 1, arrived: 1, [place]: 2 });
    }
  });

  test("of before the judged time counts for nothing", () => {
    const bench = new Bench(undefined, { isJudged: (at_ms) => at_ms >= 2000 }).send(4).arrive(0, 0, 3);
    expect(bench.counts()).toEqual({ sent: 2, arrived: 1, lost: 1 });
  });

  test("on another topic is not a unit's", () => {
    const bench = new Bench().send(1).arrive(0);
    const topic = "plant/hall/cnc-02/motion";
    bench.ledger.arrived({ topic, seq: 0, data: payloadOf(0), at_ms: 1, isRedelivered: false });
    expect(bench.counts()).toEqual({ sent: 1, arrived: 1 });
  });
});

describe("an altered message is found", () => {
  test("by its number, and the first difference is told", () => {
    const bench = new Bench().send(1).came(0, octets('{"seq":0,"x":9,"feed":1200}'));
    expect(bench.counts()).toEqual({ sent: 1, arrived: 1, altered: 1 });
    expect(bench.ledger.close().misfortunes[0]).toMatchObject({
      what: "altered",
      difference: `octets: 27 from octet 13 on "0,\\"feed\\":120" was sent and "9,\\"feed\\":120" came`,
    });
  });

  test.each([
    ["appended to", (data: Buffer) => Buffer.concat([data, Buffer.from([0, 1])])],
    ["cut off", (data: Buffer) => data.subarray(0, data.length - 3)],
    ["broken at its begin", (data: Buffer) => Buffer.concat([octets("??"), data.subarray(2)])],
  ])("without a number: %s, also beside others that are missing", (_what, damage) => {
    const bench = new Bench().send(4).arrive(0);
    bench.came(undefined, damage(Buffer.from(payloadOf(2))), 2040).arrive(3);
    expect(bench.counts()).toEqual({ sent: 4, arrived: 3, lost: 1, altered: 1 });
    const { misfortunes } = bench.ledger.close();
    expect(misfortunes.map(({ seq, what }) => [seq, what])).toContainEqual([2, "altered"]);
    expect(misfortunes.map(({ seq, what }) => [seq, what])).toContainEqual([1, "lost"]);
  });

  test("by its octets when its number has become another one's", () => {
    const bench = new Bench().send(12).arrive(0, 1);
    const damaged = Buffer.from(Buffer.from(payloadOf(10)).toString().replace('"seq":10', '"seq":00'));
    bench.came(0, damaged, 10_040);
    const { misfortunes } = bench.ledger.close();
    expect(misfortunes.find(({ what }) => what === "altered")).toMatchObject({ seq: 10 });
  });

  test("and one that has too little in common is none", () => {
    const bench = new Bench().send(1).came(undefined, octets("hello, this is another gateway's status"));
    expect(bench.counts()).toEqual({ sent: 1, lost: 1, unknown: 1 });
  });
});

test("every message is in one place, and a perfect gateway is accused of nothing", () => {
  const fates = fc.constantFrom<SendingState>("acknowledged", "unconfirmed", "suppressed", "sent");
  fc.assert(
    fc.property(fc.array(fc.tuple(fates, fc.boolean()), { maxLength: 60 }), (messages) => {
      const bench = new Bench([0, 1000]);
      messages.forEach(([state, arrives], seq) => {
        // A perfect gateway has passed on what it has got.
        const isThere = state === "acknowledged" || (arrives && state !== "suppressed");
        bench.send(1, state, isThere || state === "suppressed" ? {} : { spoiled: 1 });
        if (isThere) bench.arrive(seq);
      });
      const counts = { ...noNorthCounts(), ...(messages.length > 0 ? bench.counts() : {}) };
      expect(counts.sent).toBe(messages.length);
      const { lost, withheld, duplicated, reordered, altered, unknown } = counts;
      expect([lost, withheld, duplicated, reordered, altered, unknown]).toEqual([0, 0, 0, 0, 0, 0]);
    }),
  );
});

test("counts are kept apart by what goes wrong on purpose, and it is known who was heard", () => {
  const bench = new Bench([1, 2]);
  expect(bench.send(4, "sent").ledger.heardUnits.size).toBe(0);
  bench.arrive(0, 1);
  expect([...bench.ledger.heardUnits]).toEqual(["cnc-01"]);
  const { phases } = bench.ledger.close();
  expect(phases.get("")).toMatchObject({ sent: 2, arrived: 1, lost: 1 });
  expect(phases.get("radio")).toMatchObject({ sent: 2, arrived: 1, lost: 1 });
});

test("a long run forgets what has arrived, and not what has not", () => {
  const bench = new Bench().send(20_000);
  for (let seq = 1; seq < 20_000; seq++) bench.arrive(seq);
  expect(bench.ledger.outstanding).toBe(1);
  bench.arrive(0);
  expect(bench.counts()).toEqual({ sent: 20_000, arrived: 20_000, reordered: 1 });
});
