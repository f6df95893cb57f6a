import fc from "fast-check";
import { expect, test } from "vitest";
import { CNC_TIME_MODEL } from "../../src/equipment/cnc/time-model.ts";
import { TimeBook, type Effectiveness } from "../../src/runtime/effectiveness.ts";

type Part = readonly [state: string, minutes: number];

/** What became of states one after the other. */
function after(parts: readonly Part[], good: number, scrapped: number, designed_s: number): Effectiveness {
  const book = new TimeBook(CNC_TIME_MODEL);
  let now_s = 0;
  for (const [state, minutes] of parts) {
    book.enter(state, now_s);
    now_s += 60 * minutes;
  }
  return book.until(now_s, { good, scrapped, designed_s });
}

test("a shift by hand: 480 min with 30 of break, 60 of set-up and 12 of waiting", () => {
  const parts: Part[] = [
    ["SetUp", 60],
    ["Cutting", 200],
    ["Break", 30],
    ["Cutting", 178],
    ["Waiting", 12],
  ];
  const found = after(parts, 60, 3, 63 * 300);
  expect(found.planned_s).toBe(450 * 60);
  expect(found.availability).toBeCloseTo(378 / 450, 12);
  expect(found.performance).toBeCloseTo(315 / 378, 12);
  expect(found.quality).toBeCloseTo(60 / 63, 12);
  expect(found.oee).toBeCloseTo((315 / 450) * (60 / 63), 12);
  expect(found.lost_s).toEqual({ "set-up": 3600, tools: 0, breakdown: 0, waiting: 720 });
});

test("a stop below five minutes is a loss of performance, and one that goes on under another name is not", () => {
  const short = after(
    [
      ["Cutting", 90],
      ["MicroStop", 4],
      ["Cutting", 6],
    ],
    1,
    0,
    5760,
  );
  expect(short.availability).toBe(1);
  expect(short.performance).toBeCloseTo(0.96, 12);
  const long = after(
    [
      ["Cutting", 90],
      ["Alarm", 4],
      ["Repair", 6],
    ],
    1,
    0,
    5400,
  );
  expect(long.availability).toBeCloseTo(0.9, 12);
  expect(long.performance).toBe(1);
  expect(long.lost_s.breakdown).toBe(600);
});

test("set-up and changing worn tools are losses of availability however short they are", () => {
  const { lost_s } = after(
    [
      ["ToolService", 3],
      ["SetUp", 2],
      ["Cutting", 95],
    ],
    1,
    0,
    1,
  );
  expect(lost_s).toEqual({ "set-up": 120, tools: 180, breakdown: 0, waiting: 0 });
});

test("looking in between changes nothing, and states that take no time leave no trace", () => {
  const states = ["Cutting", "Rapid", "Ready", "Waiting", "Alarm", "Repair", "SetUp", "Off", "MicroStop"];
  const part = fc.tuple(fc.constantFrom(...states), fc.nat({ max: 9 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1 }), (parts) => {
      const book = new TimeBook(CNC_TIME_MODEL);
      let now_s = 0;
      const output = { good: 3, scrapped: 1, designed_s: 60 };
      for (const [state, minutes] of parts) {
        book.enter(state, now_s);
        book.until(now_s, output);
        book.until(now_s + 30 * minutes, output);
        now_s += 60 * minutes;
      }
      const found = book.until(now_s, output);
      expect(found).toEqual(
        after(
          parts.filter(([, minutes]) => minutes > 0 || parts.length === 1),
          3,
          1,
          60,
        ),
      );
      const planned = parts.reduce((sum, [state, minutes]) => sum + (state === "Off" ? 0 : 60 * minutes), 0);
      expect(found.planned_s).toBe(planned);
    }),
  );
});
