/** Identifies one entry of a calendar; never reused, so a stale handle cancels nothing. 0 is nobody's. */
export type Handle = number;

/** Priorities 0 to 15; of two entries at one time the lower number goes first. */
export const PRIORITY = { urgent: 0, normal: 8, late: 14, input: 15 } as const;

/** An order is priority * SEQUENCE_SPAN + sequence, a handle generation * SLOT_SPAN + slot; both exact doubles. */
const SEQUENCE_SPAN = 0x1000000000000;
const SLOT_SPAN = 0x1000000;
const SLOT_MASK = SLOT_SPAN - 1;
/** A slot that has had so many tenants is not let again, lest a handle be reused. */
const GENERATION_MAX = 0x1fffffff;

/* A slot's record: time and order as doubles, link and generation as words of the same buffer and cache line. */
const DOUBLES = 3;
const WORDS = 2 * DOUBLES;
const LINK = 4;
const GENERATION = 5;

const FIRST_LENGTH = 64;
/** So few entries are not worth buckets: this scale puts into one all that is not 1e290 s away. */
const FEW = 16;
const ALL_IN_ONE = 1e-290;
/** An entry that goes further down the sorted stack than this turns the stack into a heap. */
const SHIFT_MAX = 64;
/** Entries that a bucket holds on average when the buckets are laid out. */
const PER_BUCKET = 2;
/** The buckets reach so many times as far as the lower quartile of a sample, which the sorted stack sorts. */
const REACH = 12;
const SAMPLE = 31;
/** Records are read so many buckets early, to be in the cache by then: at a million entries, that is what counts. */
const AHEAD = 8;

/**
 * The future of a simulation: items ordered by (time, priority, sequence), where sequence is the order of
 * insertion. A ladder of three tiers, each entry in one of them:
 *
 * - *near*: what comes next, as a stack sorted downwards; a heap when entries would have to go deep;
 * - *buckets*: equal spans of time, each an unordered list that is sorted when its turn comes;
 * - *far*: an unordered list of what lies beyond the buckets; when those are empty, they are laid out anew over
 *   what stands there, by the density that is found. Entries at Infinity wait in a list of their own.
 *
 * So an entry is touched a constant number of times, whatever the number pending. Where delays are so skewed that
 * a bucket overfills, the near heap bounds the cost. A cancelled entry leaves its record behind (no item, no order,
 * generation moved on) until its tier comes to it; when half of all records are such remains, all is laid out anew.
 */
export class Calendar<T extends NonNullable<unknown>> {
  /** Time of the item that was popped last. */
  poppedTime = -Infinity;
  #doubles = new Float64Array(FIRST_LENGTH * DOUBLES);
  #words = new Int32Array(this.#doubles.buffer);
  /** Per slot; undefined for a free slot and for the remains of a cancelled entry. */
  readonly #items: (T | undefined)[] = [];
  #slots = 0;
  #free = -1;
  #size = 0;
  #remains = 0;
  #sequence = 0;
  #nearKeys = new Float64Array(FIRST_LENGTH * 2);
  #nearSlots = new Int32Array(FIRST_LENGTH);
  #near = 0;
  #isHeap = false;
  /** When so many stand near, the layout is out of date: it was made for far fewer. */
  #crowd = FIRST_LENGTH;
  /** First slot of each bucket's list or -1; all before `next` are done. */
  #heads = new Int32Array(FIRST_LENGTH).fill(-1);
  #buckets = 0;
  #next = 0;
  #base = -Infinity;
  #scale = 1;

  #farSlots = new Int32Array(FIRST_LENGTH);
  #far = 0;
  #farLeast = Infinity;
  #never = -1;
  /** Means nothing; without it the compiler would leave out the reading ahead. */
  protected fetched = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the next item; Infinity when there is none. */
  get nextTime(): number {
    while (this.#size > 0) {
      if (this.#near === 0) this.#refill();
      const top = this.#isHeap ? 0 : this.#near - 1;
      if (this.#items[this.#nearSlots[top]!] !== undefined) return this.#nearKeys[2 * top]!;
      this.#clear(this.#takeTop());
    }
    return Infinity;
  }

  /** @throws RangeError when the time is NaN or more than 16.7 million items are pending */
  insert(time: number, priority: number, item: T): Handle {
    const slot = this.enter(time, priority, item);
    return this.#words[slot * WORDS + GENERATION]! * SLOT_SPAN + slot;
  }

  /** True when the entry was pending; false when it has fired or was cancelled before. */
  cancel(handle: Handle): boolean {
    const slot = handle & SLOT_MASK;
    const generation = slot < this.#slots ? this.#words[slot * WORDS + GENERATION] : -1;
    return generation === (handle - slot) / SLOT_SPAN && this.#bury(slot);
  }

  /**
   * Like `insert`, for an item that stands here once at a time, for then its slot and itself identify it. The slot
   * is a small integer; a handle is not, and making one costs as much memory and time as all the rest.
   */
  enter(time: number, priority: number, item: T): number {
    if (!(time >= -Infinity)) throw new RangeError(`an event cannot be scheduled at ${time}`);
    let slot = this.#free;
    if (slot >= 0) this.#free = this.#words[slot * WORDS + LINK]!;
    else slot = this.#newSlot();
    const order = priority * SEQUENCE_SPAN + this.#sequence++;
    this.#items[slot] = item;
    this.#doubles[slot * DOUBLES] = time;
    this.#doubles[slot * DOUBLES + 1] = order;
    this.#size++;
    // The place never falls when time rises, however it is rounded; that alone keeps the tiers in order. NaN is
    // Infinity - Infinity or 0 * Infinity, both at the base, so near.
    const place = (time - this.#base) * this.#scale;
    if (place >= this.#buckets) this.#putFar(time, slot);
    else if (place >= this.#next) this.#putInBucket(place | 0, slot);
    else {
      this.#putNear(time, order, slot);
      if (this.#near > this.#crowd) this.#startOver();
    }
    return slot;
  }

  /** Cancels what was entered; false when it is not there. */
  leave(slot: number, item: T): boolean {
    return this.#items[slot] === item && this.#bury(slot);
  }

  /** Takes the next item out. @throws RangeError when empty */
  pop(): T {
    const item = this.popUntil(Infinity);
    if (item === undefined) throw new RangeError("the calendar is empty");
    return item;
  }

  /** Takes the next item out unless its time is after `until`; undefined then, and when empty. */
  popUntil(until: number): T | undefined {
    while (this.#size > 0) {
      if (this.#near === 0) this.#refill();
      const top = this.#isHeap ? 0 : this.#near - 1;
      const time = this.#nearKeys[2 * top]!;
      if (time > until) break;
      const slot = this.#takeTop();
      const item = this.#items[slot];
      this.#release(slot);
      if (item !== undefined) {
        this.poppedTime = time;
        this.#size--;
        return item;
      }
      this.#remains--;
    }
    return undefined;
  }

  #bury(slot: number): true {
    this.#items[slot] = undefined;
    this.#doubles[slot * DOUBLES + 1] = NaN;
    this.#words[slot * WORDS + GENERATION]!++;
    this.#size--;
    this.#remains++;
    if (2 * this.#remains > this.#slots + FIRST_LENGTH) this.#startOver();
    return true;
  }

  #newSlot(): number {
    const slot = this.#slots;
    if (slot === SLOT_MASK) throw new RangeError(`more than ${SLOT_MASK} events are pending`);
    if (slot * DOUBLES === this.#doubles.length) {
      this.#doubles = longer(this.#doubles);
      this.#words = new Int32Array(this.#doubles.buffer);
    }
    this.#words[slot * WORDS + GENERATION] = 1;
    this.#slots++;
    return slot;
  }

  #release(slot: number): void {
    this.#items[slot] = undefined;
    const words = this.#words;
    const generation = words[slot * WORDS + GENERATION]! + 1;
    words[slot * WORDS + GENERATION] = generation;
    if (generation > GENERATION_MAX) return;
    words[slot * WORDS + LINK] = this.#free;
    this.#free = slot;
  }

  #clear(slot: number): void {
    this.#remains--;
    this.#release(slot);
  }

  #putInBucket(bucket: number, slot: number): void {
    this.#words[slot * WORDS + LINK] = this.#heads[bucket]!;
    this.#heads[bucket] = slot;
  }

  #putFar(time: number, slot: number): void {
    if (time === Infinity) {
      this.#words[slot * WORDS + LINK] = this.#never;
      this.#never = slot;
      return;
    }
    if (this.#far === this.#farSlots.length) this.#farSlots = longer(this.#farSlots);
    this.#farSlots[this.#far++] = slot;
    if (time < this.#farLeast) this.#farLeast = time;
  }

  #putNear(time: number, order: number, slot: number): void {
    let place = this.#near++;
    if (place === this.#nearSlots.length) {
      this.#nearKeys = longer(this.#nearKeys);
      this.#nearSlots = longer(this.#nearSlots);
    }
    if (this.#isHeap) return this.#rise(place, time, order, slot);
    const keys = this.#nearKeys;
    const slots = this.#nearSlots;
    const deep = place - SHIFT_MAX;
    for (; place > 0; place--) {
      const other = keys[2 * place - 2]!;
      if (other > time || (other === time && keys[2 * place - 1]! > order)) break;
      keys[2 * place] = other;
      keys[2 * place + 1] = keys[2 * place - 1]!;
      slots[place] = slots[place - 1]!;
    }
    keys[2 * place] = time;
    keys[2 * place + 1] = order;
    slots[place] = slot;
    if (place < deep) this.#turnIntoHeap();
  }

  #rise(place: number, time: number, order: number, slot: number): void {
    const keys = this.#nearKeys;
    for (let parent = (place - 1) >> 2; place > 0; parent = (place - 1) >> 2) {
      const other = keys[2 * parent]!;
      if (other < time || (other === time && keys[2 * parent + 1]! < order)) break;
      this.#setNear(place, other, keys[2 * parent + 1]!, this.#nearSlots[parent]!);
      place = parent;
    }
    this.#setNear(place, time, order, slot);
  }

  #setNear(place: number, time: number, order: number, slot: number): void {
    this.#nearKeys[2 * place] = time;
    this.#nearKeys[2 * place + 1] = order;
    this.#nearSlots[place] = slot;
  }

  /** The stack is sorted downwards; sorted upwards is a heap. */
  #turnIntoHeap(): void {
    this.#isHeap = true;
    const keys = this.#nearKeys.slice();
    const slots = this.#nearSlots.slice();
    for (let from = 0, to = this.#near - 1; to >= 0; from++, to--) {
      this.#setNear(to, keys[2 * from]!, keys[2 * from + 1]!, slots[from]!);
    }
  }

  #takeTop(): number {
    const last = --this.#near;
    if (!this.#isHeap) return this.#nearSlots[last]!;
    const slot = this.#nearSlots[0]!;
    this.#sink(last);
    return slot;
  }

  /** Closes the gap at the top of the 4-ary heap with the entry that stands behind its end. */
  #sink(size: number): void {
    this.#isHeap = size > 0;
    const keys = this.#nearKeys;
    const slots = this.#nearSlots;
    const time = keys[2 * size]!;
    const order = keys[2 * size + 1]!;
    let place = 0;
    for (let first = 1; first < size; first = 4 * place + 1) {
      let least = first;
      let leastTime = keys[2 * first]!;
      const end = Math.min(first + 4, size);
      for (let child = first + 1; child < end; child++) {
        const other = keys[2 * child]!;
        if (other > leastTime || (other === leastTime && keys[2 * child + 1]! > keys[2 * least + 1]!))
          continue;
        least = child;
        leastTime = other;
      }
      if (time < leastTime || (time === leastTime && order < keys[2 * least + 1]!)) break;
      this.#setNear(place, leastTime, keys[2 * least + 1]!, slots[least]!);
      place = least;
    }
    this.#setNear(place, time, order, slots[size]!);
  }

  /** Fills the near tier, which is empty, from the next bucket that is not. */
  #refill(): void {
    for (; this.#near === 0; this.#layOut()) {
      const heads = this.#heads;
      for (let bucket = this.#next; bucket < this.#buckets; bucket++) {
        const head = heads[bucket]!;
        if (head < 0) continue;
        heads[bucket] = -1;
        this.#next = bucket + 1;
        const ahead = heads[bucket + AHEAD]!;
        if (ahead >= 0 && this.#items[ahead] !== undefined) this.fetched = this.#words[ahead * WORDS + LINK]!;
        this.#loadNear(head);
        if (this.#near > 0) return;
      }
    }
  }

  /** A list is the youngest first, so that ties come off it as the stack wants them. */
  #loadNear(head: number): void {
    for (let slot = head, next; slot >= 0; slot = next) {
      next = this.#words[slot * WORDS + LINK]!;
      const order = this.#doubles[slot * DOUBLES + 1]!;
      if (order === order) this.#putNear(this.#doubles[slot * DOUBLES]!, order, slot);
      else this.#clear(slot);
    }
  }

  /** Lays the buckets out over the far tier, where all stands now but what waits for Infinity. */
  #layOut(): void {
    const count = this.#far;
    this.#crowd = Math.max(2 * count, this.#slots >> 3) + FIRST_LENGTH;
    this.#base = this.#farLeast;
    if (count === 0) {
      this.#loadNear(this.#never);
      this.#never = -1;
      return;
    }
    this.#buckets = 1;
    this.#scale = ALL_IN_ONE;
    if (count > FEW) {
      const share = count / (4 * PER_BUCKET);
      this.#scale = share / (this.#sampleQuartile() - this.#base);
      this.#buckets = Math.ceil(REACH * share);
      // A quarter at one time, or too close for buckets: one bucket for the base, as later places are Infinity.
      if (!(this.#scale > 0 && this.#base + 1 / this.#scale > this.#base)) {
        this.#buckets = 1;
        this.#scale = Infinity;
      }
    }
    this.#distribute();
  }

  /** Lower quartile of evenly spread entries of the far tier; a mean would be led astray by a few far watches. */
  #sampleQuartile(): number {
    for (let i = 0; i < SAMPLE; i++) {
      const slot = this.#farSlots[Math.floor((i * this.#far) / SAMPLE)]!;
      this.#putNear(this.#doubles[slot * DOUBLES]!, i, slot);
    }
    this.#near = 0;
    return this.#nearKeys[2 * (SAMPLE - (SAMPLE >> 2))]!;
  }

  #distribute(): void {
    const buckets = this.#buckets;
    if (buckets + AHEAD > this.#heads.length) this.#heads = new Int32Array(2 * buckets + AHEAD).fill(-1);
    const count = this.#far;
    this.#next = this.#far = 0;
    this.#farLeast = Infinity;
    for (let i = 0; i < count; i++) {
      const slot = this.#farSlots[i]!;
      const time = this.#doubles[slot * DOUBLES]!;
      const place = (time - this.#base) * this.#scale;
      if (place >= buckets) this.#putFar(time, slot);
      else this.#putInBucket(place | 0, slot);
    }
  }

  /** Puts every pending entry into the far tier and forgets the remains of the cancelled. */
  #startOver(): void {
    this.#heads.fill(-1);
    this.#near = this.#buckets = this.#next = this.#far = this.#remains = 0;
    this.#never = this.#free = -1;
    this.#isHeap = false;
    this.#base = -Infinity;
    this.#scale = 1;
    this.#farLeast = Infinity;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#items[slot] !== undefined) this.#putFar(this.#doubles[slot * DOUBLES]!, slot);
      else this.#release(slot);
    }
  }
}

function longer<A extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(array: A): A {
  const copy = new (array.constructor as new (length: number) => A)(2 * array.length);
  copy.set(array);
  return copy;
}
