import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Calendar, type Handle } from "../../src/engine/calendar.ts";

/** The plainest thing that is right: a list, sorted at each look. */
class ReferenceCalendar {
  #entries: { time: number; priority: number; sequence: number; item: number }[] = [];
  #sequence = 0;

  insert(time: number, priority: number, item: number): number {
    this.#entries.push({ time, priority, sequence: this.#sequence, item });
    return this.#sequence++;
  }

  pop(): number {
    this.#entries.sort((a, b) => a.time - b.time || a.priority - b.priority || a.sequence - b.sequence);
    return this.#entries.shift()!.item;
  }

  cancel(sequence: number): boolean {
    const at = this.#entries.findIndex((entry) => entry.sequence === sequence);
    if (at >= 0) this.#entries.splice(at, 1);
    return at >= 0;
  }

  get size(): number {
    return this.#entries.length;
  }
}

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      time: fc.integer({ min: 0, max: 20 }),
      priority: fc.integer({ min: 0, max: 15 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pop" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() }) },
);

describe("calendar", () => {
  test("agrees with a sorted list over random inserts, pops and cancels, ties included", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const calendar = new Calendar<number>();
        const reference = new ReferenceCalendar();
        const handles: [Handle, number][] = [];
        for (const [item, it] of operations.entries()) {
          if (it.kind === "insert") {
            handles.push([
              calendar.insert(it.time, it.priority, item),
              reference.insert(it.time, it.priority, item),
            ]);
          } else if (it.kind === "pop") {
            if (reference.size > 0) expect(calendar.pop()).toBe(reference.pop());
          } else if (handles.length > 0) {
            const [handle, sequence] = handles[it.which % handles.length]!;
            expect(calendar.cancel(handle)).toBe(reference.cancel(sequence));
          }
          expect(calendar.size).toBe(reference.size);
        }
        while (reference.size > 0) expect(calendar.pop()).toBe(reference.pop());
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("a handle of an entry that has gone cancels nothing, even when its slot is used again", () => {
    const calendar = new Calendar<string>();
    const old = calendar.insert(1, 0, "a");
    calendar.pop();
    calendar.insert(1, 0, "b");
    expect(calendar.cancel(old)).toBe(false);
    expect(calendar.pop()).toBe("b");
  });

  test("refuses what has no time, and popping nothing", () => {
    const calendar = new Calendar<string>();
    expect(() => calendar.insert(NaN, 0, "a")).toThrow(RangeError);
    expect(() => calendar.pop()).toThrow(RangeError);
    expect(calendar.nextTime).toBe(Infinity);
  });
});
