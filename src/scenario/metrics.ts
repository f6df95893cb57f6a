import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";
import type { NumberedHappening } from "../equipment/unit-events.ts";
import type { Unit } from "../equipment/unit.ts";
import { sample } from "../signal/signal.ts";

/**
 * A metric over units, as hosts and shards add it up. Values are kept in whole thousandths, so that a sum does not
 * depend on the order in which it was made.
 */
export interface Metric {
  /** Samples of a trend, or what a counter has counted. */
  readonly count: number;
  /** Undefined for a counter. */
  readonly trend?: Trend;
}

interface Trend {
  readonly sum_milli: number;
  readonly min_milli: number;
  readonly max_milli: number;
  /** HdrHistogram of thousandths, three digits, compressed, base64 */
  readonly histogram: string;
}

/** By name, such as "twin.cycle_s". */
export type Metrics = Readonly<Record<string, Metric>>;

interface MetricKind {
  readonly kind: "counter" | "trend";
  readonly says: string;
}

/** What the plant did. */
const TWIN_METRICS = {
  "twin.parts_produced": { kind: "counter", says: "good parts of all units" },
  "twin.parts_scrapped": { kind: "counter", says: "parts out of tolerance, and those that were aborted" },
  "twin.alarms": { kind: "counter", says: "how often a condition became active" },
  "twin.alarm_active_s": {
    kind: "trend",
    says: "how long each was active, to the end of the run at most, seconds",
  },
  "twin.part_interval_s": { kind: "trend", says: "from one finished part of a unit to the next, seconds" },
  "twin.energy_kwh": { kind: "trend", says: "what each unit took from its supply, kWh" },
} as const satisfies Record<string, MetricKind>;

/** What our endpoints saw; the second word is the endpoint. */
export const WIRE_METRICS = {
  "wire.mqttsn.published": { kind: "counter", says: "messages that devices sent" },
  "wire.mqttsn.acknowledged": {
    kind: "counter",
    says: "of those at QoS 1 and 2, what the gateway confirmed",
  },
  "wire.mqttsn.failed": { kind: "counter", says: "refused, or given up without an acknowledgement" },
  "wire.mqttsn.suppressed": { kind: "counter", says: "dropped by devices whose backlog was full" },
  "wire.mqttsn.retransmitted": { kind: "counter", says: "datagrams that were sent again" },
  "wire.mqttsn.lost": { kind: "counter", says: "how often a gateway fell silent or sent a device away" },
  "wire.mqttsn.reconnects": { kind: "counter", says: "how often devices connected again" },
  "wire.mqttsn.puback_latency_ms": {
    kind: "trend",
    says: "from when a message should have gone out to its acknowledgement, milliseconds",
  },
  "wire.opcua.sessions": { kind: "counter", says: "sessions at the end, of clients that were there" },
  "wire.opcua.sessions_opened": { kind: "counter", says: "sessions since the start" },
  "wire.opcua.channels": { kind: "counter", says: "connections at the end, with or without a session" },
  "wire.opcua.subscriptions": { kind: "counter", says: "subscriptions of these sessions at the end" },
  "wire.opcua.items": { kind: "counter", says: "their monitored items at the end" },
  "wire.opcua.notifications": { kind: "counter", says: "data changes and events sent to clients" },
  "wire.opcua.reconnect_s": {
    kind: "trend",
    says: "from when a server lost its last client to its next active session, seconds",
  },
  "wire.opcua.faults": {
    kind: "counter",
    says: "requests and connections of clients that servers could not make sense of, and contained",
  },
} as const satisfies Record<string, MetricKind>;

/** What arrived behind the system under test. */
export const NORTH_METRICS = {
  "north.sent": { kind: "counter", says: "messages that devices were given to send" },
  "north.suppressed": {
    kind: "counter",
    says: "of these, those that never went out, for a fault or command of ours or for sleep",
  },
  "north.arrived": { kind: "counter", says: "of these, those that arrived behind the system under test" },
  "north.lost": { kind: "counter", says: "of these, those that it took and lost" },
  "north.withheld": {
    kind: "counter",
    says: "of these, those that devices could not hand over, since it was gone, silent, slow or refused them",
  },
  "north.lost_as_expected": {
    kind: "counter",
    says: "of these, those that a fault or command of ours kept from it",
  },
  "north.not_attributable": {
    kind: "counter",
    says: "of these, those lost at QoS 0 that this machine, or our listener, may have lost",
  },
  "north.unfinished": { kind: "counter", says: "of these, those still on their way when the run was over" },
  "north.not_judged_percent": {
    kind: "trend",
    says: "0 for each message whose fate has an owner, 100 for each that is not attributable or unfinished: see avg",
  },
  "north.availability": {
    kind: "trend",
    says: "of each unit, the share of judged time in which the gateway let it publish, percent",
  },
  "north.recovery_s": {
    kind: "trend",
    says: "from a command that took the gateway or broker away to when it was back, by unit, seconds",
  },
  "north.duplicated": { kind: "counter", says: "arrivals of what had arrived and was sent once" },
  "north.duplicated_as_allowed": {
    kind: "counter",
    says: "arrivals of what had arrived and was sent again, doubled by a fault of ours, or delivered to us again",
  },
  "north.reordered": { kind: "counter", says: "arrivals behind a later message of their stream" },
  "north.altered": { kind: "counter", says: "arrivals with other octets than were sent" },
  "north.unknown": { kind: "counter", says: "arrivals of what was never sent" },
  "north.latency_ms": {
    kind: "trend",
    says: "from when a message was handed over to its arrival, milliseconds",
  },
} as const satisfies Record<string, MetricKind>;

export const METRICS = { ...TWIN_METRICS, ...WIRE_METRICS, ...NORTH_METRICS } as const;

export type MetricName = keyof typeof METRICS;
type TwinMetricName = keyof typeof TWIN_METRICS;
export type WireMetricName = keyof typeof WIRE_METRICS;

export type NorthMetricName = keyof typeof NORTH_METRICS;

/** Whose view a metric is: "twin", "wire" or "north". */
export const vantageOf = (metric: string): string => metric.trimStart().split(".", 1)[0]!;

/** Listens to one unit for the metrics of the fleet. */
export class UnitMetrics {
  readonly #unit: Unit;
  readonly #samples: Record<"twin.alarm_active_s" | "twin.part_interval_s", number[]> = {
    "twin.alarm_active_s": [],
    "twin.part_interval_s": [],
  };
  readonly #activeSince_s = new Map<string, number>();
  #alarms = 0;
  #finished_s: number | undefined;

  constructor(unit: Unit) {
    this.#unit = unit;
    unit.context.events.listen((happening) => this.#hear(happening));
  }

  /** What it came to at the end of the run. */
  samples(end_s: number): ReadonlyMap<TwinMetricName, readonly number[] | number> {
    const active = [...this.#activeSince_s.values()].map((since_s) => end_s - since_s);
    return new Map<TwinMetricName, readonly number[] | number>([
      ["twin.parts_produced", this.#last("parts-produced", end_s)],
      ["twin.parts_scrapped", this.#last("parts-scrapped", end_s)],
      ["twin.alarms", this.#alarms],
      ["twin.alarm_active_s", [...this.#samples["twin.alarm_active_s"], ...active]],
      ["twin.part_interval_s", this.#samples["twin.part_interval_s"]],
      ["twin.energy_kwh", [this.#last("energy", end_s)]],
    ]);
  }

  #hear({ kind, source, fields, time_s }: NumberedHappening): void {
    if (kind === "production") {
      if (this.#finished_s !== undefined)
        this.#samples["twin.part_interval_s"].push(time_s - this.#finished_s);
      this.#finished_s = time_s;
    }
    if (kind !== "condition") return;
    if (fields["change"] === "active") {
      this.#alarms++;
      this.#activeSince_s.set(source, time_s);
    } else if (fields["change"] === "inactive") {
      const since_s = this.#activeSince_s.get(source);
      this.#activeSince_s.delete(source);
      if (since_s !== undefined) this.#samples["twin.alarm_active_s"].push(time_s - since_s);
    }
  }

  #last(id: string, end_s: number): number {
    const signal = this.#unit.groups.flatMap(({ signals }) => signals).find((it) => it.id === id);
    if (!signal) return 0;
    return "truth" in signal ? signal.truth.value(end_s) : Number(sample(signal, end_s, 0));
  }
}

/** What a host's plant did. */
export function collectMetrics(units: readonly UnitMetrics[], end_s: number): Metrics {
  const all = units.map((unit) => unit.samples(end_s));
  const metrics: Record<string, Metric> = {};
  for (const [name, { kind }] of Object.entries(TWIN_METRICS) as [TwinMetricName, { kind: string }][]) {
    const values = all.flatMap((samples) => samples.get(name)!);
    metrics[name] =
      kind === "counter" ? { count: values.reduce((sum, value) => sum + value, 0) } : trendOf(values);
  }
  return metrics;
}

const emptyHistogram = (): Histogram => build({ numberOfSignificantValueDigits: 3 });

/** Collects samples of a trend. */
export class TrendRecorder {
  readonly #histogram = emptyHistogram();
  #count = 0;
  #sum_milli = 0;
  #min_milli = Infinity;
  #max_milli = 0;

  /** One below 0 counts as 0. @param times  how often it occurred */
  record(value: number, times = 1): void {
    if (times === 0) return;
    const milli = Math.max(0, Math.round(value * 1000));
    this.#histogram.recordValueWithCount(milli, times);
    this.#count += times;
    this.#sum_milli += milli * times;
    this.#min_milli = Math.min(this.#min_milli, milli);
    this.#max_milli = Math.max(this.#max_milli, milli);
  }

  get metric(): Metric {
    const min_milli = this.#count === 0 ? 0 : this.#min_milli;
    const figures = { sum_milli: this.#sum_milli, min_milli, max_milli: this.#max_milli };
    return { count: this.#count, trend: { ...figures, histogram: encode(this.#histogram) } };
  }
}

function trendOf(values: readonly number[]): Metric {
  const recorder = new TrendRecorder();
  for (const value of values) recorder.record(value);
  return recorder.metric;
}

const encode = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram);

/** Joins what several hosts or shards have collected. */
export function addMetrics(parts: readonly Metrics[]): Metrics {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, addMetric(parts.flatMap((part) => part[name] ?? []))]),
  );
}

function addMetric(parts: readonly Metric[]): Metric {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const trends = parts.filter((part) => part.count > 0).flatMap(({ trend }) => trend ?? []);
  if (trends.length === 0) return { ...parts[0]!, count };
  const histogram = emptyHistogram();
  for (const trend of trends) histogram.add(decodeFromCompressedBase64(trend.histogram) as Histogram);
  return {
    count,
    trend: {
      sum_milli: trends.reduce((sum, trend) => sum + trend.sum_milli, 0),
      min_milli: Math.min(...trends.map((trend) => trend.min_milli)),
      max_milli: Math.max(...trends.map((trend) => trend.max_milli)),
      histogram: encode(histogram),
    },
  };
}

/** One figure of a trend; undefined without samples. */
export function figureOf({ count, trend }: Metric, aggregate: Aggregate): number | undefined {
  if (aggregate === "count") return count;
  if (!trend || count === 0) return undefined;
  if (aggregate === "sum") return trend.sum_milli / 1000;
  if (aggregate === "avg") return trend.sum_milli / count / 1000;
  if (aggregate === "min") return trend.min_milli / 1000;
  if (aggregate === "max") return trend.max_milli / 1000;
  const histogram = decodeFromCompressedBase64(trend.histogram) as Histogram;
  return histogram.getValueAtPercentile(aggregate.percentile) / 1000;
}

export type Aggregate = "count" | "sum" | "avg" | "min" | "max" | { readonly percentile: number };
