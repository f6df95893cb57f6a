import { expect, test } from "vitest";

import { samplingInterval_ms } from "../../../src/protocol/opcua/live-values.ts";
import { spreadInterval_ms } from "../../../src/protocol/opcua/spread-sampling.ts";

test.each([
  ["motion", 0.35, 100],
  ["status", 1, 250],
  ["thermal", 5, 250],
  ["a group in between", 0.6, 150],
])("%s is sampled often enough to see each tick", (_group, period_s, expected_ms) => {
  expect(samplingInterval_ms(period_s, 0)).toBe(expected_ms);
});

test("no two servers of a process have the same interval", () => {
  const intervals = Array.from({ length: 300 }, (_, index) => samplingInterval_ms(0.35, index));
  expect(new Set(intervals).size).toBe(300);
  expect(Math.max(...intervals)).toBeLessThan(101);
});

test("an interval that a client asks for becomes one of the server's own, and stays it", () => {
  expect(spreadInterval_ms(1000, 7)).toBe(1000.007);
  expect(spreadInterval_ms(spreadInterval_ms(1000, 7), 7)).toBe(1000.007);
  expect(spreadInterval_ms(0, 7)).toBe(0);
});
