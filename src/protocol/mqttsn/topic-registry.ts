/** 5.3.11: 0000 and FFFF are reserved. */
export const isTopicId = (id: number): boolean => id > 0 && id < 0xffff;

/**
 * A client's topics in one connection: names and ids, one table for both directions (6.5), and what is yet to be
 * registered.
 */
export class TopicRegistry {
  readonly #ids = new Map<string, number>();
  readonly #refused = new Set<string>();
  #missing: string[] = [];

  /** A new connection voids all ids; these names are wanted first. */
  reset(wanted: readonly string[]): void {
    this.#ids.clear();
    this.#refused.clear();
    this.#missing = [...wanted];
  }

  /** The next of the wanted names without an id. */
  get missing(): string | undefined {
    return this.#missing[0];
  }

  id(name: string): number | undefined {
    return this.#ids.get(name);
  }

  isRefused(name: string): boolean {
    return this.#refused.has(name);
  }

  assign(name: string, id: number): void {
    this.#ids.set(name, id);
    this.#missing = this.#missing.filter((missing) => missing !== name);
  }

  refuse(name: string): void {
    this.#refused.add(name);
    this.#missing = this.#missing.filter((missing) => missing !== name);
  }

  /** The gateway no longer knows the id of this name. */
  forget(name: string): void {
    this.#ids.delete(name);
  }

  /** The name behind an id. */
  name(id: number): string | undefined {
    return [...this.#ids].find(([, assigned]) => assigned === id)?.[0];
  }
}
