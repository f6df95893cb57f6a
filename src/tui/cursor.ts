import { useEffect, useRef } from "react";
import { useKept } from "./kept.ts";
import type { Binding } from "./keys.ts";

export interface Cursor {
  /** First row that is shown, and the one under the cursor, of all. */
  readonly offset: number;
  readonly index: number;
  readonly put: (index: number) => void;
  readonly bindings: readonly Binding[];
}

/** A cursor in a list of which a page is shown. @param list  its name, for one that keeps its place */
export function useCursor(count: number, page: number, list?: string): Cursor {
  const [place, setPlace] = useKept(list && `cursor of ${list}`, { index: 0, offset: 0 });
  const last = Math.max(count - 1, 0);
  // From what was before, not from what was drawn: keys may come faster than frames.
  const change = (next: (index: number) => number): void =>
    setPlace(({ index, offset }) => {
      const held = Math.max(0, Math.min(next(Math.min(index, last)), last));
      return { index: held, offset: Math.max(Math.min(offset, held), held - page + 1, 0) };
    });
  const put = (index: number): void => change(() => index);
  const move = (by: number): void => change((index) => index + by);
  const bindings = [
    { key: "up", help: "a line up", run: () => move(-1) },
    { key: "down", help: "a line down", run: () => move(1) },
    { key: "k", help: "a line up", run: () => move(-1) },
    { key: "j", help: "a line down", run: () => move(1) },
    { key: "pgup", help: "a page up", run: () => move(-page) },
    { key: "pgdn", help: "a page down", run: () => move(page) },
    { key: "home", help: "to the first", run: () => put(0) },
    { key: "end", help: "to the last", run: () => put(last) },
  ];
  const index = Math.min(place.index, last);
  const offset = Math.max(Math.min(place.offset, index, Math.max(count - page, 0)), index - page + 1, 0);
  return { index, offset, put, bindings };
}

/**
 * Keeps the cursor on what somebody put it on as long as the page shows it, whatever rows do meanwhile: what a key is
 * about to be done to must not change between a look and the key.
 *
 * @param offset  place of the first of the rows in the whole list
 * @returns the row under the cursor, and its place on the page; -1 without one
 */
export function useFollowed<R>(
  { index, put }: Cursor,
  rows: readonly R[],
  offset: number,
  keyOf: (row: R) => string,
): { readonly under: R | undefined; readonly line: number } {
  const chosen = useRef<{ readonly key: string; readonly index: number }>(undefined);
  const moved = chosen.current?.index === index ? findKey(rows, keyOf, chosen.current.key) : -1;
  const line = moved >= 0 ? moved : index - offset;
  const under = rows[line];
  const place = offset + line;
  chosen.current = under && { key: keyOf(under), index: place };
  useEffect(() => {
    if (under && place !== index) put(place);
  });
  return { under, line: under ? line : -1 };
}

const findKey = <R>(rows: readonly R[], keyOf: (row: R) => string, key: string): number =>
  rows.findIndex((row) => keyOf(row) === key);
