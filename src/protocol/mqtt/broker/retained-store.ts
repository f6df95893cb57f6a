import { Allowance } from "../../mqtt-wire/allowance.ts";
import type { Message } from "./message.ts";
import { TopicTree } from "./topic-tree.ts";

/** The last retained message of each topic (MQTT 3.1.1 and 5, 3.3.1.3). */
export class RetainedStore {
  readonly #limit: number;
  readonly #kept: Allowance;
  readonly #messages = new TopicTree<Message>();

  /** @param limit  of messages */
  constructor(limit: number, limit_octets: number) {
    this.#limit = limit;
    this.#kept = new Allowance(limit_octets);
  }

  get kept_octets(): number {
    return this.#kept.used_octets;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** An empty payload deletes. @returns false when there is no room */
  put(message: Message): boolean {
    const former = this.#messages.delete(message.topic);
    if (former) this.#kept.give(former.octets);
    if (message.payload.length === 0) return true;
    if (this.#messages.size >= this.#limit || !this.#kept.take(message.octets)) return false;
    this.#messages.set(message.topic, message);
    return true;
  }

  /** Those that a filter matches, until `visit` says false. */
  match(filter: string, now_ms: number, visit: (message: Message) => boolean): void {
    this.#messages.topicsOf(filter, (message) => message.expires_ms <= now_ms || visit(message));
  }
}
