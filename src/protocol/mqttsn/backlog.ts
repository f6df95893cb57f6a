import type { Sending, SendingState } from "../port.ts";
import type { BacklogOptions, Publication, SessionCounters } from "./session-options.ts";

/** A message on its way to an acknowledgement. */
export interface Item extends Publication {
  readonly intended_ms: number;
  /** Went out at least once */
  sent: boolean;
  /** QoS 2: the message id with which the gateway took it (PUBREC), so that it must not go out again; else 0 */
  received: number;
  /** Times that its topic id was refused as invalid */
  invalidTopicIds: number;
}

/** Notes the end of a message for its oracle. */
export function settle({ sending }: { readonly sending?: Sending }, state: SendingState): void {
  if (!sending) return;
  sending.state = state;
  sending.settled_ms = Date.now();
}

/** Messages that wait for the wire, oldest first. Whatever leaves it unsent is counted. */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #counters: SessionCounters;
  readonly #items: Item[] = [];

  constructor(options: BacklogOptions, counters: SessionCounters) {
    this.#options = options;
    this.#counters = counters;
  }

  get length(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  /** @param isAsleep  whether the device sleeps, so that a full backlog is its own doing */
  add(item: Item, isAsleep: boolean): void {
    this.#items.push(item);
    this.#trim(isAsleep);
  }

  /** Back to where it came from, since order within a topic must hold. */
  putBack(item: Item): void {
    this.#items.unshift(item);
    this.#trim(false);
  }

  take(): Item | undefined {
    return this.#items.shift();
  }

  /** Gives up an item. @param state  what it comes to; without one, whether it was sent says so */
  drop(item: Item, state: SendingState = item.sent ? "unconfirmed" : "suppressed"): void {
    if (item.sent) this.#counters.unconfirmed += 1;
    else this.#counters.suppressed += 1;
    settle(item, state);
  }

  /** Gives up all items, since the device stops. */
  clear(): void {
    for (const item of this.#items.splice(0)) this.drop(item, "unfinished");
  }

  #trim(isAsleep: boolean): void {
    while (this.#items.length > this.#options.max) {
      const surplus = this.#options.drop === "oldest" ? this.#items.shift() : this.#items.pop();
      if (surplus) this.drop(surplus, isAsleep ? "overslept" : undefined);
    }
  }
}
