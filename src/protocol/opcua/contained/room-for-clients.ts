/**
 * Sessions and subscriptions that clients have left behind last for as long as these asked, an hour and more. They go,
 * oldest first, when they would keep out a client that is there.
 */
import type {
  OPCUAServer,
  ServerEngine,
  ServerSecureChannelLayer,
  ServerSession,
  Subscription,
} from "node-opcua";

/** What the library keeps to itself: sessions by token, and the subscriptions of those that have timed out. */
interface Kept {
  readonly _sessions: Readonly<Record<string, ServerSession>>;
  readonly _orphanPublishEngine?: { readonly subscriptions: readonly Subscription[] };
}

/** To be called before a session is made. */
export function makeRoomForSession({ engine }: OPCUAServer): void {
  if (engine.currentSessionCount >= engine.serverCapabilities.maxSessions) closeOldest(engine, () => true);
}

/** To be called before a subscription is made. */
export function makeRoomForSubscription({ engine }: OPCUAServer): void {
  if (engine.currentSubscriptionCount < engine.serverCapabilities.maxSubscriptions) return;
  const orphans = (engine as unknown as Kept)._orphanPublishEngine?.subscriptions ?? [];
  const [oldest] = [...orphans].sort((a, b) => a.id - b.id);
  if (oldest) oldest.terminate();
  else closeOldest(engine, (session) => session.currentSubscriptionCount > 0);
}

/** The oldest session without a connection, with its subscriptions. */
function closeOldest(engine: ServerEngine, isWanted: (session: ServerSession) => boolean): void {
  const left = Object.values((engine as unknown as Kept)._sessions).filter(
    (it) => !isConnected(it) && isWanted(it),
  );
  const [oldest] = left.sort((a, b) => a.creationDate.getTime() - b.creationDate.getTime());
  if (oldest) engine.closeSession(oldest.authenticationToken, true, "Forcing");
}

/** The library leaves a session its channel when the connection is gone. */
const isConnected = ({ channel }: ServerSession): boolean =>
  channel !== undefined && !(channel as ServerSecureChannelLayer).aborted;
