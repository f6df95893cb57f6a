/** Numbers that are chained together; one at a time would wait for the memory between double and word each time. */
const BATCH = 64;

/** Chains everything that a cell does into 64 bits, in order; equal digests mean equal runs. */
export class Digest {
  #high = 0x6a09e667 | 0;
  #low = 0xbb67ae85 | 0;
  readonly #numbers = new Float64Array(BATCH);
  readonly #words = new Int32Array(this.#numbers.buffer);
  #count = 0;

  /** Chains the bits of a number; -0 counts as 0. */
  number(value: number): this {
    // Adding 0 makes 0 of -0.
    this.#numbers[this.#count++] = value + 0;
    if (this.#count === BATCH) this.#flush();
    return this;
  }

  /** Chains a text by its UTF-16 code units and its length. */
  text(value: string): this {
    // No count is a half: that tells a text from numbers.
    this.number(value.length + 0.5);
    for (let i = 0; i < value.length; i++) this.number(value.charCodeAt(i));
    return this;
  }

  /** 16 hexadecimal digits. */
  get hex(): string {
    this.#flush();
    const digits = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return digits(this.#high) + digits(this.#low);
  }

  #flush(): void {
    const words = this.#words;
    const end = 2 * this.#count;
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < end; i++) {
      const word = words[i]!;
      let mixed = Math.imul(high ^ word, 0x9e3779b1);
      mixed ^= mixed >>> 15;
      const sum = Math.imul(low + mixed, 0x85ebca6b);
      high = (mixed + word) | 0;
      low = sum ^ (sum >>> 13);
    }
    this.#high = high;
    this.#low = low;
    this.#count = 0;
  }
}

/** So many names have their tags kept: ids of quantities, states and blocks come again and again. */
const TAGS_MAX = 4096;
const tags = new Map<string, number>();

/** A number that stands for a name or another text. */
export function tagOf(name: string): number {
  const known = tags.get(name);
  if (known !== undefined) return known;
  const tag = Number.parseInt(new Digest().text(name).hex.slice(0, 12), 16);
  if (tags.size < TAGS_MAX) tags.set(name, tag);
  return tag;
}

/** One digest over many, whatever order they come in: sorted by name first. */
export function combine(parts: ReadonlyMap<string, string>): string {
  const digest = new Digest();
  for (const name of [...parts.keys()].sort()) digest.text(name).text(parts.get(name)!);
  return digest.hex;
}
