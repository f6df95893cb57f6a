import type { NotificationMessage, ServerSession, Subscription } from "node-opcua";
import { notificationsIn } from "./notifications.ts";

/** A client that takes what its subscription sends asks for more; one that has not for so long is not there. */
const SILENT_AFTER_MS = 5_000;

/** What is known of the client behind a session. */
interface Contact {
  isConnected: boolean;
  /** When the oldest message of a subscription went out that the client has not followed with a request */
  sent_ms: number | undefined;
}

/**
 * The sessions of a server, and which of them have a client that is there. A session outlives its client until it times
 * out, an hour later maybe; to count such a one would tell of a gateway that is gone that it is connected.
 */
export class SessionWatch {
  readonly #contacts = new Map<ServerSession, Contact>();
  readonly #onReconnect: (after_ms: number) => void;
  #opened = 0;
  #notifications = 0;
  /** When the last client that was connected was lost */
  #lost_ms: number | undefined;

  /** @param onReconnect  called when a session is active after the last client was lost, with how long that took */
  constructor(onReconnect: (after_ms: number) => void) {
    this.#onReconnect = onReconnect;
  }

  /** @param onSubscription  called before the subscription has items */
  add(session: ServerSession, onSubscription: (subscription: Subscription) => void): void {
    const contact: Contact = { isConnected: false, sent_ms: undefined };
    this.#contacts.set(session, contact);
    this.#opened++;
    session.on("channel_aborted", () => {
      if (contact.isConnected) this.#disconnect(contact);
    });
    session.on("session_closed", (_session: ServerSession, _subscriptions: boolean, reason: string) => {
      this.#contacts.delete(session);
      // A client that says goodbye has not been lost.
      if (contact.isConnected && reason !== "CloseSession") this.#disconnect(contact);
    });
    session.on("new_subscription", (subscription) => {
      onSubscription(subscription);
      const sent = (): void => {
        if (contact.sent_ms === undefined || heard_ms(session) >= contact.sent_ms)
          contact.sent_ms = performance.now();
      };
      subscription.on("notification", (message: NotificationMessage) => {
        this.#notifications += notificationsIn(message);
        sent();
      });
      subscription.on("keepalive", sent);
    });
  }

  /** A client has logged in, also on another connection than before. */
  activated(session: ServerSession): void {
    const contact = this.#contacts.get(session);
    if (!contact) return;
    contact.isConnected = true;
    if (this.#lost_ms === undefined) return;
    this.#onReconnect(performance.now() - this.#lost_ms);
    this.#lost_ms = undefined;
  }

  /** All of them, those without a client included. */
  get all(): readonly ServerSession[] {
    return [...this.#contacts.keys()];
  }

  /** Those whose client is connected and hears what it is sent. */
  get live(): readonly ServerSession[] {
    const now_ms = performance.now();
    return [...this.#contacts].flatMap(([session, { isConnected, sent_ms }]) => {
      if (!isConnected) return [];
      const isSilent =
        sent_ms !== undefined && now_ms - sent_ms > SILENT_AFTER_MS && heard_ms(session) < sent_ms;
      return isSilent ? [] : [session];
    });
  }

  /** Since it was made, also those that were lost meanwhile. */
  get opened(): number {
    return this.#opened;
  }

  /** Data changes and events sent to clients since it was made, whatever became of their subscriptions. */
  get notifications(): number {
    return this.#notifications;
  }

  /** The server is closed, and all sessions with it. */
  clear(): void {
    for (const contact of this.#contacts.values()) if (contact.isConnected) this.#disconnect(contact);
    this.#contacts.clear();
  }

  #disconnect(contact: Contact): void {
    contact.isConnected = false;
    if (![...this.#contacts.values()].some(({ isConnected }) => isConnected))
      this.#lost_ms ??= performance.now();
  }
}

/** When a client's last request came. */
const heard_ms = (session: ServerSession): number => performance.now() - session.clientLastContactTime;
