import { useInput, type Key } from "ink";

/** A key of a screen: what the bottom line calls it, what the help says, and what it does. */
export interface Binding {
  /** A character, or a name of `nameOf`. */
  readonly key: string;
  /** A word for the bottom line; left out for keys that everybody tries. */
  readonly label?: string;
  readonly help: string;
  readonly run: () => void;
}

const NAMED = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pgup"],
  ["pageDown", "pgdn"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "esc"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "backspace"],
] as const satisfies readonly (readonly [keyof Key, string])[];

/** What a key is called: "enter", "ctrl-c", or the character itself. */
export function nameOf(input: string, key: Key): string {
  const named = NAMED.find(([field]) => key[field]);
  if (named) return named[1];
  return key.ctrl ? `ctrl-${input}` : input === " " ? "space" : input;
}

/** Lets keys do what they are bound to; the first that fits counts. */
export function useKeys(bindings: readonly Binding[], isActive: boolean): void {
  useInput(
    (input, key) => {
      const name = nameOf(input, key);
      const isBound = bindings.some((binding) => binding.key === name);
      // Keys that come fast are handed over in one piece.
      const pressed = isBound || key.ctrl || key.meta ? [name] : [...input].map((it) => nameOf(it, key));
      for (const it of pressed) bindings.find((binding) => binding.key === it)?.run();
    },
    { isActive },
  );
}
