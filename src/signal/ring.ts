const FIRST_CAPACITY = 4;
/** Places that are looked at one by one before a search is worth it. */
const NEWEST = 8;

/**
 * What held when, as a ring of places. Each place has a fixed count of numbers, the first of which is the time from
 * which on it holds, and an object where its owner puts one.
 *
 * A place that no reader can ask for any more is written over, so that a new entry makes nothing for the garbage
 * collector. How far back a reader may ask is the owner's to say. A ring full of places that are still needed is copied
 * into one of twice the size.
 */
export abstract class Ring<T> {
  protected numbers: Float64Array;
  protected objects: (T | undefined)[] | undefined = undefined;
  protected newest = 0;
  #oldest = 0;
  #mask = FIRST_CAPACITY - 1;
  readonly #stride: number;
  readonly #keep_s: number;

  /** @param stride  numbers a place, the time included */
  protected constructor(keep_s: number, stride: number) {
    this.#keep_s = keep_s;
    this.#stride = stride;
    this.numbers = new Float64Array(FIRST_CAPACITY * stride);
    this.numbers[0] = -Infinity;
  }

  /** The last place that begins at or before a time; the oldest kept one when that is longer ago. */
  protected placeAt(time_s: number): number {
    const { numbers } = this;
    const stride = this.#stride;
    let place = this.newest;
    for (let steps = 0; steps < NEWEST; steps++) {
      if (numbers[place * stride]! <= time_s || place === this.#oldest) return place;
      place = (place - 1) & this.#mask;
    }
    return this.#search(time_s, place);
  }

  protected placeAfter(place: number): number {
    return (place + 1) & this.#mask;
  }

  /** The place for what holds from `time_s` on: a new one, or the newest once more when it begins at that time. */
  protected open(time_s: number): number {
    const newest_s = this.numbers[this.newest * this.#stride]!;
    if (time_s === newest_s) return this.newest;
    if (time_s < newest_s) throw new RangeError(`an entry at ${time_s} s would change the past`);
    if (this.placeAfter(this.newest) === this.#oldest) this.#makeRoom(time_s - this.#keep_s);
    this.newest = this.placeAfter(this.newest);
    this.numbers[this.newest * this.#stride] = time_s;
    return this.newest;
  }

  protected putObject(place: number, object: T): void {
    this.objects ??= new Array<T | undefined>(this.#mask + 1).fill(undefined);
    this.objects[place] = object;
  }

  /** By bisection between the oldest place and `last`. */
  #search(time_s: number, last: number): number {
    let below = 0;
    let above = ((last - this.#oldest) & this.#mask) + 1;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      const place = (this.#oldest + middle) & this.#mask;
      if (this.numbers[place * this.#stride]! > time_s) above = middle;
      else below = middle;
    }
    return (this.#oldest + below) & this.#mask;
  }

  /** Forgets what ended before a time; doubles the ring when nothing did. */
  #makeRoom(before_s: number): void {
    const first = this.#oldest;
    while (this.#oldest !== this.newest) {
      const second = this.placeAfter(this.#oldest);
      if (this.numbers[second * this.#stride]! > before_s) break;
      if (this.objects) this.objects[this.#oldest] = undefined;
      this.#oldest = second;
    }
    if (this.#oldest === first) this.#double();
  }

  #double(): void {
    const capacity = this.#mask + 1;
    const { numbers, objects } = this;
    const split = this.#oldest * this.#stride;
    this.numbers = new Float64Array(2 * numbers.length);
    this.numbers.set(numbers.subarray(split));
    this.numbers.set(numbers.subarray(0, split), numbers.length - split);
    if (objects) {
      const unused = new Array<T | undefined>(capacity).fill(undefined);
      this.objects = objects.slice(this.#oldest).concat(objects.slice(0, this.#oldest), unused);
    }
    this.#mask = 2 * capacity - 1;
    this.#oldest = 0;
    this.newest = capacity - 1;
  }
}
