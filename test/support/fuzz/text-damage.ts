import type { Dice } from "./dice.ts";

/** None to so many, made one after the other. */
export const some = <T>(dice: Dice, most: number, make: () => T): T[] =>
  Array.from({ length: dice.below(most + 1) }, make);

/** What no grammar makes: a text with a piece cut out, doubled, turned into another character, or moved. */
export function damage(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  const piece = text.slice(at, at + 1 + dice.below(12));
  const rest = text.slice(at + piece.length);
  const strange = [
    "\0",
    "\t",
    "\r",
    "\u001b[2J",
    "\u202e",
    "\ud800",
    "{",
    "[",
    '"',
    "'",
    ":",
    "-",
    "&a ",
    "*a",
    "!!x ",
    "%",
    "#",
    "|",
    ">",
  ];
  return dice.pick([
    () => text.slice(0, at) + rest,
    () => text.slice(0, at) + piece.repeat(2 + dice.below(40)) + rest,
    () => text.slice(0, at) + dice.pick(strange) + text.slice(at),
    () => text.slice(0, at),
    () => piece + text.slice(0, at) + rest,
  ])();
}
