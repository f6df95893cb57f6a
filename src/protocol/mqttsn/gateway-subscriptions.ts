import type { Message } from "./codec/codec.ts";
import type { SessionQos } from "./codec/flags.ts";
import { RETURN_CODE, type ReturnCode } from "./codec/return-code.ts";
import type { Subscribe } from "./codec/subscribe.ts";
import { isShortName } from "./codec/topic.ts";
import type { Unsubscribe } from "./codec/unsubscribe.ts";
import { countRefusal, type GatewayCounters, type GatewayOptions } from "./gateway-options.ts";
import type { GatewayTopics } from "./gateway-topics.ts";
import type { Upstream } from "./upstream.ts";

/** One client's subscriptions at the broker. */
export class GatewaySubscriptions {
  readonly #topics: GatewayTopics;
  readonly #counters: GatewayCounters;
  readonly #options: GatewayOptions;
  readonly #send: (message: Message) => void;
  #filters: Map<string, SessionQos> | undefined;

  constructor(
    topics: GatewayTopics,
    books: { readonly counters: GatewayCounters; readonly options: GatewayOptions },
    send: (message: Message) => void,
  ) {
    this.#topics = topics;
    this.#counters = books.counters;
    this.#options = books.options;
    this.#send = send;
  }

  subscribe({ topic, qos, msgId }: Subscribe, upstream: Upstream): void {
    const answer = (returnCode: ReturnCode, granted: SessionQos = 0, topicId = 0): void => {
      countRefusal(this.#counters, returnCode);
      this.#send({ type: "SUBACK", qos: granted, topicId, msgId, returnCode });
    };
    const filter = this.#topics.filter(topic);
    if (filter === undefined) return answer(RETURN_CODE.invalidTopicId);
    const isFull = (this.#filters?.size ?? 0) >= this.#options.maxTopics && !this.#filters?.has(filter);
    if (isFull || upstream.buffered > this.#options.maxBuffered) return answer(RETURN_CODE.congestion);
    this.#topics.wantAgain();
    upstream.subscribe(filter, qos, (granted) => {
      // A connection that ended told the client so.
      if (!upstream.connected) return;
      if (granted === undefined) return answer(RETURN_CODE.notSupported);
      this.#counters.subscribed += 1;
      this.#filters ??= new Map();
      this.#filters.set(filter, qos);
      // 5.4.16: an id for a full name alone; when there is no room, messages bring one.
      const id = topic.kind === "name" && !isShortName(filter) ? this.#topics.register(filter) : 0;
      answer(RETURN_CODE.accepted, granted, typeof id === "number" ? id : 0);
    });
  }

  unsubscribe({ topic, msgId }: Unsubscribe, upstream: Upstream): void {
    const filter = this.#topics.filter(topic);
    if (filter === undefined) return this.#send({ type: "UNSUBACK", msgId });
    this.#filters?.delete(filter);
    upstream.unsubscribe(filter, () => {
      if (upstream.connected) this.#send({ type: "UNSUBACK", msgId });
    });
  }

  /** Subscribes to everything again, over a connection that knows nothing of it. */
  renew(upstream: Upstream): void {
    for (const [filter, qos] of this.#filters ?? []) upstream.subscribe(filter, qos, () => undefined);
  }
}
