import { useInput, type Key } from "ink";
import { useLayoutEffect } from "react";

/** A key of a screen: what the bottom line calls it, what the help says, and what it does. */
export interface Binding {
  /** A character, or a name of `namesOf`. */
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

const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x15": "ctrl-u",
};

/** What keys that came in one piece are called: "enter", "ctrl-c", or the character itself. */
function namesOf(input: string, key: Key): readonly string[] {
  const named = NAMED.find(([field]) => key[field]);
  if (named) return [named[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return [...input].map((it) => CONTROLS[it] ?? (it === " " ? "space" : it));
}

type Listener = (name: string) => void;

/** Hands over one key at a time, however fast they come, so that what one of them opens has the next one. */
export class Keyboard {
  readonly #waiting: string[] = [];
  #listener: Listener = () => undefined;
  #isBusy = false;

  /** Lets somebody else have the keys from now on. */
  giveTo(listener: Listener): void {
    this.#listener = listener;
  }

  press(names: readonly string[]): void {
    this.#waiting.push(...names);
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    const name = this.#waiting.shift();
    this.#isBusy = name !== undefined;
    if (name === undefined) return;
    this.#listener(name);
    // By then, what it has opened is there.
    setImmediate(() => this.#next());
  }
}

/** Listens to the terminal. */
export function useKeyboard(keyboard: Keyboard): void {
  useInput((input, key) => keyboard.press(namesOf(input, key)));
}

/** Gets the keys as long as it is active. */
export function usePresses(keyboard: Keyboard, listener: Listener, isActive = true): void {
  useLayoutEffect(() => {
    if (isActive) keyboard.giveTo(listener);
  });
}

/** Lets keys do what they are bound to; the first that fits counts. */
export function useKeys(keyboard: Keyboard, bindings: readonly Binding[], isActive: boolean): void {
  usePresses(keyboard, (name) => bindings.find(({ key }) => key === name)?.run(), isActive);
}
