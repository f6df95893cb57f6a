import { Text } from "./safe-text.tsx";
import { fit, fitRight } from "./text.ts";

export interface Column<R> {
  readonly title: string;
  readonly width: number;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  readonly cell: (row: R) => string;
  readonly colour?: (row: R) => string;
}

/** Those that fit beside each other, the first ones before others. */
function columnsFor<R>(columns: readonly Column<R>[], width: number): readonly Column<R>[] {
  let left = width - 2;
  return columns.filter((column) => {
    left -= column.width + 1;
    return left >= 0;
  });
}

interface Props<R> {
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  /** Index of the row under the cursor; -1 for none. */
  readonly cursor: number;
  readonly width: number;
}

/** A head and a line a row; the cursor is a mark, and inverse where the terminal can do that. */
export function Table<R>({ columns, rows, keyOf, cursor, width }: Props<R>) {
  const shown = columnsFor(columns, width);
  const place = (column: Column<R>, text: string): string =>
    `${column.isNumber ? fitRight(text, column.width) : fit(text, column.width)} `;
  return (
    <>
      <Text bold wrap="truncate">
        {`  ${shown.map((column) => place(column, column.title)).join("")}`}
      </Text>
      {rows.map((row, i) => (
        <Text key={keyOf(row)} inverse={i === cursor} wrap="truncate">
          {i === cursor ? "> " : "  "}
          {shown.map((column) =>
            // The row under the cursor is one bar, and no patchwork of colours.
            column.colour && i !== cursor ? (
              <Text key={column.title} color={column.colour(row)}>
                {place(column, column.cell(row))}
              </Text>
            ) : (
              place(column, column.cell(row))
            ),
          )}
        </Text>
      ))}
    </>
  );
}
