/**
 * The library samples all items of equal interval in one burst, those of all servers of the process included; so
 * whatever interval a client asks for becomes one of this server's own.
 */
import { NodeClass } from "node-opcua";
import type { Subscription, UAVariable } from "node-opcua";

/** Distance between two servers, so that their items do not fall on one timer. */
export const SAMPLING_SPREAD_MS = 0.001;

/** What 0, the fastest practical rate, means for a Variable that does not say how fast that is. */
const FASTEST_MS = 100;

/** An interval for the server of the unit with this index alone; 0, which is no interval, stays. */
export function spreadInterval_ms(interval_ms: number, unitIndex: number): number {
  return interval_ms === 0 ? 0 : Math.floor(interval_ms) + unitIndex * SAMPLING_SPREAD_MS;
}

export function spreadSampling(subscription: Subscription, unitIndex: number): void {
  const adjust = subscription.adjustSamplingInterval.bind(subscription);
  subscription.adjustSamplingInterval = (asked_ms, node) => {
    const interval_ms = asked_ms === 0 && !hasMinimum(node as UAVariable | undefined) ? FASTEST_MS : asked_ms;
    return spreadInterval_ms(adjust(interval_ms, node), unitIndex);
  };
}

/** The library asserts that a Variable that is to be sampled at 0 has one; a Method's arguments have none. */
function hasMinimum(node: UAVariable | undefined): boolean {
  return node?.nodeClass !== NodeClass.Variable || (node.minimumSamplingInterval ?? -1) >= 0;
}
