/**
 * Something about a machine that faults change: a sum of what each of them adds. Windows that overlap add up, and
 * what a fault has added leaves with it.
 */
export class Influence {
  readonly #parts = new Map<object, number>();
  readonly #listeners: (() => void)[] = [];
  #sum = 0;

  /** 0 without a fault. */
  get value(): number {
    return this.#sum;
  }

  /** What `by` adds from now on, instead of what it added before; 0 for nothing. */
  set(by: object, amount: number): void {
    if (amount === 0) this.#parts.delete(by);
    else this.#parts.set(by, amount);
    // Summed anew: what was added and taken away leaves no rounding behind.
    this.#sum = 0;
    for (const part of this.#parts.values()) this.#sum += part;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
