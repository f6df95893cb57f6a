import seedrandom from "seedrandom";

const TO_UNIT = 1 / 4294967296;

/** Mixes 32 bits so that every input bit reaches every output bit (Murmur3's finaliser). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A 64-bit key of a random stream. Keys form a tree by *name*, so that a new unit or a new stream in one place
 * changes no number anywhere else. A key draws nothing itself: numbers are addressed (`uniform(n)`) or drawn in
 * order from `stream()`.
 */
export class RandomKey {
  readonly #high: number;
  readonly #low: number;

  private constructor(high: number, low: number) {
    this.#high = high;
    this.#low = low;
  }

  /** The root of everything random in a run. */
  static root(seed: number | string): RandomKey {
    const text = String(seed);
    // The library repeats a key, as RC4 does, which would make one seed of 1, 11 and 111.
    const isRepetition = /^(.+?)\1+$/s.test(text);
    const generator = seedrandom(isRepetition ? `${text}\0${text.length}` : text);
    return new RandomKey(generator.int32(), generator.int32());
  }

  /** The key below this one with that name. */
  child(name: string): RandomKey {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      high = mix(Math.imul(high, 31) ^ code ^ low);
      low = mix(Math.imul(low, 0x9e3779b1) + code + high);
    }
    // The length keeps "a" + "bc" and "ab" + "c" apart.
    return new RandomKey(mix(high ^ Math.imul(name.length + 1, 0x85ebca6b)), mix(low + high));
  }

  /** 32 bits that depend on the key and n alone; n is an integer of up to 53 bits, negative ones included. */
  bits(n: number): number {
    const upper = Math.floor(n * TO_UNIT);
    let h = mix(Math.imul(n | 0, 0x9e3779b1) ^ this.#low);
    h = mix(h + Math.imul(upper, 0x2c1b3c6d) + this.#high);
    return mix(h ^ this.#low) >>> 0;
  }

  /** A number in (0, 1), never 0 nor 1, that depends on the key and n alone. */
  uniform(n: number): number {
    return (this.bits(n) + 0.5) * TO_UNIT;
  }

  /** A generator that starts from this key; two of one key give the same numbers. */
  stream(): RandomStream {
    return new RandomStream(this.#high, this.#low);
  }
}

/** Numbers in order, by sfc32 (Doty-Humphrey's Small Fast Counting generator). */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(high: number, low: number) {
    this.#a = high | 0;
    this.#b = low | 0;
    this.#c = high ^ low ^ 0x9e3779b9;
    for (let i = 0; i < 15; i++) this.bits();
  }

  /** The next 32 bits. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** The next number in (0, 1), never 0 nor 1. */
  uniform(): number {
    return (this.bits() + 0.5) * TO_UNIT;
  }
}
