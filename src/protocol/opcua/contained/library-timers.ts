/** What the library does for a session on its own timers and on events of the plant: it costs that session's item. */
import {
  MonitoredItem,
  ServerEngine,
  ServerSession,
  ServerSidePublishEngine,
  Subscription,
} from "node-opcua";

import type { Containment } from "../../containment.ts";
import { containMethods, type Responsible } from "./contain-methods.ts";

const byEngine = new WeakMap<object, Containment>();

/** Says whose exceptions the timers of a server's engine throw. */
export const containEngine = (engine: ServerEngine, containment: Containment): void =>
  void byEngine.set(engine, containment);

interface Timed {
  readonly $session?: ServerSession;
  readonly $subscription?: Subscription | undefined;
  readonly subscriptions?: readonly Subscription[];
}

function sessionOf(object: object): ServerSession | undefined {
  if (object instanceof ServerSession) return object;
  const { $session, $subscription, subscriptions } = object as Timed;
  return $session ?? ($subscription ? sessionOf($subscription) : subscriptions?.map(sessionOf).find(Boolean));
}

const engines = new WeakMap<object, Responsible>();

/** Remembers which engine a session or subscription is of, also once it has none any more. */
function responsible(object: object): Responsible | undefined {
  const session = sessionOf(object);
  const engine = session && (session as unknown as { readonly parent?: ServerEngine }).parent;
  const containment = engine && byEngine.get(engine);
  if (containment) {
    const found = { containment, peer: session.channel?.remoteAddress };
    engines.set(object, found);
    return found;
  }
  return engines.get(object);
}

/** Does work for a session, subscription or item. @param otherwise  the result when the work throws */
export function containedBy<T>(object: object, kind: string, work: () => T, otherwise: () => T): T {
  try {
    return work();
  } catch (error) {
    const found = responsible(object);
    if (!found) throw error;
    found.containment.settle(error, kind, found.peer);
    return otherwise();
  }
}

/** To be called once a process. */
export function containTimers(): void {
  const item = [
    "_on_sampling_timer",
    "__start_sampling",
    "_on_coalesce_window_end",
    "_on_opcua_event",
    "_on_value_changed",
    "_on_value_changed_exception_based",
    "_on_semantic_changed",
  ];
  containMethods(MonitoredItem.prototype, item, "a monitored item", responsible);
  containMethods(
    MonitoredItem.prototype,
    ["extractMonitoredItemNotifications"],
    "a monitored item's queue",
    responsible,
    () => [],
  );
  const subscription = ["_tick", "_flushRemainingNotifications", "process_subscription"];
  containMethods(Subscription.prototype, subscription, "a subscription", responsible);
  containMethods(ServerSession.prototype, ["watchdogReset"], "a session's time-out", responsible);
  containMethods(ServerSidePublishEngine.prototype, ["_on_tick"], "a publish queue", responsible);
  containResending();
}

/** The library does not wait for this promise. */
function containResending(): void {
  const session = ServerSession.prototype as unknown as { resendMonitoredItemInitialValues(): Promise<void> };
  const resend = session.resendMonitoredItemInitialValues;
  session.resendMonitoredItemInitialValues = async function () {
    try {
      await resend.call(this);
    } catch (error) {
      const found = responsible(this);
      if (!found) throw error;
      found.containment.settle(error, "the resending of values", found.peer);
    }
  };
}
