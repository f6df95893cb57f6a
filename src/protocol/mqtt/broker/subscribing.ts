import type { ISubscribePacket, ISubscription, IUnsubscribePacket } from "mqtt-packet";
import type { PacketStream } from "../../mqtt-wire/packet-stream.ts";
import { MqttViolation, REASON } from "../../mqtt-wire/violation.ts";
import type { Hub } from "./hub.ts";
import { numberProperty, type Qos } from "./message.ts";
import type { Session, Subscription } from "./session.ts";
import { isShared, isTopicFilter } from "./topic.ts";

/** MQTT 5, 3.8.3.1: when retained messages are wanted */
const RETAIN_HANDLING = { always: 0, ifNew: 1 } as const;
/** MQTT 5, 3.8.2.1.2 */
const MAX_ID = 268_435_455;

/**
 * SUBSCRIBE and UNSUBSCRIBE of one connection. Retained messages go out one filter a turn of the event loop, and nothing
 * more is read from the client meanwhile, so that a long list of wildcards delays no other client.
 */
export class Subscribing {
  readonly #hub: Hub;
  readonly #packets: PacketStream;
  readonly #onError: (error: unknown) => void;
  #replays: { readonly session: Session; readonly subscription: Subscription }[] = [];
  #turn: NodeJS.Immediate | undefined;

  constructor(hub: Hub, packets: PacketStream, onError: (error: unknown) => void) {
    this.#hub = hub;
    this.#packets = packets;
    this.#onError = onError;
  }

  /** 3.8.4. @throws MqttViolation */
  subscribe(packet: ISubscribePacket, messageId: number, session: Session, isVersion5: boolean): void {
    const { subscriptions, properties } = packet;
    if (subscriptions.length === 0)
      throw new MqttViolation("SUBSCRIBE without a filter", REASON.protocolError);
    const id = numberProperty(properties?.subscriptionIdentifier);
    if (id !== undefined && (id < 1 || id > MAX_ID)) {
      throw new MqttViolation(`subscription identifier ${id}`, REASON.protocolError);
    }
    const granted = subscriptions.map((wanted) => {
      const code = this.#subscribeTo(wanted, id, session, isVersion5);
      return code < REASON.unspecified || isVersion5 ? code : REASON.unspecified;
    });
    this.#packets.send({ cmd: "suback", messageId, granted });
    if (this.#replays.length > 0) this.#begin();
  }

  /** 3.10.4. @throws MqttViolation */
  unsubscribe({ unsubscriptions }: IUnsubscribePacket, messageId: number, session: Session): void {
    if (unsubscriptions.length === 0) {
      throw new MqttViolation("UNSUBSCRIBE without a filter", REASON.protocolError);
    }
    const granted = unsubscriptions.map((filter) =>
      this.#hub.unsubscribe(session, filter) ? REASON.success : REASON.noSubscriptionExisted,
    );
    this.#packets.send({ cmd: "unsuback", messageId, granted });
  }

  /** The connection is over. */
  stop(): void {
    this.#replays = [];
    clearImmediate(this.#turn);
  }

  #subscribeTo(
    { topic: filter, qos, nl = false, rap = false, rh = 0 }: ISubscription,
    id: number | undefined,
    session: Session,
    isVersion5: boolean,
  ): number {
    if (isVersion5 && isShared(filter)) return REASON.sharedSubscriptionsNotSupported;
    if (!isTopicFilter(filter, this.#hub.limits.maxTopicLevels)) return REASON.topicFilterInvalid;
    const subscription = { filter, qos, noLocal: nl, retainAsPublished: rap, id };
    const isNew = this.#hub.subscribe(session, subscription);
    if (isNew === undefined) return REASON.quotaExceeded;
    if (rh === RETAIN_HANDLING.always || (rh === RETAIN_HANDLING.ifNew && isNew)) {
      if (this.#hub.retained.size > 0) this.#replays.push({ session, subscription });
    }
    return qos;
  }

  #begin(): void {
    this.#packets.pause();
    this.#turn = setImmediate(() => {
      const replay = this.#replays.shift();
      try {
        if (replay) this.#replay(replay.session, replay.subscription);
        if (this.#replays.length > 0) this.#begin();
        else this.#packets.resume();
      } catch (error) {
        this.#onError(error);
      }
    });
  }

  /** Until there is no room for another one. */
  #replay(session: Session, { filter, qos, id }: Subscription): void {
    const now_ms = performance.now();
    const ids = id === undefined ? [] : [id];
    this.#hub.retained.match(filter, now_ms, (message) => {
      const level = Math.min(qos, message.qos) as Qos;
      return session.deliver({ message, qos: level, retain: true, ids }, now_ms);
    });
  }
}
