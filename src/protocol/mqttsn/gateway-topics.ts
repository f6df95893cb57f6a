import type { PublishTopic } from "./codec/topic.ts";

/** 5.3.11: FFFF is reserved. */
const MAX_ID = 0xfffe;

/** MQTT 3.1.1, 4.7: a topic that is published to has no wildcards and no U+0000. */
const canPublishTo = (name: string): boolean => !/[#+\0]/.test(name);

/** One client's topic ids; they live as long as its connection (6.5). */
export class GatewayTopics {
  readonly #limit: number;
  readonly #predefined: ReadonlyMap<number, string>;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(limit: number, predefined: ReadonlyMap<number, string>) {
    this.#limit = Math.min(limit, MAX_ID);
    this.#predefined = predefined;
  }

  /** The id of a name, the same one when asked again. */
  register(name: string): number | "full" | "invalid" {
    if (!canPublishTo(name)) return "invalid";
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#ids.size >= this.#limit) return "full";
    const id = this.#ids.size + 1;
    this.#ids.set(name, id);
    this.#names.set(id, name);
    return id;
  }

  /** The name to publish to, if there is one. */
  resolve(topic: PublishTopic): string | undefined {
    if (topic.kind === "normal") return this.#names.get(topic.id);
    if (topic.kind === "predefined") return this.#predefined.get(topic.id);
    return canPublishTo(topic.name) ? topic.name : undefined;
  }
}
