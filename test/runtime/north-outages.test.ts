/** How outages of single units and of our listener stand in the record. */
import { expect, test } from "vitest";
import type { UnitOutage } from "../../src/oracle/outages.ts";
import { outagesOf } from "../../src/runtime/north-outages.ts";

const RUN = { start_ms: 10_000, end_ms: 30_000 };
const RESTART = { id: "restart", from_ms: 12_000, to_ms: 20_000 };

const seen = (unit: string, more: Partial<UnitOutage> = {}): UnitOutage => ({
  ...{ unit, reason: "no-answer", heard_ms: 11_900, from_ms: 12_000, to_ms: 15_000 },
  ...{ culprit: "gateway", blamedFrom_ms: 12_000 },
  ...more,
});

test("units that saw one outage are one row, the first three by name, from the first sign to the last", () => {
  const units = ["a", "b", "c", "d"].map((unit, i) =>
    seen(unit, { from_ms: 12_000 + i * 500, to_ms: 15_000 + i * 500 }),
  );
  expect(outagesOf([...units].reverse(), [], [], RUN)).toEqual([
    {
      ...{ begin_s: 2, length_s: 4.5, seenBy: "devices", units: 4, first: ["a", "b", "c"] },
      ...{ reason: "no-answer", cause: "gateway" },
    },
  ]);
});

test("what has another cause, another reason or comes later is another row, in the order of time", () => {
  const rows = outagesOf(
    [
      seen("late", { from_ms: 20_000, to_ms: 21_000 }),
      seen("ours", { culprit: "fault" }),
      seen("commanded", { culprit: "action", action: "restart", from_ms: 12_500 }),
      seen("refused", { reason: "messages-refused", from_ms: 13_000 }),
      seen("silent", { from_ms: 11_000 }),
    ],
    [],
    [RESTART],
    RUN,
  );
  expect(rows.map(({ first, cause, begin_s }) => [first[0], cause, begin_s])).toEqual([
    ["silent", "gateway", 1],
    ["ours", "fault", 2],
    ["commanded", "restart", 2.5],
    ["refused", "gateway", 3],
    ["late", "gateway", 10],
  ]);
});

test("one that lasts ends with the run, and one that begins after it has no length", () => {
  const rows = outagesOf(
    [seen("a", { to_ms: Infinity }), seen("b", { from_ms: 31_000, reason: "x" })],
    [],
    [],
    RUN,
  );
  expect(rows.map(({ length_s }) => length_s)).toEqual([18, 0]);
});

test("our listener's absence is a command's if it began in its window, else of unknown cause", () => {
  const absences = [
    { from_ms: 13_000, to_ms: 14_000 },
    { from_ms: 25_000, to_ms: 26_500 },
    { from_ms: 30_001, to_ms: 30_500 },
  ];
  expect(outagesOf([], absences, [RESTART], RUN)).toMatchObject([
    {
      seenBy: "our listener",
      begin_s: 3,
      length_s: 1,
      cause: "restart",
      units: 0,
      reason: "connection-lost",
    },
    { seenBy: "our listener", begin_s: 15, length_s: 1.5, cause: "unknown" },
  ]);
});
