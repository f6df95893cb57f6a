import {
  type FilterTopic,
  isShortName,
  type PredefinedTopic,
  type PublishTopic,
  type ShortTopic,
} from "./codec/topic.ts";

/** 5.3.11: 0000 and FFFF are reserved. */
export const isTopicId = (id: number): boolean => id > 0 && id < 0xffff;

const WILDCARD = /[#+]/;

/** A name that stands in a message itself (3); as a filter it may hold no wildcard. */
const isShort = (name: string): boolean => isShortName(name) && !WILDCARD.test(name);

/**
 * A client's topics in one connection: names and ids, one table for both directions (6.5), and what is yet to be
 * registered. Pre-defined and short topics are never registered.
 */
export class TopicRegistry {
  readonly #predefined: ReadonlyMap<string, number>;
  readonly #ids = new Map<string, number>();
  #refused: Set<string> | undefined;
  #missing: string[] = [];

  /** @param predefined  ids by name */
  constructor(predefined: ReadonlyMap<string, number>) {
    this.#predefined = predefined;
  }

  /** A new connection voids all ids; these names are wanted first. */
  reset(wanted: readonly string[]): void {
    this.#ids.clear();
    this.#refused = undefined;
    this.#missing = wanted.filter((name) => this.find(name) === undefined);
  }

  /** The next of the wanted names without an id. */
  get missing(): string | undefined {
    return this.#missing[0];
  }

  /** What to publish to; undefined when it is yet to be registered. */
  find(name: string): PublishTopic | undefined {
    const id = this.#ids.get(name);
    if (id !== undefined) return { kind: "normal", id };
    return this.#standing(name);
  }

  /** What to publish to without a connection (6.8). @throws RangeError when there is no such way */
  sessionless(name: string): PublishTopic {
    const topic = this.#standing(name);
    if (topic) return topic;
    throw new RangeError(`"${name}" is neither pre-defined nor short, which QoS -1 asks for`);
  }

  /** What to subscribe to. */
  filter(name: string): FilterTopic {
    return this.#standing(name) ?? { kind: "name", name };
  }

  isRefused(name: string): boolean {
    return this.#refused?.has(name) ?? false;
  }

  assign(name: string, id: number): void {
    // An id has one name: the gateway may have given it to another one since.
    const former = this.#nameOf(id);
    if (former !== undefined) this.#ids.delete(former);
    this.#ids.set(name, id);
    this.#settle(name);
  }

  refuse(name: string): void {
    this.#refused ??= new Set();
    this.#refused.add(name);
    this.#settle(name);
  }

  /** The gateway no longer knows the id of this name. @returns whether another REGISTER may help */
  forget(name: string): boolean {
    return this.#ids.delete(name);
  }

  /** The name behind what a message carries. */
  name(topic: PublishTopic): string | undefined {
    if (topic.kind === "short") return topic.name;
    if (topic.kind === "normal") return this.#nameOf(topic.id);
    return [...this.#predefined].find(([, id]) => id === topic.id)?.[0];
  }

  #standing(name: string): PredefinedTopic | ShortTopic | undefined {
    const id = this.#predefined.get(name);
    if (id !== undefined) return { kind: "predefined", id };
    return isShort(name) ? { kind: "short", name } : undefined;
  }

  #nameOf(id: number): string | undefined {
    for (const [name, assigned] of this.#ids) if (assigned === id) return name;
    return undefined;
  }

  #settle(name: string): void {
    if (this.#missing.includes(name)) this.#missing = this.#missing.filter((missing) => missing !== name);
  }
}
