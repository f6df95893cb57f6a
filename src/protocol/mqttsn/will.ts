import type { WillMsg } from "./codec/will-msg.ts";
import type { WillTopic } from "./codec/will-topic.ts";
import type { Chore } from "./outbox.ts";
import type { SessionWill } from "./session-options.ts";

/** The answer to WILLTOPICREQ; without a will it deletes one that the gateway may have kept (6.3). */
export function willTopicMessage(will: SessionWill | undefined): WillTopic {
  if (!will) return { type: "WILLTOPIC" };
  return { type: "WILLTOPIC", will: { willTopic: will.topic, qos: will.qos, retain: will.retain } };
}

/** The answer to WILLMSGREQ. */
export function willMsgMessage(will: SessionWill | undefined): WillMsg {
  return { type: "WILLMSG", willMsg: will?.message ?? new Uint8Array() };
}

/** 6.4: the two messages that change a will, or the one that deletes it. */
export function willUpdates(will: SessionWill | undefined): Chore[] {
  const topic = { ...willTopicMessage(will), type: "WILLTOPICUPD" } as const;
  if (!will) return [{ kind: "will", message: topic }];
  const message = { type: "WILLMSGUPD", willMsg: will.message } as const;
  return [
    { kind: "will", message: topic },
    { kind: "will", message },
  ];
}
