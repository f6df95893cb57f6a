import { Text } from "ink";
import { useState } from "react";
import type { View, ViewRow, WireCounts } from "../runtime/result.ts";
import { useCursor } from "./cursor.ts";
import { Frame, useBody } from "./frame.tsx";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { Table, type Column } from "./table.tsx";
import { formatValue } from "./text.ts";

/** Lines above the table: three of sums, and its head. */
const HEAD_LINES = 4;

const count = (
  title: string,
  width: number,
  of: (wire: WireCounts) => number | undefined,
): Column<ViewRow> => ({
  title,
  width,
  isNumber: true,
  cell: ({ wire }) => formatValue(wire && of(wire)),
});

const COLUMNS: readonly Column<ViewRow>[] = [
  { title: "unit", width: 12, cell: ({ name }) => name },
  count("sessions", 8, ({ opcua }) => opcua?.sessions),
  count("items", 6, ({ opcua }) => opcua?.monitoredItems),
  count("published", 9, ({ mqttsn }) => mqttsn?.published),
  count("acked", 8, ({ mqttsn }) => mqttsn?.acknowledged),
  count("again", 6, ({ mqttsn }) => mqttsn?.retransmitted),
  count("failed", 6, ({ mqttsn }) => mqttsn?.failed),
  count("lost", 5, ({ mqttsn }) => mqttsn?.lost),
  count("opened", 7, ({ opcua }) => opcua?.sessionsOpened),
  count("subs", 6, ({ opcua }) => opcua?.subscriptions),
  count("suppressed", 10, ({ mqttsn }) => mqttsn?.suppressed),
  count("reconnects", 10, ({ mqttsn }) => mqttsn?.reconnects),
  count("commands", 8, ({ mqttsn }) => mqttsn?.commands),
];

/** What the plant's endpoints have seen. */
export function WireScreen() {
  const { desk, revision, go } = useRoom();
  const { columns, rows } = useBody();
  const page = Math.max(rows - HEAD_LINES, 1);
  const [view, setView] = useState<View>();
  const cursor = useCursor(view?.matching ?? 0, page);
  const { offset, index } = cursor;
  const answered = usePoll(async () => {
    const query = { columns: [], withWire: true, offset, limit: page };
    const [view, latencies] = await Promise.all([desk.view(query), desk.latencies()]);
    setView(view);
    return { view, latencies, offset };
  }, [offset, page, revision]);
  if (!answered) return <Frame bindings={[]}>{null}</Frame>;
  const under = answered.view.rows[index - answered.offset];
  const open = (): void => under && go("unit", under.name);
  return (
    <Frame bindings={[{ key: "enter", label: "open", help: "open the unit", run: open }, ...cursor.bindings]}>
      {sumsOf(answered.view.wire, answered.latencies).map((line, i) => (
        <Text key={i} wrap="truncate">{` ${line}`}</Text>
      ))}
      <Table
        columns={COLUMNS}
        rows={answered.view.rows}
        keyOf={({ name }) => name}
        cursor={index - answered.offset}
        width={columns}
      />
    </Frame>
  );
}

function sumsOf({ opcua, mqttsn }: WireCounts, { mqttsnLatency }: WireCounts): string[] {
  // From sending on, which is true at every speed; the intended time is wall time at speed 1 alone.
  const latency = mqttsnLatency?.roundTrip;
  return [
    opcua
      ? `OPC UA   ${opcua.servers} servers, ${opcua.sessions} sessions, ${opcua.subscriptions} subscriptions, ${opcua.monitoredItems} items`
      : "OPC UA   no servers",
    mqttsn
      ? `MQTT-SN  ${mqttsn.devices} devices, ${mqttsn.published} published, ${mqttsn.acknowledged} acknowledged, ${mqttsn.retransmitted} sent again, ${mqttsn.failed} failed`
      : "MQTT-SN  no devices",
    latency && latency.count > 0
      ? `latency  round trip p50 ${latency.p50_ms.toFixed(1)}, p99 ${latency.p99_ms.toFixed(1)}, max ${latency.max_ms.toFixed(1)} ms`
      : "latency  nothing acknowledged yet",
  ];
}
