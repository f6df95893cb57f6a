/** Commands that can be pasted into a shell. */
import { printable } from "../errors.ts";
import type { RunResult } from "../runtime/result.ts";

/** What a command line has to say to start a run. */
export interface CommandParts {
  readonly file: string;
  readonly seed: number | string;
  readonly speed: number | "max";
  /** Infinity for a run that a person ends. */
  readonly duration_s: number;
  /** "2/3" */
  readonly shard?: string | undefined;
  readonly set: readonly string[];
  readonly only?: string | undefined;
  readonly wireDemand: RunResult["wireDemand"];
}

export function formatCommand(verb: "up" | "run", parts: CommandParts): string {
  const { file, seed, speed, duration_s, shard, set, only, wireDemand } = parts;
  return [
    `taktwerk ${verb} ${pathWord(file)} ${option("seed", String(seed))} --speed ${speed}`,
    ...(duration_s === Infinity ? [] : [`--duration ${Math.round(duration_s * 1e6) / 1e6}s`]),
    ...(shard === undefined ? [] : [`--shard ${shard}`]),
    ...set.map((setting) => option("set", setting)),
    ...(only === undefined ? [] : [option("only", only)]),
    ...(wireDemand === "left-out" ? ["--no-endpoints"] : []),
  ].join(" ");
}

/** A value that begins with a dash would be taken for an option. */
const option = (name: string, value: string): string =>
  value.startsWith("-") ? `--${name}=${shellWord(value)}` : `--${name} ${shellWord(value)}`;

/** A path, which is no option whatever it begins with. */
export const pathWord = (file: string): string => shellWord(file.startsWith("-") ? `./${file}` : file);

/** Quoted where a shell would see more in it than a word; bytes that a terminal would obey stand as \xHH, as bash reads. */
function shellWord(text: string): string {
  if (/^[\w./:@%+,=-]+$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = [...text].map((character) =>
    printable(character) === character ? character.replace(/['\\]/, "\\$&") : bytesOf(character),
  );
  return `$'${escaped.join("")}'`;
}

const bytesOf = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
