/** Octets that may be kept, as a part of what a larger whole may keep. */
export class Allowance {
  readonly #limit_octets: number;
  readonly #whole: Allowance | undefined;
  #used_octets = 0;

  constructor(limit_octets: number, whole?: Allowance) {
    this.#limit_octets = limit_octets;
    this.#whole = whole;
  }

  get used_octets(): number {
    return this.#used_octets;
  }

  /** @returns false when there is no room; nothing is taken then */
  take(octets: number): boolean {
    if (this.#used_octets + octets > this.#limit_octets) return false;
    if (this.#whole && !this.#whole.take(octets)) return false;
    this.#used_octets += octets;
    return true;
  }

  give(octets: number): void {
    this.#used_octets -= octets;
    this.#whole?.give(octets);
  }
}
