/** Truth against what arrives behind a gateway: each message ends in one place, and nobody is accused of our own faults. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addNorthCounts, Ledger, noNorthCounts, type NorthCounts } from "../../src/oracle/ledger.ts";
import type { Sending } from "../../src/protocol/port.ts";

const TOPIC = "plant/hall/cnc-01/motion";
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

const totalOf = (ledger: Ledger): NorthCounts => addNorthCounts([...ledger.close().phases.values()]);

/** A ledger over one stream, in which messages are handed over each second from time 0 on. */
class Bench {
  readonly latencies: number[] = [];
  readonly ledger: Ledger;
  readonly sendings: Sending[] = [];

  /** @param disturbed  time of our own fault, seconds */
  constructor(disturbed: readonly [from_s: number, to_s: number] = [Infinity, -Infinity], judgedFrom_s = 0) {
    const [from_s, to_s] = disturbed;
    this.ledger = new Ledger({
      isJudged: (at_ms) => at_ms >= judgedFrom_s * 1000,
      isDisturbed: (_unit, from_ms, to_ms) => from_ms <= to_s * 1000 && to_ms >= from_s * 1000,
      phaseOf: (_unit, at_ms) => (at_ms >= from_s * 1000 && at_ms <= to_s * 1000 ? "radio" : ""),
      onLatency: (latency_ms) => this.latencies.push(latency_ms),
    });
  }

  send(count: number, state: Sending["state"] = "acknowledged", transmissions = 1): this {
    for (let i = 0; i < count; i++) {
      const handed_ms = this.sendings.length * 1000;
      const sending = { state, handed_ms, settled_ms: handed_ms + 10, transmissions };
      const seq = this.sendings.push(sending) - 1;
      this.ledger.sent("cnc-01", "motion", TOPIC, seq, octets(`${seq}`), sending);
    }
    return this;
  }

  arrive(...seqs: number[]): this {
    for (const seq of seqs) this.ledger.arrived(TOPIC, seq, octets(`${seq}`), seq * 1000 + 30);
    return this;
  }

  counts(): Partial<NorthCounts> {
    const counts = totalOf(this.ledger);
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
    const bench = new Bench([0, 10]).send(3).arrive(0, 2);
    expect(bench.ledger.outstanding).toBe(1);
    expect(bench.counts()).toEqual({ sent: 3, arrived: 2, lost: 1 });
  });

  test.each<[Sending["state"], Partial<NorthCounts>, Partial<NorthCounts>]>([
    ["sent", { sent: 1, lost: 1 }, { sent: 1, lostAsExpected: 1 }],
    ["unconfirmed", { sent: 1, lost: 1 }, { sent: 1, lostAsExpected: 1 }],
    ["rejected", { sent: 1, lost: 1 }, { sent: 1, lostAsExpected: 1 }],
    ["suppressed", { sent: 1, suppressed: 1 }, { sent: 1, suppressed: 1 }],
    ["waiting", { sent: 1, suppressed: 1 }, { sent: 1, suppressed: 1 }],
  ])("that is %s and does not arrive: without and with a fault of ours", (state, without, withFault) => {
    expect(new Bench().send(1, state).counts()).toEqual(without);
    expect(new Bench([0, 1]).send(1, state).counts()).toEqual(withFault);
    expect(new Bench([5, 6]).send(1, state).counts()).toEqual(without);
  });

  test("that arrives twice is doubled, unless it was sent twice or we doubled it", () => {
    expect(new Bench().send(1).arrive(0, 0).counts()).toEqual({ sent: 1, arrived: 1, duplicated: 1 });
    const allowed = { sent: 1, arrived: 1, duplicatedAsAllowed: 1 };
    expect(new Bench().send(1, "acknowledged", 2).arrive(0, 0).counts()).toEqual(allowed);
    expect(new Bench([0, 1]).send(1).arrive(0, 0).counts()).toEqual(allowed);
  });

  test("that comes behind a later one is reordered", () => {
    const bench = new Bench().send(3).arrive(0, 2, 1);
    expect(bench.counts()).toEqual({ sent: 3, arrived: 3, reordered: 1 });
    const [first] = bench.ledger.close().misfortunes;
    expect(first).toEqual({ unit: "cnc-01", stream: "motion", seq: 1, at_ms: 1000, what: "reordered" });
  });

  test("with other octets is altered, one that was never sent unknown, and neither while we disturb", () => {
    for (const disturbed of [undefined, [0, 9] as const]) {
      const { ledger } = new Bench(disturbed).send(1);
      ledger.arrived(TOPIC, 0, octets("other"), 40);
      ledger.arrived(TOPIC, 7, octets("7"), 50);
      ledger.arrived(TOPIC, undefined, octets("?"), 60);
      const { sent, arrived, altered, unknown, disturbed: ours } = totalOf(ledger);
      const expected = disturbed ? [1, 1, 0, 0, 3] : [1, 1, 1, 2, 0];
      expect([sent, arrived, altered, unknown, ours]).toEqual(expected);
    }
  });

  test("of before the judged time counts for nothing", () => {
    expect(new Bench(undefined, 2).send(4).arrive(0, 0, 3).counts()).toEqual({
      sent: 2,
      arrived: 1,
      lost: 1,
    });
  });

  test("on another topic is not a unit's", () => {
    const bench = new Bench().send(1).arrive(0);
    bench.ledger.arrived("plant/hall/cnc-02/motion", 0, octets("0"), 1);
    expect(bench.counts()).toEqual({ sent: 1, arrived: 1 });
  });
});

test("every message is in one place, and a perfect gateway is accused of nothing", () => {
  const fates = fc.constantFrom<Sending["state"]>("acknowledged", "unconfirmed", "suppressed", "sent");
  fc.assert(
    fc.property(fc.array(fc.tuple(fates, fc.boolean()), { maxLength: 60 }), (messages) => {
      const bench = new Bench([0, 1000]);
      messages.forEach(([state, arrives], seq) => {
        bench.send(1, state);
        // What is acknowledged has arrived; what is not may have.
        if (state === "acknowledged" || (arrives && state !== "suppressed")) bench.arrive(seq);
      });
      const counts = { ...noNorthCounts(), ...(messages.length > 0 ? bench.counts() : {}) };
      expect(counts.sent).toBe(messages.length);
      const { lost, duplicated, reordered, altered, unknown } = counts;
      expect([lost, duplicated, reordered, altered, unknown]).toEqual([0, 0, 0, 0, 0]);
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
  expect(phases.get("radio")).toMatchObject({ sent: 2, arrived: 1, lostAsExpected: 1 });
});

test("a long run forgets what has arrived, and not what has not", () => {
  const bench = new Bench().send(20_000);
  for (let seq = 1; seq < 20_000; seq++) bench.arrive(seq);
  expect(bench.ledger.outstanding).toBe(1);
  bench.arrive(0);
  expect(bench.counts()).toEqual({ sent: 20_000, arrived: 20_000, reordered: 1 });
});
