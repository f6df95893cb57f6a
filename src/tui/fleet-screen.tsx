import { useRef, useState } from "react";
import { ATTENTION, type View, type ViewRow } from "../runtime/result.ts";
import type { Binding } from "./keys.ts";
import { useCursor, useFollowed } from "./cursor.ts";
import { useKept } from "./kept.ts";
import { Frame, useBody } from "./frame.tsx";
import { ATTENTION_MARKS, stateColour } from "./palette.ts";
import { usePoll } from "./poll.ts";
import { formatRate, Rates } from "./rates.ts";
import { useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { Table, type Column } from "./table.tsx";
import { useUnitColumn } from "./unit-column.ts";
import { formatValue, percent, progressBar } from "./text.ts";

const nameOf = ({ name }: ViewRow): string => name;

const value = (id: string, row: ViewRow): string => formatValue(row.values[id]);

const measured = (title: string, width: number, id: string): Column<ViewRow> => ({
  title,
  width,
  isNumber: true,
  cell: (row) => value(id, row),
});

const columnsOf = (rates: Rates, unit: Column<ViewRow>): readonly Column<ViewRow>[] => [
  {
    title: "",
    width: 1,
    cell: ({ attention }) => ATTENTION_MARKS[attention].mark,
    colour: ({ attention }) => ATTENTION_MARKS[attention].colour,
  },
  unit,
  {
    title: "state",
    width: 11,
    cell: (row) => value("machine-state", row),
    colour: (row) => stateColour(value("machine-state", row)),
  },
  { title: "job or program", width: 14, cell: (row) => value("job", row) || value("program", row) },
  { title: "cycle", width: 10, cell: (row) => progressBar(row.values["cycle-progress"]) },
  { title: "OEE", width: 4, isNumber: true, cell: (row) => percent(row.values["oee"]) },
  {
    title: "alarms",
    width: 6,
    isNumber: true,
    cell: ({ alarms }) => String(alarms),
    colour: ({ alarms }) => (alarms > 0 ? "magenta" : "gray"),
  },
  { title: "sess", width: 4, isNumber: true, cell: ({ wire }) => formatValue(wire?.opcua?.sessions) },
  { title: "publ/s", width: 6, isNumber: true, cell: ({ name }) => formatRate(rates.of(name)) },
  measured("parts", 6, "parts-produced"),
  measured("load %", 6, "spindle-load"),
  { title: "group", width: 12, cell: ({ group }) => group },
  measured("r/min", 7, "spindle-speed"),
  measured("kW", 6, "active-power"),
  measured("°C", 6, "spindle-temperature"),
  measured("scrap", 6, "parts-scrapped"),
  { title: "tool", width: 5, cell: (row) => value("tool-number", row) },
  measured("feed mm/min", 11, "feed-rate"),
  measured("kWh", 8, "energy"),
];

const SIGNALS = [
  ...[
    "machine-state",
    "program",
    "cycle-progress",
    "oee",
    "parts-produced",
    "spindle-load",
    "spindle-speed",
    "active-power",
  ],
  ...["spindle-temperature", "parts-scrapped", "tool-number", "feed-rate", "energy", "job"],
];

/** What `o` sorts by, one after the other; undefined is by name. */
const SORTS = [
  ...[undefined, "machine-state", "oee", "cycle-progress", "parts-produced", "spindle-load"],
  ...["active-power", "spindle-temperature"],
] as const;

/** Lines above the table: counts, and its head. */
const HEAD_LINES = 2;

/** All units, those that somebody should look at first. */
export function FleetScreen() {
  const room = useRoom();
  const { desk, plan, go, revision, ask } = room;
  const { columns, rows } = useBody();
  const page = Math.max(rows - HEAD_LINES, 1);
  const [text, setText] = useKept("fleet's filter", "");
  const [group, setGroup] = useKept<string | undefined>("fleet's group", undefined);
  const [sort, setSort] = useKept<(typeof SORTS)[number]>("fleet's order", undefined);
  const [isReversed, setReversed] = useKept("fleet's direction", false);
  const [view, setView] = useState<View>();
  const rates = useRef(new Rates()).current;
  const unit = useUnitColumn(columns, nameOf);
  const cursor = useCursor(view?.matching ?? 0, page, "fleet");
  const { offset } = cursor;
  const answered = usePoll(async () => {
    // What is text begins with A, what is a number with the most; an OEE with the least, which is the one to look at.
    const descending = (sort !== undefined && !["machine-state", "oee"].includes(sort)) !== isReversed;
    const by = sort === undefined ? {} : { sort: { by: sort, descending } };
    const only = { ...(group === undefined ? {} : { group }), ...(text === "" ? {} : { text }) };
    const query = { columns: SIGNALS, attentionFirst: true, withWire: true, offset, limit: page };
    const view = await desk.view({ ...query, ...by, ...only });
    const published = view.rows.map(({ name, wire }) => [name, wire?.mqttsn?.published]);
    rates.add(performance.now(), Object.fromEntries(published) as Record<string, number | undefined>);
    setView(view);
    return { view, offset };
  }, [text, group, sort, isReversed, offset, page, revision]);
  const { under, line } = useFollowed(cursor, answered?.view.rows ?? [], answered?.offset ?? 0, nameOf);
  if (!answered) return <Frame bindings={[]}>{null}</Frame>;
  const groups = [undefined, ...new Set(plan.units.map((unit) => unit.group))];
  const next = <T,>(all: readonly T[], now: T): T => all[(all.indexOf(now) + 1) % all.length]!;
  const filter = (): void =>
    ask({ kind: "line", text: "/", value: text, hints: [], onChange: setText, onEnter: setText });
  const bindings: readonly Binding[] = [
    { key: "enter", label: "open", help: "open the unit", run: () => under && go("unit", under.name) },
    { key: "/", label: "filter", help: "only units with this in their name", run: filter },
    { key: "o", label: "sort", help: "sort by the next column", run: () => setSort(next(SORTS, sort)) },
    { key: "O", help: "sort the other way round", run: () => setReversed(!isReversed) },
    {
      key: "g",
      label: "group",
      help: "the next group alone, or all",
      run: () => setGroup(next(groups, group)),
    },
    { key: "f", label: "fault", help: "faults of the unit", run: () => under && go("faults", under.name) },
    ...cursor.bindings,
  ];
  return (
    <Frame bindings={bindings}>
      <Counts
        view={answered.view}
        shown={`${text && ` · /${text}`}${group ? ` · group ${group}` : ""} · by ${sort ?? "name"}${sort && isReversed ? ", reversed" : ""}`}
      />
      <Table
        columns={columnsOf(rates, unit)}
        rows={answered.view.rows}
        keyOf={nameOf}
        cursor={line}
        width={columns}
      />
    </Frame>
  );
}

function Counts({ view, shown }: { readonly view: View; readonly shown: string }) {
  return (
    <Text wrap="truncate">
      {` ${view.matching} of ${view.units} units `}
      {ATTENTION.filter((kind) => kind !== "none").map((kind) => (
        <Text key={kind} color={view.attention[kind] > 0 ? ATTENTION_MARKS[kind].colour : "gray"}>
          {` ${ATTENTION_MARKS[kind].mark} ${view.attention[kind]} ${kind} `}
        </Text>
      ))}
      <Text color="gray">{shown}</Text>
    </Text>
  );
}
