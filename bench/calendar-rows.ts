import { Heap } from "heap-js";
import { Calendar, PRIORITY, type Handle } from "../src/engine/calendar.ts";
import { RandomKey } from "../src/engine/random.ts";
import { ReferenceHeap } from "../test/support/reference-heap.ts";
import { compare, Draws, timed, type Run } from "./measure.ts";
import type { Row } from "./table.ts";

/*
 * The hold model (Jones 1986): of n pending items the next is taken out and put back after a random delay. With
 * exponential delays it begins in its steady state.
 */

/** Delays have the mean n, so that one item is due a second. */
type DelayOf = (n: number) => () => number;

const stream = RandomKey.root("bench").stream();
const exponential: DelayOf = (n) => () => -n * Math.log(stream.uniform());
const ties: DelayOf = () => () => 1;
const ticks: DelayOf = () => () => 1 + Math.floor(1000 * stream.uniform());

/** Enough that a round is not about filling the caches that the other left cold. */
const OPERATIONS = 1_000_000;

interface Item {
  readonly id: number;
}

const makeItems = (n: number): Item[] => Array.from({ length: n }, (_, id) => ({ id }));

/** `enter` and `popUntil` are what a process's hold goes through. */
export function holdLadder(n: number, delayOf: DelayOf = exponential): Run {
  const calendar = new Calendar<Item>();
  const delays = new Draws(delayOf(n));
  for (const item of makeItems(n)) calendar.enter(delays.next(), PRIORITY.normal, item);
  return () =>
    timed(OPERATIONS, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        const item = calendar.popUntil(Infinity)!;
        calendar.enter(calendar.poppedTime + delays.next(), PRIORITY.normal, item);
      }
    });
}

interface Entry {
  readonly time: number;
  readonly priority: number;
  readonly sequence: number;
  readonly item: Item;
}

/** As an engine over heap-js would do it: an entry for each event, ordered by the same three keys. */
function holdHeapJs(n: number, delayOf: DelayOf): Run {
  const heap = new Heap<Entry>(
    (a, b) => a.time - b.time || a.priority - b.priority || a.sequence - b.sequence,
  );
  const delays = new Draws(delayOf(n));
  let sequence = 0;
  for (const item of makeItems(n)) {
    heap.push({ time: delays.next(), priority: PRIORITY.normal, sequence: sequence++, item });
  }
  return () =>
    timed(OPERATIONS, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        const { time, item } = heap.pop()!;
        heap.push({ time: time + delays.next(), priority: PRIORITY.normal, sequence: sequence++, item });
      }
    });
}

function holdReferenceHeap(n: number, delayOf: DelayOf): Run {
  const heap = new ReferenceHeap<Item>();
  const delays = new Draws(delayOf(n));
  for (const item of makeItems(n)) heap.insert(delays.next(), PRIORITY.normal, item);
  return () =>
    timed(OPERATIONS, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        const time = heap.nextTime;
        heap.insert(time + delays.next(), PRIORITY.normal, heap.pop());
      }
    });
}

/** A hold that keeps handles, and with it, if wanted, an item picked at random that is put off. */
function holdAndPutOff(n: number, putOff: boolean): Run {
  const calendar = new Calendar<Item>();
  const delays = new Draws(exponential(n));
  const items = makeItems(n);
  const handles = Float64Array.from(items, (item): Handle => {
    return calendar.insert(delays.next(), PRIORITY.normal, item);
  });
  let pick = 1;
  return () =>
    timed(OPERATIONS, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        const item = calendar.popUntil(Infinity)!;
        const now = calendar.poppedTime;
        handles[item.id] = calendar.insert(now + delays.next(), PRIORITY.normal, item);
        if (!putOff) continue;
        pick = (Math.imul(pick, 1664525) + 1013904223) >>> 0;
        const other = pick % n;
        calendar.cancel(handles[other]!);
        handles[other] = calendar.insert(now + delays.next(), PRIORITY.normal, items[other]!);
      }
    });
}

const PENDING: readonly [n: number, atLeast: number][] = [
  [1e3, 5],
  [1e4, 6],
  [1e5, 8],
  [1e6, 8],
];

const holds: Row[] = PENDING.map(([n, atLeast]) => ({
  what: `hold, ${n.toExponential().replace("+", "")} pending`,
  baseline: "heap-js",
  gate: { kind: "times faster", atLeast },
  measure: () => compare(holdHeapJs(n, exponential), holdLadder(n, exponential)),
}));

const skewed: Row[] = Object.entries({ ties, "integer ticks": ticks }).map(([name, delayOf]) => ({
  what: `hold, 1e5 pending, ${name}`,
  baseline: "4-ary typed heap",
  gate: { kind: "times the cost", atMost: 1.3 },
  measure: () => compare(holdReferenceHeap(1e5, delayOf), holdLadder(1e5, delayOf)),
}));

export const calendarRows: readonly Row[] = [
  ...holds,
  ...skewed,
  {
    what: "cancel + reschedule, 1e5 pending",
    baseline: "hold with handles",
    gate: { kind: "times the cost", atMost: 1.5 },
    measure: () => {
      const [plain, both] = [holdAndPutOff(1e5, false), holdAndPutOff(1e5, true)];
      // What the second run does beside its holds, which the first has just measured.
      let hold_ns = 0;
      return compare(
        () => (hold_ns = plain()),
        () => both() - hold_ns,
      );
    },
  },
];
