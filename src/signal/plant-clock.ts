/**
 * The two clocks in one place. Plant time is seconds since the scenario's start; what stands on a wire is the
 * run's wall start plus plant time elapsed, or, when the scenario asks for it, the plant's calendar.
 */
export interface PlantClock {
  /** The calendar's time at plant time 0, milliseconds since 1970. */
  readonly start_ms: number;
  /** What the wire says at plant time 0, milliseconds since 1970; final once time has begun to move. */
  wireStart_ms: number;
}

/** Monday 2026-01-05, 06:00 UTC: early shift. */
export const DEFAULT_START_MS = 1_767_592_800_000;

/** Timestamp on the wire, whole milliseconds since 1970. */
export function wireTime(clock: PlantClock, time_s: number): number {
  return clock.wireStart_ms + Math.round(time_s * 1000);
}

/** The plant's calendar, whole milliseconds since 1970. */
export function calendarTime(clock: PlantClock, time_s: number): number {
  return clock.start_ms + Math.round(time_s * 1000);
}

/** Plant time of a timestamp on the wire, seconds. */
export function plantTime(clock: PlantClock, wire_ms: number): number {
  return (wire_ms - clock.wireStart_ms) / 1000;
}
