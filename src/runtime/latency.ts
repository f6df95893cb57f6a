import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

/** A distribution of times, and the histogram that it was read from, with which others can be joined. */
export interface Percentiles {
  readonly count: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** HdrHistogram of microseconds, compressed, base64 */
  readonly histogram: string;
}

/** How long messages took. */
export interface MqttSnLatency {
  /** QoS 1 and 2: from when a message should have gone out until the gateway acknowledged it */
  readonly acknowledged: Percentiles;
  /** QoS 1 and 2: from when it did go out */
  readonly roundTrip: Percentiles;
  /** From when a message should have gone out until it did */
  readonly delay: Percentiles;
  /**
   * Plant time at which time first stood or changed its speed, after which nobody knows when a message should have
   * gone out: `acknowledged` and `delay` are of those until then. Left out when it never did.
   */
  readonly until_s?: number;
}

/** Upper bounds of the buckets of round trips, milliseconds; one more bucket is for what took longer. */
export const ROUND_TRIP_BOUNDS_MS: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1_000, 2_000, 5_000, 10_000],
];

/** Round trips so far, small enough to be told all the time. */
export interface RoundTrips {
  /** By bucket, see ROUND_TRIP_BOUNDS_MS */
  readonly counts: readonly number[];
  readonly max_ms: number;
}

const emptyHistogram = (): Histogram => build({ numberOfSignificantValueDigits: 3 });

/** Three figures and the histogram behind them; zeros when nothing was recorded. */
function percentilesOf(histogram: Histogram): Percentiles {
  return {
    count: histogram.totalCount,
    p50_ms: histogram.getValueAtPercentile(50) / 1000,
    p99_ms: histogram.getValueAtPercentile(99) / 1000,
    max_ms: histogram.totalCount === 0 ? 0 : histogram.maxValue / 1000,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/** Collects latencies of all devices of a host. */
export class LatencyRecorder {
  readonly #acknowledged = emptyHistogram();
  readonly #roundTrip = emptyHistogram();
  readonly #delay = emptyHistogram();
  #until_s: number | undefined;
  readonly #buckets = [...ROUND_TRIP_BOUNDS_MS, Infinity].map(() => 0);

  /** Plant time no longer goes along with wall time, by which messages say when they should have gone out. */
  leaveWallTime(time_s: number): void {
    this.#until_s ??= time_s;
  }

  acknowledged(latency_ms: number, roundTrip_ms: number): void {
    if (this.#until_s === undefined) record(this.#acknowledged, latency_ms);
    record(this.#roundTrip, roundTrip_ms);
    const bucket = ROUND_TRIP_BOUNDS_MS.findIndex((bound_ms) => roundTrip_ms <= bound_ms);
    this.#buckets[bucket < 0 ? ROUND_TRIP_BOUNDS_MS.length : bucket]! += 1;
  }

  published(delay_ms: number): void {
    if (this.#until_s === undefined) record(this.#delay, delay_ms);
  }

  get roundTrips(): RoundTrips {
    const { totalCount, maxValue } = this.#roundTrip;
    return { counts: [...this.#buckets], max_ms: totalCount === 0 ? 0 : maxValue / 1000 };
  }

  summary(): MqttSnLatency {
    return {
      acknowledged: percentilesOf(this.#acknowledged),
      roundTrip: percentilesOf(this.#roundTrip),
      delay: percentilesOf(this.#delay),
      ...(this.#until_s === undefined ? {} : { until_s: this.#until_s }),
    };
  }
}

/** Clocks of source timestamps and of sending differ by parts of a millisecond: nothing is faster than at once. */
function record(histogram: Histogram, latency_ms: number): void {
  histogram.recordValue(Math.max(0, Math.round(latency_ms * 1000)));
}

export function addRoundTrips(parts: readonly RoundTrips[]): RoundTrips {
  return {
    counts: [...ROUND_TRIP_BOUNDS_MS, Infinity].map((_bound, i) =>
      parts.reduce((sum, { counts }) => sum + counts[i]!, 0),
    ),
    max_ms: Math.max(0, ...parts.map(({ max_ms }) => max_ms)),
  };
}

/** Joins what several hosts have collected. */
export function addLatencies(parts: readonly MqttSnLatency[]): MqttSnLatency {
  const add = (pick: (part: MqttSnLatency) => Percentiles): Percentiles => {
    const sum = emptyHistogram();
    for (const part of parts) sum.add(decodeFromCompressedBase64(pick(part).histogram) as Histogram);
    return percentilesOf(sum);
  };
  const ends = parts.flatMap(({ until_s }) => until_s ?? []);
  return {
    acknowledged: add((part) => part.acknowledged),
    roundTrip: add((part) => part.roundTrip),
    delay: add((part) => part.delay),
    ...(ends.length === 0 ? {} : { until_s: Math.min(...ends) }),
  };
}
