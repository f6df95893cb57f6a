import { useMemo } from "react";
import { useRoom } from "./room.ts";
import type { Column } from "./table.tsx";
import { shorten } from "./text.ts";

const WIDTH_MIN = 12;
/** Of the screen, however long names are. */
const SHARE_MAX = 0.25;

/** The column of units' names, as wide as the plant's names need. @param columns  of the screen */
export function useUnitColumn<R>(columns: number, nameOf: (row: R) => string): Column<R> {
  const { units } = useRoom().plan;
  const longest = useMemo(() => units.reduce((most, { name }) => Math.max(most, name.length), 0), [units]);
  const width = Math.max(WIDTH_MIN, Math.min(longest, Math.floor(columns * SHARE_MAX)));
  return { title: "unit", width, cell: (row) => shorten(nameOf(row), width) };
}
