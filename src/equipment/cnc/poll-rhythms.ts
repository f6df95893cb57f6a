import type { PollRhythm } from "../../signal/poll-group.ts";

/** A real Okuma control publishes every 0.31 to 0.42 s. */
export const MOTION: PollRhythm = { period_s: 0.35, jitter_s: 0.04 };
export const STATUS: PollRhythm = { period_s: 1, jitter_s: 0.05 };
export const ENERGY: PollRhythm = { period_s: 1, jitter_s: 0.05 };
export const MONITOR: PollRhythm = { period_s: 1, jitter_s: 0.05 };
export const SLOW: PollRhythm = { period_s: 5, jitter_s: 0.3 };

/** Twice the slowest period and jitter, and the longest delay of a sensor, with a reserve: how far back a sample can be asked for. */
export const CNC_KEEP_S = 18;
