/**
 * Diagnostics of subscriptions as elements of the two SubscriptionDiagnosticsArrays (OPC 10000-5, 6.3.5 and 6.3.3), the
 * server's and the session's, and as no nodes of their own. The library makes 33 Variables for each and each array: 7 ms
 * and 80 kB a subscription, which a client that makes and leaves hundreds would have every neighbour pay.
 */
import {
  ServerEngine,
  ServerSession,
  type Subscription,
  type SubscriptionDiagnosticsDataType,
  type UADynamicVariableArray,
} from "node-opcua";

type DiagnosticsArray = UADynamicVariableArray<SubscriptionDiagnosticsDataType>;

/** What the library keeps to itself. */
interface Exposing {
  _exposeSubscriptionDiagnostics(subscription: Subscription): void;
  _unexposeSubscriptionDiagnostics(subscription: Subscription): void;
}
interface Engine extends Exposing {
  _getServerSubscriptionDiagnosticsArrayNode(): DiagnosticsArray | null;
}
interface Session extends Exposing {
  readonly subscriptionDiagnosticsArray?: DiagnosticsArray;
}

function add(array: DiagnosticsArray | null | undefined, { subscriptionDiagnostics }: Subscription): void {
  if (!array) return;
  array.$$extensionObjectArray.push(subscriptionDiagnostics);
  array.touchValue();
}

function remove(array: DiagnosticsArray | null | undefined, { subscriptionDiagnostics }: Subscription): void {
  const index = array?.$$extensionObjectArray.indexOf(subscriptionDiagnostics) ?? -1;
  if (index < 0) return;
  array!.$$extensionObjectArray.splice(index, 1);
  array!.touchValue();
}

/** To be called once a process. */
export function keepSubscriptionDiagnosticsInArrays(): void {
  const engine = ServerEngine.prototype as unknown as Engine;
  engine._exposeSubscriptionDiagnostics = function (this: Engine, subscription) {
    add(this._getServerSubscriptionDiagnosticsArrayNode(), subscription);
  };
  engine._unexposeSubscriptionDiagnostics = function (this: Engine, subscription) {
    remove(this._getServerSubscriptionDiagnosticsArrayNode(), subscription);
  };
  const session = ServerSession.prototype as unknown as Session;
  session._exposeSubscriptionDiagnostics = function (this: Session, subscription) {
    add(this.subscriptionDiagnosticsArray, subscription);
  };
  session._unexposeSubscriptionDiagnostics = function (this: Session, subscription) {
    remove(this.subscriptionDiagnosticsArray, subscription);
  };
}
