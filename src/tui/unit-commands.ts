import type { Arguments, Description } from "./desk.ts";
import { command, type Room } from "./room.ts";

/** Arguments that are text even when they look like a number. */
const TEXTS: ReadonlySet<string> = new Set(["job", "condition", "comment", "by", "program", "id"]);

/** "percent=60 which=feed" -> its values; a word without a sign is told apart by `undefined`. */
function parseArguments(text: string): Arguments | undefined {
  const given: Record<string, number | string | boolean> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) return undefined;
    given[name] = TEXTS.has(name) ? value : valueOf(value);
  }
  return given;
}

function valueOf(text: string): number | string | boolean {
  if (/^(true|false)$/.test(text)) return text === "true";
  return isNaN(Number(text)) ? text : Number(text);
}

/** Asks for arguments, and says so when they cannot be read. */
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
    else tell(unreadable(written));
  };
  ask({ kind: "line", text, value, hints, onEnter: enter });
}

const unreadable = (written: string): string =>
  `"${written}" cannot be read; write name=value with spaces between`;

/** Gives a command, and lets everybody see what became of it. */
export const give = (room: Room, unit: string, name: string, given: Arguments = {}): void =>
  room.done(command(room.desk, unit, name, given));

/** Commands of conditions and of job orders, which every unit that has any of them knows. */
const OF_CONDITIONS = [
  "acknowledge condition=  that somebody has seen it",
  "shelve condition= duration_s=  no more of it for a while",
  "unshelve condition=  of it again",
];
const OF_JOBS = [
  "store-and-start-job job= program= quantity=  an order that may begin",
  "store-job job= program= quantity=  an order that waits",
  "start-job job=  it may begin",
  "pause-job job=  the one that runs",
  "resume-job job=",
  "stop-job job=  ends with the part in work",
  "abort-job job=  ends at once",
  "cancel-job job=",
  "clear-job job=  forget one that has ended",
];

/** Asks which of all its commands a unit shall carry out. */
export function askAnyCommand(room: Room, { name, commands, jobs }: Description): void {
  const own = commands.map(({ name, title, description, arguments: heads }) => {
    const words = [name, ...heads.map((head) => `${head.name}=`)];
    return `${words.join(" ")}  ${title}: ${description}`;
  });
  askCommand(room, name, "", [...own, ...OF_CONDITIONS, ...(jobs ? OF_JOBS : [])]);
}

/** Asks for a command and its arguments. @param offers  "hold  what that means": what can be written */
export function askCommand(room: Room, unit: string, value: string, offers: readonly string[]): void {
  const enter = (written: string): void => {
    const [, name, rest = ""] = /^(\S+)(.*)$/s.exec(written) ?? [];
    const given = parseArguments(rest);
    if (name === undefined) return;
    if (given && HURTFUL.has(name)) askFirst(room, unit, name, given);
    else if (given) give(room, unit, name, given);
    else room.tell(unreadable(rest.trim()));
  };
  room.ask({
    kind: "line",
    text: `${unit}, Tab completes:`,
    value,
    hints: offers,
    isChoice: true,
    onEnter: enter,
  });
}

/** Commands after which a part is scrap. */
const HURTFUL: ReadonlySet<string> = new Set(["stop", "reset", "abort-job"]);

/** Gives a command that hurts, once somebody has said yes. */
export function askFirst(room: Room, unit: string, name: string, given: Arguments = {}): void {
  const text = `${name[0]!.toUpperCase()}${name.slice(1)} ${unit}? The part in it is scrap.`;
  room.ask({ kind: "confirm", text, onYes: () => give(room, unit, name, given) });
}
