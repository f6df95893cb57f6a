/** When a session has to say something by itself; all times are the session's. */
import type { Line } from "./exchange.ts";

/** PINGREQ goes out, and a sleeper wakes up, after this share of the period, so that repeats still fall into it. */
const [PING_SHARE, SLEEP_SHARE] = [0.75, 0.9];

/** Sending alone does not prove a gateway alive, hearing alone does not prove us alive: the older of both counts. */
export function pingDue_ms({ options, lastSent_ms, lastHeard_ms }: Line): number {
  const { keepAlive_s } = options;
  if (keepAlive_s === 0) return Infinity;
  return Math.min(lastSent_ms, lastHeard_ms) + keepAlive_s * 1000 * PING_SHARE;
}

/** When a client falls asleep; Infinity if it never does. @param isIdle  whether it has nothing to do */
export function sleepDue_ms({ options, lastSent_ms, lastHeard_ms }: Line, isIdle: boolean): number {
  return options.sleep && isIdle ? Math.max(lastSent_ms, lastHeard_ms) + options.sleep.idle_ms : Infinity;
}

/** How long it sleeps. */
export const sleep_ms = ({ options }: Line): number => (options.sleep?.duration_s ?? 0) * 1000 * SLEEP_SHARE;
