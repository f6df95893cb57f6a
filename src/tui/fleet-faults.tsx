import { useState } from "react";
import type { FaultPage } from "../runtime/fault-page.ts";
import type { RunFault } from "../runtime/result.ts";
import { useCursor, useFollowed } from "./cursor.ts";
import { askClear } from "./fault-commands.ts";
import { progressOf } from "./fault-text.ts";
import type { FaultListProps } from "./fault-list.ts";
import { Frame, useBody } from "./frame.tsx";
import type { Binding } from "./keys.ts";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";
import { Table, type Column } from "./table.tsx";
import { useUnitColumn } from "./unit-column.ts";
import { formatSpan } from "./text.ts";

/** Lines above the table: counts, and its head. */
const HEAD_LINES = 2;

const keyOf = ({ unit, id }: RunFault): string => `${unit}/${id}`;

const unitOf = ({ unit }: RunFault): string => unit;

const columnsOf = (now_s: number, unit: Column<RunFault>): readonly Column<RunFault>[] => [
  { ...unit, colour: () => "magenta" },
  { title: "fault", width: 26, cell: ({ id }) => id },
  { title: "kind", width: 22, cell: ({ kind }) => kind },
  { title: "progress", width: 11, isNumber: true, cell: (fault) => progressOf(fault, now_s) },
  { title: "for", width: 8, isNumber: true, cell: ({ from_s }) => formatSpan(Math.max(now_s - from_s, 0)) },
  { title: "of", width: 9, cell: (fault) => ("family" in fault ? fault.family : "machine") },
  {
    title: "parameters",
    width: 40,
    cell: ({ parameters }) =>
      Object.entries(parameters)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
  },
];

/** Every fault that is there, on whatever unit. */
export function FleetFaults({ text, keys, toUnit }: FaultListProps) {
  const room = useRoom();
  const { desk, revision } = room;
  const { columns, rows } = useBody();
  const limit = Math.max(rows - HEAD_LINES, 1);
  const [page, setPage] = useState<FaultPage>();
  const unit = useUnitColumn(columns, unitOf);
  const cursor = useCursor(page?.matching ?? 0, limit);
  const { offset } = cursor;
  const answered = usePoll(async () => {
    const page = await desk.faults({ text, offset, limit });
    setPage(page);
    return { page, offset };
  }, [text, offset, limit, revision]);
  const { under, line } = useFollowed(cursor, answered?.page.rows ?? [], answered?.offset ?? 0, keyOf);
  if (!answered) return <Frame bindings={[]}>{null}</Frame>;
  const { active, matching, plantTime_s } = answered.page;
  const open = (): void => {
    if (!under) return;
    room.go("faults", under.unit);
    toUnit();
  };
  const bindings: readonly Binding[] = [
    { key: "enter", label: "clear", help: "clear the fault", run: () => under && askClear(room, under) },
    ...keys,
    { key: "f", label: "its unit", help: "all faults of its unit", run: open },
    ...cursor.bindings,
  ];
  return (
    <Frame bindings={bindings}>
      <Text wrap="truncate">
        <Text bold>{` all units: ${active} active`}</Text>
        <Text color="gray">{text && ` · ${matching} with /${text}`}</Text>
      </Text>
      <Table
        columns={columnsOf(plantTime_s, unit)}
        rows={answered.page.rows}
        keyOf={keyOf}
        cursor={line}
        width={columns}
      />
    </Frame>
  );
}
