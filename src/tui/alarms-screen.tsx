import type { AlarmPage } from "../runtime/alarm-page.ts";
import { useState } from "react";
import { useCursor, useFollowed } from "./cursor.ts";
import type { Arguments } from "./desk.ts";
import { Frame, useBody } from "./frame.tsx";
import { useKept } from "./kept.ts";
import type { Binding } from "./keys.ts";
import { severityColour } from "./palette.ts";
import { usePoll } from "./poll.ts";
import { command, useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { Table, type Column } from "./table.tsx";
import { useUnitColumn } from "./unit-column.ts";
import { formatCalendar } from "./text.ts";

type Alarm = AlarmPage["rows"][number];

/** Lines above the table: counts, and its head. */
const HEAD_LINES = 2;

const keyOf = ({ unit, condition }: Alarm): string => `${unit}/${condition}`;

const argumentsOf = ({ condition }: Alarm): Arguments => ({ condition, by: "control room" });

const unitOf = ({ unit }: Alarm): string => unit;

const wordOf = ({ active, isShelved }: Alarm): string => (isShelved ? "shelved" : active ? "ACTIVE" : "past");

const columnsOf = (start_ms: number, unit: Column<Alarm>): readonly Column<Alarm>[] => [
  { title: "", width: 1, cell: ({ acknowledged }) => (acknowledged ? " " : "*"), colour: () => "yellow" },
  {
    title: "alarm",
    width: 7,
    cell: wordOf,
    colour: ({ active, severity }) => (active ? severityColour(severity) : "gray"),
  },
  unit,
  { title: "code", width: 6, cell: ({ code }) => code },
  { title: "message", width: 34, cell: ({ message }) => message },
  { title: "since, until", width: 12, cell: ({ changed_s }) => formatCalendar(start_ms + changed_s * 1000) },
  { title: "severity", width: 8, isNumber: true, cell: ({ severity }) => String(severity) },
  { title: "condition", width: 30, cell: ({ condition }) => condition },
];

/** Alarms of all units: what is active, what waits to be acknowledged, what is past. */
export function AlarmsScreen() {
  const room = useRoom();
  const { desk, plan, revision, done, ask, tell, go } = room;
  const { columns, rows } = useBody();
  const limit = Math.max(rows - HEAD_LINES, 1);
  const [text, setText] = useKept("alarms' filter", "");
  const [page, setPage] = useState<AlarmPage>();
  const unit = useUnitColumn(columns, unitOf);
  const cursor = useCursor(page ? page.active + page.past : 0, limit, "alarms");
  const { offset } = cursor;
  const answered = usePoll(async () => {
    const page = await desk.alarms({ text, offset, limit });
    setPage(page);
    return { page, offset };
  }, [text, offset, limit, revision]);
  const { under, line } = useFollowed(cursor, answered?.page.rows ?? [], answered?.offset ?? 0, keyOf);
  if (!answered) return <Frame bindings={[]}>{null}</Frame>;
  const acknowledge = (alarm: Alarm): Promise<string> =>
    command(desk, alarm.unit, "acknowledge", argumentsOf(alarm));
  const shown = answered.page.rows.filter(({ acknowledged }) => !acknowledged);
  const acknowledgeAll = async (): Promise<string> => {
    const given = shown.map((alarm) =>
      desk
        .command(alarm.unit, { name: "acknowledge", arguments: argumentsOf(alarm) })
        .then((result) => Number(result.done)),
    );
    const count = (await Promise.all(given)).reduce((sum, one) => sum + one, 0);
    return `${count} of ${shown.length} acknowledged`;
  };
  const askAll = (): void => {
    if (shown.length === 0) tell("nothing on this page waits to be acknowledged");
    else
      ask({
        kind: "confirm",
        text: `Acknowledge ${shown.length} on this page?`,
        onYes: () => done(acknowledgeAll()),
      });
  };
  const filter = (): void =>
    ask({ kind: "line", text: "/", value: text, hints: [], onChange: setText, onEnter: setText });
  const bindings: readonly Binding[] = [
    {
      key: "a",
      label: "acknowledge",
      help: "acknowledge the alarm",
      run: () => under && done(acknowledge(under)),
    },
    { key: "A", label: "all", help: "acknowledge all that the page shows", run: askAll },
    { key: "/", label: "filter", help: "only those of a unit, or with such a message", run: filter },
    { key: "enter", label: "open", help: "open the unit", run: () => under && go("unit", under.unit) },
    ...cursor.bindings,
  ];
  const { active, unacknowledged, past } = answered.page;
  return (
    <Frame bindings={bindings}>
      <Text wrap="truncate">
        <Text color={active > 0 ? "red" : "gray"}>{` ${active} active`}</Text>
        <Text color={unacknowledged > 0 ? "yellow" : "gray"}>{`  * ${unacknowledged} to acknowledge`}</Text>
        <Text color="gray">{`  ${past} past${text && ` · /${text}`}`}</Text>
      </Text>
      <Table
        columns={columnsOf(plan.start_ms, unit)}
        rows={answered.page.rows}
        keyOf={keyOf}
        cursor={line}
        width={columns}
      />
    </Frame>
  );
}
