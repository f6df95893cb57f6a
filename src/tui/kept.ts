import { useState } from "react";
import { useRoom } from "./room.ts";

/**
 * As `useState`, and there again when its screen is: a filter, a cursor, what is charted.
 *
 * @param name  unique in the room; undefined for what is forgotten with its screen
 */
export function useKept<T>(
  name: string | undefined,
  initial: T,
): [T, (next: T | ((before: T) => T)) => void] {
  const { kept } = useRoom();
  const [value, setValue] = useState((name === undefined ? undefined : (kept.get(name) as T)) ?? initial);
  const set = (next: T | ((before: T) => T)): void =>
    setValue((before) => {
      const then = next instanceof Function ? next(before) : next;
      if (name !== undefined) kept.set(name, then);
      return then;
    });
  return [value, set];
}
