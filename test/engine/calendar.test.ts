import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Calendar, PRIORITY, type Handle } from "../../src/engine/calendar.ts";
import { RandomKey, type RandomStream } from "../../src/engine/random.ts";
import { ReferenceHeap } from "../support/reference-heap.ts";

type Delay = (draw: RandomStream) => number;

/** What makes calendars stumble: each a delay after the time that was popped last. */
const DELAYS: Record<string, Delay> = {
  uniform: (draw) => 1000 * draw.uniform(),
  exponential: (draw) => -1000 * Math.log(draw.uniform()),
  ties: () => 1,
  "integer ticks": (draw) => Math.floor(20 * draw.uniform()),
  "at now": () => 0,
  bimodal: (draw) => (draw.uniform() < 0.9 ? 1e-3 * draw.uniform() : 1e6 * draw.uniform()),
  "heavy tail": (draw) => draw.uniform() ** -3 - 1,
  "clusters below the resolution of time": (draw) => (draw.uniform() < 0.5 ? 1e-16 : 1e9) * draw.uniform(),
  "far watches": (draw) => (draw.uniform() < 0.1 ? Infinity : draw.uniform()),
  "the ends of the range": (draw) => [0, 5e-324, 1e308, Infinity][Math.floor(4 * draw.uniform())]!,
};

const plan = fc.record({
  seed: fc.integer(),
  /** In turn, so that the layout meets what it was not made for. */
  delays: fc.array(fc.constantFrom(...Object.keys(DELAYS)), { minLength: 1, maxLength: 4 }),
  crowd: fc.constantFrom(3, 30, 300, 3000),
  cancelShare: fc.constantFrom(0, 0.1, 0.45),
});

/** One calendar and the reference, which get the same and must give the same. */
class Pair {
  readonly #calendar = new Calendar<object>();
  readonly #reference = new ReferenceHeap<object>();
  readonly #handles: [Handle, Handle][] = [];
  #now = -1;

  get size(): number {
    return this.#calendar.size;
  }

  insert(draw: RandomStream, delay: Delay): void {
    const item = {};
    const time = this.#now + delay(draw);
    const priority = Math.floor(16 * draw.uniform());
    const handles: [Handle, Handle] = [
      this.#calendar.insert(time, priority, item),
      this.#reference.insert(time, priority, item),
    ];
    // Old ones stay in the list, so that stale handles are tried as well.
    if (this.#handles.length < 5000) this.#handles.push(handles);
    else this.#handles[Math.floor(draw.uniform() * 5000)] = handles;
  }

  cancel(draw: RandomStream): void {
    const handles = this.#handles[Math.floor(draw.uniform() * this.#handles.length)];
    if (!handles) return;
    if (this.#calendar.cancel(handles[0]) !== this.#reference.cancel(handles[1])) {
      throw new Error("one cancelled what the other did not");
    }
  }

  pop(): void {
    const time = this.#reference.nextTime;
    // Infinity is never reached by a simulation, but popped here.
    if (time < Infinity) this.#now = time;
    if (this.#calendar.nextTime !== time) throw new Error(`${this.#calendar.nextTime} instead of ${time}`);
    if (this.#reference.size === 0) return;
    if (this.#calendar.pop() !== this.#reference.pop()) throw new Error(`another item at ${time}`);
    if (this.#calendar.poppedTime !== time) throw new Error(`${this.#calendar.poppedTime} for ${time}`);
    if (this.#calendar.size !== this.#reference.size) throw new Error("another size");
  }
}

const OPERATIONS = 12_000;

describe("calendar", () => {
  test("agrees with a plain heap over millions of inserts, pops and cancels of every kind", () => {
    fc.assert(
      fc.property(plan, ({ seed, delays, crowd, cancelShare }) => {
        const draw = RandomKey.root(seed).stream();
        const pair = new Pair();
        for (let i = 0; i < OPERATIONS; i++) {
          const delay = DELAYS[delays[Math.floor((i * delays.length) / OPERATIONS)]!]!;
          // Fills up to the crowd, drains to nothing, and so on.
          const filling = Math.floor(i / (2 * crowd)) % 3 !== 2;
          const choice = draw.uniform();
          if (choice < cancelShare) pair.cancel(draw);
          else if (pair.size < crowd && choice < (filling ? 0.8 : 0.55)) pair.insert(draw, delay);
          else pair.pop();
        }
        while (pair.size > 0) pair.pop();
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("a handle of an entry that has gone cancels nothing, even when its slot is used again", () => {
    const calendar = new Calendar<string>();
    const old = calendar.insert(1, 0, "a");
    calendar.pop();
    const cancelled = calendar.insert(1, 0, "b");
    expect([calendar.cancel(old), calendar.cancel(cancelled), calendar.cancel(cancelled)]).toEqual([
      false,
      true,
      false,
    ]);
    calendar.insert(1, 0, "c");
    expect([calendar.cancel(old), calendar.cancel(cancelled), calendar.cancel(0)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(calendar.pop()).toBe("c");
  });

  test("what is entered leaves by its slot and itself, and only while it is there", () => {
    const calendar = new Calendar<object>();
    const [a, b] = [{}, {}];
    const slot = calendar.enter(1, PRIORITY.normal, a);
    expect(calendar.leave(slot, b)).toBe(false);
    expect(calendar.leave(slot, a)).toBe(true);
    expect(calendar.leave(slot, a)).toBe(false);
    expect([calendar.size, calendar.nextTime]).toEqual([0, Infinity]);
  });

  test("cancelling without end leaves no more behind than half of what is pending", () => {
    const calendar = new Calendar<number>();
    let handle = calendar.insert(1e9, 0, 0);
    for (let i = 1; i <= 100_000; i++) {
      calendar.cancel(handle);
      handle = calendar.insert(1e9, 0, i);
      // 24 bits of a handle are its slot.
      expect(handle % 0x1000000).toBeLessThan(200);
    }
    expect([calendar.size, calendar.pop()]).toEqual([1, 100_000]);
  });

  test("pops nothing that comes later than asked", () => {
    const calendar = new Calendar<string>();
    calendar.insert(2, 0, "later");
    calendar.insert(1, PRIORITY.late, "late");
    calendar.insert(1, PRIORITY.urgent, "urgent");
    expect([calendar.popUntil(0), calendar.popUntil(1), calendar.popUntil(1), calendar.popUntil(1)]).toEqual([
      undefined,
      "urgent",
      "late",
      undefined,
    ]);
    expect([calendar.poppedTime, calendar.nextTime]).toEqual([1, 2]);
  });

  test("refuses what has no time, and popping nothing", () => {
    const calendar = new Calendar<string>();
    expect(() => calendar.insert(NaN, 0, "a")).toThrow(RangeError);
    expect(() => calendar.pop()).toThrow(RangeError);
    expect(calendar.nextTime).toBe(Infinity);
    calendar.insert(-Infinity, 0, "first");
    calendar.insert(Infinity, 0, "last");
    expect([calendar.pop(), calendar.pop()]).toEqual(["first", "last"]);
  });
});
