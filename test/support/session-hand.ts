import { expect } from "vitest";
import type { Message } from "../../src/protocol/mqttsn/codec/codec.ts";
import type { Qos } from "../../src/protocol/mqttsn/codec/flags.ts";
import { Session } from "../../src/protocol/mqttsn/session.ts";
import type { Effect, SessionOptions } from "../../src/protocol/mqttsn/session-options.ts";

/** What a hand publishes. */
export const DATA = Uint8Array.of(1);
const OPTIONS: Partial<SessionOptions> = {
  topics: ["a"],
  cleanSession: true,
  keepAlive_s: 40,
  retry_ms: 1_000,
  retries: 2,
  congestionWait_ms: 5_000,
  backoff_ms: 500,
  backoffLimit_ms: 1_500,
  backlog: { max: 3, drop: "oldest" },
};

function withoutTimes(effect: Effect): Effect {
  if (effect.kind !== "lost" && effect.kind !== "refused") return effect;
  const { heard_ms: _heard, since_ms: _since, ...event } = effect;
  return event as Effect;
}

/** A session whose time and gateway are the test's hands. */
export class Hand {
  readonly session: Session;
  now_ms = 1_000_000;
  #effects: Effect[] = [];

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new Session({ ...OPTIONS, clientId: "cnc-01", ...options });
  }

  /** Messages sent since the last look. */
  sent(): Message[] {
    return this.#taken().flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
  }

  /**
   * Everything since the last look: the types of what was sent, and events without their times; that a message goes out
   * shows twice.
   */
  log(): (string | Effect)[] {
    return this.#taken()
      .filter((effect) => effect.kind !== "published")
      .map((effect) => (effect.kind === "send" ? effect.message.type : withoutTimes(effect)));
  }

  do(effects: Effect[]): this {
    this.#effects.push(...effects);
    return this;
  }

  hear(message: Message): this {
    return this.do(this.session.receive(this.now_ms, message));
  }

  publish(topic = "a", qos: Qos = 1): this {
    return this.do(this.session.publish(this.now_ms, { topic, data: DATA, qos }));
  }

  /** Lets time pass, waking the session whenever it asked for it. */
  pass(duration_ms: number): this {
    const end_ms = this.now_ms + duration_ms;
    while (this.session.deadline_ms <= end_ms) {
      expect(this.session.deadline_ms).toBeGreaterThanOrEqual(this.now_ms);
      this.now_ms = this.session.deadline_ms;
      this.do(this.session.wake(this.now_ms));
    }
    this.now_ms = end_ms;
    return this;
  }

  /** Through CONNECT and REGISTER; the first topic gets id 1. */
  connected(): this {
    this.do(this.session.connect(this.now_ms)).hear({ type: "CONNACK", returnCode: 0 });
    return this.registered(1, 1);
  }

  registered(msgId: number, topicId: number, returnCode = 0): this {
    return this.hear({ type: "REGACK", msgId, topicId, returnCode });
  }

  acked(msgId: number, returnCode = 0, topicId = 1): this {
    return this.hear({ type: "PUBACK", msgId, topicId, returnCode });
  }

  #taken(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
