import { useRef, useState } from "react";
import { WIRE_SORTS, type WirePage, type WireRow, type WireSort } from "../runtime/wire-page.ts";
import { useCursor, useFollowed } from "./cursor.ts";
import { Frame, useBody } from "./frame.tsx";
import { useKept } from "./kept.ts";
import type { Binding } from "./keys.ts";
import { usePoll } from "./poll.ts";
import { formatRate, Rates } from "./rates.ts";
import { useRoom } from "./room.ts";
import { RoundTripBars, shownBuckets } from "./round-trips.tsx";
import { Text } from "./safe-text.tsx";
import { serverKey } from "./server-key.ts";
import { Table, type Column } from "./table.tsx";
import { formatValue } from "./text.ts";
import { useUnitColumn } from "./unit-column.ts";
import { sumsOf } from "./wire-sums.ts";

/** The line of the filter, and the table's head. */
const HEAD_LINES = 2;
/** A table is not made shorter than that for a histogram. */
const TABLE_MIN = 12;

type Cell = (row: WireRow) => number | undefined;

const number = (title: string, width: number, of: Cell): Column<WireRow> => ({
  title,
  width,
  isNumber: true,
  cell: (row) => formatValue(of(row)),
});

const rate = (title: string, of: (row: WireRow) => string): Column<WireRow> => ({
  title,
  width: 7,
  isNumber: true,
  cell: of,
});

const nameOf = ({ name }: WireRow): string => name;

const statusOf = ({ isOffline, isLost }: WireRow): string =>
  isOffline ? (isLost ? "all gone" : "offline") : isLost ? "no gateway" : "up";

const columnsOf = (rates: Rates, unit: Column<WireRow>): readonly Column<WireRow>[] => [
  unit,
  {
    title: "wire",
    width: 10,
    cell: statusOf,
    colour: ({ isOffline, isLost }) => (isOffline ? "red" : isLost ? "yellow" : "gray"),
  },
  number("sess", 4, ({ counts }) => counts.opcua?.sessions),
  rate("notif/s", ({ name }) => formatRate(rates.of(`${name} notifications`))),
  rate("publ/s", ({ name }) => formatRate(rates.of(`${name} published`))),
  number("acked", 7, ({ counts }) => counts.mqttsn?.acknowledged),
  number("again", 6, ({ counts }) => counts.mqttsn?.retransmitted),
  number("failed", 6, ({ counts }) => counts.mqttsn?.failed),
  number("lost", 5, ({ counts }) => counts.mqttsn?.lost),
  number("items", 6, ({ counts }) => counts.opcua?.monitoredItems),
  number("published", 9, ({ counts }) => counts.mqttsn?.published),
  number("subs", 6, ({ counts }) => counts.opcua?.subscriptions),
  number("opened", 7, ({ counts }) => counts.opcua?.sessionsOpened),
  number("notified", 9, ({ notifications }) => notifications),
  number("suppressed", 10, ({ counts }) => counts.mqttsn?.suppressed),
  number("reconnects", 10, ({ counts }) => counts.mqttsn?.reconnects),
  number("commands", 8, ({ counts }) => counts.mqttsn?.commands),
];

/** What a page tells that a rate is taken of. */
function countsOf({ rows, notifications, counts }: WirePage): Record<string, number | undefined> {
  const { published, acknowledged } = counts.mqttsn ?? {};
  const ofUnits = rows.flatMap(({ name, ...row }): [string, number | undefined][] => [
    [`${name} notifications`, row.notifications],
    [`${name} published`, row.counts.mqttsn?.published],
  ]);
  return { notifications, published, acknowledged, ...Object.fromEntries(ofUnits) };
}

/** What the plant's endpoints have seen. */
export function WireScreen() {
  const room = useRoom();
  const { desk, revision, go, ask } = room;
  const { columns, rows } = useBody();
  const [text, setText] = useKept("wire's filter", "");
  const [sort, setSort] = useKept<WireSort>("wire's order", "name");
  const [page, setPage] = useState<WirePage>();
  const rates = useRef(new Rates()).current;
  const sums = page ? sumsOf(page, rates) : [];
  const buckets = page?.roundTrips ? shownBuckets(page.roundTrips).length : 0;
  const left = Math.max(rows - sums.length - HEAD_LINES, 1);
  const hasBars = buckets > 0 && left - buckets >= TABLE_MIN;
  const limit = hasBars ? left - buckets : left;
  const unit = useUnitColumn(columns, nameOf);
  const cursor = useCursor(page?.matching ?? 0, limit, "wire");
  const { offset } = cursor;
  const answered = usePoll(async () => {
    const page = await desk.wire({ text, sort, offset, limit });
    rates.add(performance.now(), countsOf(page));
    setPage(page);
    return { page, offset };
  }, [text, sort, offset, limit, revision]);
  const { under, line } = useFollowed(cursor, answered?.page.rows ?? [], answered?.offset ?? 0, nameOf);
  if (!answered) return <Frame bindings={[]}>{null}</Frame>;
  const filter = (): void =>
    ask({ kind: "line", text: "/", value: text, hints: [], onChange: setText, onEnter: setText });
  const next = WIRE_SORTS[(WIRE_SORTS.indexOf(sort) + 1) % WIRE_SORTS.length]!;
  const bindings: readonly Binding[] = [
    { key: "enter", label: "open", help: "open the unit", run: () => under && go("unit", under.name) },
    { key: "/", label: "filter", help: "only units with this in their name", run: filter },
    { key: "o", label: "sort", help: "sort by the next column", run: () => setSort(next) },
    serverKey(room, under?.name),
    { key: "f", label: "fault", help: "faults of the unit", run: () => under && go("faults", under.name) },
    ...cursor.bindings,
  ];
  const { roundTrips } = answered.page;
  return (
    <Frame bindings={bindings}>
      {sums.map((sum) => (
        <Text key={sum} wrap="truncate">{` ${sum}`}</Text>
      ))}
      {hasBars && <RoundTripBars roundTrips={roundTrips!} width={columns} />}
      {answered.page.units === 0 ? (
        <NoEndpoints />
      ) : (
        <>
          <Counts page={answered.page} shown={`${text && ` · /${text}`} · by ${sort}`} />
          <Table
            columns={columnsOf(rates, unit)}
            rows={answered.page.rows}
            keyOf={nameOf}
            cursor={line}
            width={columns}
          />
        </>
      )}
    </Frame>
  );
}

function Counts({ page, shown }: { readonly page: WirePage; readonly shown: string }) {
  const { matching, units, offline, lost } = page;
  return (
    <Text wrap="truncate">
      {` ${matching} of ${units} units `}
      <Text color={offline > 0 ? "red" : "gray"}>{` ${offline} offline `}</Text>
      <Text color={lost > 0 ? "yellow" : "gray"}>{` ${lost} without gateway `}</Text>
      <Text color="gray">{shown}</Text>
    </Text>
  );
}

function NoEndpoints() {
  return (
    <>
      <Text> </Text>
      <Text wrap="truncate"> This plant has no endpoints, so there is nothing on any wire:</Text>
      <Text wrap="truncate"> it runs with --no-endpoints or at full speed, or its scenario has none.</Text>
    </>
  );
}
