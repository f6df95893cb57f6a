import type { Handle } from "../../src/engine/calendar.ts";

const ARITY = 4;
const SLOT_BITS = 24;
const SLOTS_MAX = (1 << SLOT_BITS) - 1;
const SEQUENCE_SPAN = 0x1000000000000;

/**
 * The plainest calendar that is fast enough to be held against: a 4-ary heap of slots in typed arrays, from which
 * a cancelled item leaves at once. Same order and same handles' promise as `Calendar`.
 */
export class ReferenceHeap<T> {
  /** Heap of slots; the sort keys stand beside it in heap order, so that sifting stays in three flat arrays. */
  #heap = new Int32Array(64);
  #times = new Float64Array(64);
  #orders = new Float64Array(64);
  /** Per slot: place in the heap, or -1 when free. */
  #places = new Int32Array(64).fill(-1);
  #generations = new Float64Array(64);
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;
  #sequence = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the next item; Infinity when there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : this.#times[0]!;
  }

  /** @throws RangeError when the time is NaN or more than 16.7 million items are pending */
  insert(time: number, priority: number, item: T): Handle {
    if (!(time >= -Infinity)) throw new RangeError(`an event cannot be scheduled at ${time}`);
    const slot = this.#takeSlot();
    this.#items[slot] = item;
    this.#rise(this.#size++, time, priority * SEQUENCE_SPAN + this.#sequence++, slot);
    return this.#generations[slot]! * (SLOTS_MAX + 1) + slot;
  }

  /** Takes the next item out. @throws RangeError when empty */
  pop(): T {
    if (this.#size === 0) throw new RangeError("the calendar is empty");
    const slot = this.#heap[0]!;
    const item = this.#items[slot]!;
    this.#remove(0);
    this.#releaseSlot(slot);
    return item;
  }

  /** True when the entry was pending; false when it has fired or was cancelled before. */
  cancel(handle: Handle): boolean {
    const slot = handle % (SLOTS_MAX + 1);
    const place = this.#places[slot];
    if (place === undefined || place < 0) return false;
    if (this.#generations[slot] !== (handle - slot) / (SLOTS_MAX + 1)) return false;
    this.#remove(place);
    this.#releaseSlot(slot);
    return true;
  }

  #takeSlot(): number {
    const slot = this.#free.pop() ?? this.#items.length;
    if (slot >= SLOTS_MAX) throw new RangeError(`more than ${SLOTS_MAX} events are pending`);
    if (slot >= this.#heap.length) this.#grow();
    return slot;
  }

  #releaseSlot(slot: number): void {
    this.#items[slot] = undefined;
    this.#places[slot] = -1;
    this.#generations[slot]! += 1;
    this.#free.push(slot);
  }

  #grow(): void {
    const length = this.#heap.length * 2;
    const copy = <A extends Int32Array | Float64Array>(into: A, from: A): A => {
      into.set(from);
      return into;
    };
    this.#heap = copy(new Int32Array(length), this.#heap);
    this.#times = copy(new Float64Array(length), this.#times);
    this.#orders = copy(new Float64Array(length), this.#orders);
    this.#places = copy(new Int32Array(length).fill(-1), this.#places);
    this.#generations = copy(new Float64Array(length), this.#generations);
  }

  #remove(place: number): void {
    const last = --this.#size;
    if (place === last) return;
    const time = this.#times[last]!;
    const order = this.#orders[last]!;
    const slot = this.#heap[last]!;
    const parent = (place - 1) >> 2;
    if (place > 0 && this.#before(time, order, parent)) this.#rise(place, time, order, slot);
    else this.#sink(place, time, order, slot);
  }

  #before(time: number, order: number, place: number): boolean {
    const other = this.#times[place]!;
    return time < other || (time === other && order < this.#orders[place]!);
  }

  #rise(place: number, time: number, order: number, slot: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (!this.#before(time, order, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, time, order, slot);
  }

  #sink(place: number, time: number, order: number, slot: number): void {
    for (;;) {
      const first = place * ARITY + 1;
      if (first >= this.#size) break;
      const end = Math.min(first + ARITY, this.#size);
      let least = first;
      for (let child = first + 1; child < end; child++) {
        if (this.#before(this.#times[child]!, this.#orders[child]!, least)) least = child;
      }
      if (this.#before(time, order, least)) break;
      this.#move(least, place);
      place = least;
    }
    this.#put(place, time, order, slot);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#heap[from]!);
  }

  #put(place: number, time: number, order: number, slot: number): void {
    this.#times[place] = time;
    this.#orders[place] = order;
    this.#heap[place] = slot;
    this.#places[slot] = place;
  }
}
