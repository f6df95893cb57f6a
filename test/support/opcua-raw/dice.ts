/** Marsaglia's xorshift32 (2003): the same sequence of numbers for a seed, on any engine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761 || 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % count;
  }

  chance(ofHundred: number): boolean {
    return this.below(100) < ofHundred;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  /** Elements of a list that a request has: few mostly, none or many now and then. */
  list(): number[] {
    const length = this.chance(80) ? 1 + this.below(4) : this.pick([0, 0, 17, 200]);
    return Array.from({ length }, (_, i) => i);
  }
}
