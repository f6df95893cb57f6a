const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Chains everything that a cell does into 64 bits, in order; equal digests mean equal runs. */
export class Digest {
  #high = 0x6a09e667 | 0;
  #low = 0xbb67ae85 | 0;

  /** Chains the bits of a number; -0 counts as 0. */
  number(value: number): this {
    double[0] = value === 0 ? 0 : value;
    this.#word(words[0]!);
    this.#word(words[1]!);
    return this;
  }

  /** Chains a text by its UTF-16 code units and its length. */
  text(value: string): this {
    this.#word(value.length);
    for (let i = 0; i < value.length; i++) this.#word(value.charCodeAt(i));
    return this;
  }

  /** 16 hexadecimal digits. */
  get hex(): string {
    const digits = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return digits(this.#high) + digits(this.#low);
  }

  #word(word: number): void {
    let high = Math.imul(this.#high ^ word, 0x9e3779b1);
    high ^= high >>> 15;
    const low = Math.imul(this.#low + high, 0x85ebca6b);
    this.#high = high + word;
    this.#low = low ^ (low >>> 13);
  }
}

/** A number that stands for a name, for names that are chained often. */
export function tagOf(name: string): number {
  return Number.parseInt(new Digest().text(name).hex.slice(0, 12), 16);
}

/** One digest over many, whatever order they come in: sorted by name first. */
export function combine(parts: ReadonlyMap<string, string>): string {
  const digest = new Digest();
  for (const name of [...parts.keys()].sort()) digest.text(name).text(parts.get(name)!);
  return digest.hex;
}
