import type { WirePage } from "../runtime/wire-page.ts";
import { formatRate, type Rates } from "./rates.ts";
import { formatRoundTrips } from "./round-trips.tsx";

/** Gateways that are named; of more it says how many. */
const GATEWAYS_SHOWN_MAX = 3;

/** The whole plant's wire, a line each; what a narrow terminal cuts off stands at the end. */
export function sumsOf(page: WirePage, rates: Rates): readonly string[] {
  const { roundTrips } = page;
  return [
    `OPC UA   ${sumOfServers(page, rates)}`,
    `MQTT-SN  ${sumOfDevices(page, rates)}`,
    ...(roundTrips ? [`acks     ${formatRoundTrips(roundTrips)}`] : []),
    ...gatewayLines(page),
  ];
}

function sumOfServers({ counts: { opcua } }: WirePage, rates: Rates): string {
  if (!opcua) return "no servers";
  const { servers, sessions, subscriptions, monitoredItems } = opcua;
  const speed = `${formatRate(rates.of("notifications"))} notifications/s`;
  return `${speed} · ${servers} servers, ${sessions} sessions, ${subscriptions} subscriptions, ${monitoredItems} items`;
}

function sumOfDevices({ counts: { mqttsn } }: WirePage, rates: Rates): string {
  if (!mqttsn) return "no devices";
  const { devices, published, acknowledged, retransmitted, failed } = mqttsn;
  const speed = `${formatRate(rates.of("published"))} publishes/s, ${formatRate(rates.of("acknowledged"))} acks/s`;
  return `${speed} · ${retransmitted} sent again, ${failed} failed · ${devices} devices, ${published} published, ${acknowledged} acked`;
}

function gatewayLines({ embedded, gateways, counts }: WirePage): string[] {
  const devices = counts.mqttsn?.devices ?? 0;
  const others = gateways.filter(({ address }) => address !== embedded?.address);
  const more = others.length - GATEWAYS_SHOWN_MAX;
  const elsewhere = [
    ...others
      .slice(0, GATEWAYS_SHOWN_MAX)
      .map((it) => `${it.address} with ${it.devices} of ${devices} devices`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join(", ");
  return [...embeddedLines(embedded), ...(elsewhere === "" ? [] : [`gateway  ${elsewhere}`])];
}

function embeddedLines(state: WirePage["embedded"]): string[] {
  if (!state) return [];
  const { address, counts, broker, embedded } = state;
  const { clients, delivered, dropped, undelivered, malformed } = counts;
  const arrived = counts.publishedQos0 + counts.publishedQos1 + counts.publishedQos2;
  const traffic = `${clients} clients, ${arrived} in, ${delivered} out, ${dropped + undelivered} dropped, ${malformed} malformed`;
  const behind = embedded
    ? `embedded at ${broker}, ${embedded.clients} connections, ${embedded.published} messages`
    : `${broker}, not ours`;
  return [`gateway  ours at ${address}, ${traffic}`, `broker   ${behind}`];
}
