import { expect, test } from "vitest";
import { formatRate, Rates } from "../../src/tui/rates.ts";

test("a rate is what came over the last seconds, and unknown until there were two polls", () => {
  const rates = new Rates();
  rates.add(1000, { sent: 100 });
  expect(formatRate(rates.of("sent"))).toBe("-");
  rates.add(1010, { sent: 101 });
  expect(rates.of("sent")).toBeUndefined();
  rates.add(2000, { sent: 130 });
  expect(formatRate(rates.of("sent"))).toBe("30.0");
  for (let at_ms = 3000; at_ms <= 9000; at_ms += 1000) rates.add(at_ms, { sent: 130 });
  expect(rates.of("sent")).toBe(0);
});

test("polls that are far from each other have a rate as well", () => {
  const rates = new Rates();
  rates.add(0, { sent: 0 });
  rates.add(10_000, { sent: 50 });
  expect(rates.of("sent")).toBe(5);
});

test("a count that fell began anew, and one that was not told of is forgotten", () => {
  const rates = new Rates();
  rates.add(0, { sent: 1000, acked: 5 });
  rates.add(1000, { sent: 3, acked: undefined });
  expect(rates.of("sent")).toBeUndefined();
  rates.add(2000, { sent: 7, acked: 9 });
  expect([rates.of("sent"), rates.of("acked")]).toEqual([4, undefined]);
});
