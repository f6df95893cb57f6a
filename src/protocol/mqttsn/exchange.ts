import type { Item } from "./backlog.ts";
import type { Message } from "./codec/codec.ts";
import type { Connect } from "./codec/connect.ts";
import type { PubAck } from "./codec/puback.ts";
import type { Publish } from "./codec/publish.ts";
import { RETURN_CODE } from "./codec/return-code.ts";
import { topicIdField } from "./codec/topic.ts";
import type { SessionOptions } from "./session-options.ts";

/** A request that waits for its answer. */
export interface Exchange {
  readonly message: Message;
  readonly began_ms: number;
  /** REGISTER: the name; PUBLISH has it in its item */
  readonly topic?: string;
  /** PUBLISH */
  readonly item?: Item;
  due_ms: number;
  repeats: number;
}

export function connectMessage({ cleanSession, keepAlive_s, clientId }: SessionOptions): Connect {
  return { type: "CONNECT", will: false, cleanSession, duration_s: keepAlive_s, clientId };
}

/** @param msgId  0 at QoS 0 */
export function publishMessage({ qos, data }: Item, id: number, msgId: number): Publish {
  return { type: "PUBLISH", dup: false, qos, retain: false, topic: { kind: "normal", id }, msgId, data };
}

/** 6.13: sent again, it is the same but for DUP, which only PUBLISH has among a publisher's requests. */
export function repeated(message: Message): Message {
  return message.type === "PUBLISH" ? { ...message, dup: true } : message;
}

/** A publisher subscribes to nothing, and says so lest the gateway repeat itself. */
export function refusal({ topic, msgId }: Publish): PubAck {
  return { type: "PUBACK", topicId: topicIdField(topic), msgId, returnCode: RETURN_CODE.notSupported };
}
