import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Metric, Metrics, WireMetricName } from "../scenario/metrics.ts";
import type { Percentiles } from "./latency.ts";
import type { WireCounts } from "./result.ts";

/**
 * What a host's endpoints saw, once its run is over; an endpoint that no unit has has seen nothing.
 *
 * @param before      what they had seen when the warm-up was over, which does not count
 * @param reconnects  of OPC UA clients since then
 */
export function wireMetrics(
  { opcua, mqttsn, mqttsnLatency }: WireCounts,
  before: WireCounts,
  reconnects: Metric,
): Metrics {
  const counter = (count = 0, earlier = 0): Metric => ({ count: count - earlier });
  return {
    "wire.mqttsn.published": counter(mqttsn?.published, before.mqttsn?.published),
    "wire.mqttsn.acknowledged": counter(mqttsn?.acknowledged, before.mqttsn?.acknowledged),
    "wire.mqttsn.failed": counter(mqttsn?.failed, before.mqttsn?.failed),
    "wire.mqttsn.suppressed": counter(mqttsn?.suppressed, before.mqttsn?.suppressed),
    "wire.mqttsn.retransmitted": counter(mqttsn?.retransmitted, before.mqttsn?.retransmitted),
    "wire.mqttsn.lost": counter(mqttsn?.lost, before.mqttsn?.lost),
    "wire.mqttsn.reconnects": counter(mqttsn?.reconnects, before.mqttsn?.reconnects),
    "wire.mqttsn.puback_latency_ms": trendOf(mqttsnLatency?.acknowledged),
    "wire.opcua.sessions": counter(opcua?.sessions),
    "wire.opcua.sessions_opened": counter(opcua?.sessionsOpened, before.opcua?.sessionsOpened),
    "wire.opcua.channels": counter(opcua?.channels),
    "wire.opcua.subscriptions": counter(opcua?.subscriptions),
    "wire.opcua.items": counter(opcua?.monitoredItems),
    "wire.opcua.notifications": counter(opcua?.notifications, before.opcua?.notifications),
    "wire.opcua.reconnect_s": reconnects,
    "wire.opcua.faults": counter(opcua?.faults, before.opcua?.faults),
  } satisfies Record<WireMetricName, Metric>;
}

/** A distribution of microseconds is one of thousandths of a millisecond. */
function trendOf(latency: Percentiles | undefined): Metric {
  if (!latency || latency.count === 0) {
    const histogram = latency?.histogram ?? "";
    return { count: 0, trend: { sum_milli: 0, min_milli: 0, max_milli: 0, histogram } };
  }
  const { count, histogram } = latency;
  const decoded = decodeFromCompressedBase64(histogram) as Histogram;
  return {
    count,
    trend: {
      sum_milli: Math.round(decoded.mean * count),
      min_milli: decoded.getValueAtPercentile(0),
      max_milli: decoded.maxValue,
      histogram,
    },
  };
}
