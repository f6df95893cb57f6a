import { useState } from "react";
import type { Binding } from "./keys.ts";

export interface Cursor {
  /** First row that is shown, and the one under the cursor, of all. */
  readonly offset: number;
  readonly index: number;
  readonly bindings: readonly Binding[];
}

/** A cursor in a list of which a page is shown. */
export function useCursor(count: number, page: number): Cursor {
  const [place, setPlace] = useState({ index: 0, offset: 0 });
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
  return { index, offset, bindings };
}
