import type { Arguments, Description } from "./desk.ts";
import type { Binding } from "./keys.ts";
import { command, type Room } from "./room.ts";

/** "percent=60 which=feed" -> its values; a word without a sign is told apart by `undefined`. */
export function parseArguments(text: string): Arguments | undefined {
  const given: Record<string, number | string | boolean> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) return undefined;
    given[name] = /^(true|false)$/.test(value)
      ? value === "true"
      : isNaN(Number(value))
        ? value
        : Number(value);
  }
  return given;
}

/** Asks for arguments until they can be read. */
export function askArguments(
  { ask, tell }: Room,
  text: string,
  value: string,
  hints: readonly string[],
  onEnter: (given: Arguments) => void,
): void {
  const enter = (written: string): void => {
    const given = parseArguments(written);
    if (given) onEnter(given);
    else tell(`"${written}" cannot be read; write name=value with spaces between`);
  };
  ask({ kind: "line", text, value, hints, onEnter: enter });
}

/** Keys of a machine's panel. */
export function panelKeys(room: Room, unit: string, { commands }: Description): readonly Binding[] {
  const { ask, desk, done } = room;
  const give = (name: string, given: Arguments = {}): void => done(command(desk, unit, name, given));
  const askOverride = (): void => {
    const head = commands.find(({ name }) => name === "set-override");
    const hints = (head?.arguments ?? []).map(({ name, description }) => `  ${name}: ${description}`);
    const set = (given: Arguments): void => give("set-override", given);
    askArguments(room, `override of ${unit}`, "which=feed percent=100", hints, set);
  };
  const stop = (): void =>
    ask({ kind: "confirm", text: `Stop ${unit}? The part in it is scrap.`, onYes: () => give("stop") });
  return [
    { key: "s", label: "start", help: "cycle start: go on, or make parts again", run: () => give("start") },
    { key: "h", label: "hold", help: "feed hold: axes come to rest", run: () => give("hold") },
    { key: "x", label: "stop", help: "stop: abort the program, which leaves scrap", run: stop },
    { key: "v", label: "override", help: "set an override: feed, rapid or spindle", run: askOverride },
  ];
}
