import fc from "fast-check";
import { expect, test } from "vitest";
import { Timeline } from "../../src/signal/timeline.ts";

test("says what held, as far back as it keeps, whatever the times", () => {
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 9, noNaN: true })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 40 }), (after_s, keep_s) => {
      const timeline = new Timeline(keep_s, "first");
      const all: [time_s: number, entry: string][] = [[-Infinity, "first"]];
      let time_s = 0;
      for (const [i, gap_s] of after_s.entries()) {
        time_s += gap_s;
        timeline.add(time_s, `${i}`);
        all.push([time_s, `${i}`]);
        for (const asked_s of [time_s, time_s - keep_s / 2, time_s - keep_s])
          expect(timeline.at(asked_s)).toBe(all.findLast(([begin_s]) => begin_s <= asked_s)![1]);
      }
      expect([timeline.last, timeline.lastStart_s]).toEqual([all.at(-1)![1], all.at(-1)![0]]);
      const spans: number[] = [];
      timeline.forEach(time_s - keep_s, time_s + 1, (_entry, from_s, to_s) => spans.push(to_s - from_s));
      expect(spans.reduce((a, b) => a + b, 0)).toBeCloseTo(keep_s + 1, 9);
    }),
    { numRuns: 200 },
  );
});

test("never changes the past", () => {
  const timeline = new Timeline(10, "a");
  timeline.add(5, "b");
  expect(() => timeline.add(4, "c")).toThrow(/would change the past/);
});
