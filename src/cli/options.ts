import { availableParallelism } from "node:os";
import { CodedError } from "../errors.ts";
import { hostsFor } from "../runtime/remote-host.ts";
import { DURATION_EXAMPLES, faultOfDuration, parseDuration } from "../scenario/duration.ts";
import { SEED_LENGTH_MAX } from "../scenario/schema.ts";
import { seedOf } from "../scenario/seed.ts";
import type { Overrides } from "../scenario/plan.ts";

/** An option's value: a list where it was written twice, false where it was written as `--no-seed`. */
type Value = string | readonly string[] | false;

/** Files that tell of runs. */
export interface ReportArguments {
  readonly json?: Value | undefined;
  readonly junit?: Value | undefined;
  readonly html?: Value | undefined;
}

/** Options that `up` and `run` share, as the command line gives them. */
export interface RunArguments {
  readonly seed?: Value | undefined;
  readonly speed?: Value | undefined;
  readonly duration?: Value | undefined;
  readonly endpoints: boolean;
  readonly hosts?: Value | undefined;
  readonly shard?: Value | undefined;
  readonly json?: Value | undefined;
  readonly record?: Value | undefined;
  readonly set?: Value | undefined;
  readonly ports?: Value | undefined;
  readonly evidence?: Value | undefined;
  readonly plain?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** Those of `run` beside them. */
export interface MatrixArguments extends RunArguments, ReportArguments {
  readonly seeds?: Value | undefined;
  readonly only?: Value | undefined;
  readonly failFast?: boolean | undefined;
}

/** More runs than that are no test any more. */
const SEEDS_MAX = 10_000;

/** More processes than that help nobody. */
const HOSTS_MAX = 256;

export const DURATION_HINT = `Write a number and a unit, such as ${DURATION_EXAMPLES.join(", ")}.`;

/** @throws CodedError `invalid-option` */
export function parseOverrides(args: RunArguments): Overrides {
  const { seed, speed, duration, endpoints, shard } = args;
  return {
    endpoints,
    ...parseSettings(args),
    ...(shard === undefined ? {} : { shard: parseShard(single("shard", shard)) }),
    ...(seed === undefined ? {} : { seed: parseSeed(single("seed", seed)) }),
    ...(speed === undefined ? {} : { speed: parseSpeed(single("speed", speed)) }),
    ...(duration === undefined ? {} : { duration_s: parseLength(single("duration", duration)) }),
  };
}

/** `--ports` is `--set ports`, so that what repeats a run says it too. */
function parseSettings({ set, ports }: RunArguments): Pick<Overrides, "set"> {
  const given = typeof set === "string" ? [set] : set || [];
  if (ports === undefined) return set === undefined ? {} : { set: given };
  const rule = single("ports", ports);
  if (rule !== "auto" && rule !== "fixed") throw unfit("ports", rule, "Write auto or fixed.");
  return { set: [...given, `ports=${rule}`] };
}

/** Processes for a plant of that size. @throws CodedError `invalid-option` */
export function parseHosts({ hosts }: RunArguments, units: number): number {
  if (hosts === undefined) return 1;
  const text = single("hosts", hosts);
  if (text === "auto") return hostsFor(units, availableParallelism());
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= HOSTS_MAX) return Math.min(count, units);
  throw unfit("hosts", text, `Write auto, or a number of processes from 1 to ${HOSTS_MAX}.`);
}

/**
 * Seeds to run each scenario with: "1..20", "1,5,9" or both; undefined for the one that it has.
 *
 * @throws CodedError `invalid-option`
 */
export function parseSeeds({ seeds, seed }: MatrixArguments): (number | string)[] | undefined {
  if (seeds === undefined) return undefined;
  const text = single("seeds", seeds);
  const fix = `Write a range such as 1..20, or seeds with commas between them; at most ${SEEDS_MAX}.`;
  if (seed !== undefined) throw unfit("seeds", text, "Write --seed or --seeds, not both.", " beside --seed");
  const found = text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(part) ?? [];
    if (first === undefined) return [parseSeed(part)];
    const count = Number(last) - Number(first) + 1;
    if (!(count >= 1 && count <= SEEDS_MAX)) throw unfit("seeds", text, fix);
    return Array.from({ length: count }, (_, i) => Number(first) + i);
  });
  if (found.length > SEEDS_MAX || new Set(found).size < found.length) throw unfit("seeds", text, fix);
  return found;
}

/** Part of the names of checks to judge by. @throws CodedError `invalid-option` */
export function parseOnly({ only }: MatrixArguments): string | undefined {
  if (only === undefined) return undefined;
  const pattern = single("only", only);
  if (pattern === "") throw unfit("only", pattern, "Write a part of the name of a check.");
  return pattern;
}

/** A file to write; undefined when the option is not given. @throws CodedError `invalid-option` */
export function parseFile(
  option: "record" | "evidence" | keyof ReportArguments,
  value: Value | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  const file = single(option, value);
  if (file === "") throw unfit(option, file, "Name a file.");
  return file;
}

function parseShard(text: string): { part: number; of: number } {
  const [part = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  if (part >= 1 && part <= of) return { part, of };
  throw unfit("shard", text, "Write which part of how many: 2/3.");
}

function single(option: string, value: Value): string {
  if (typeof value === "string") return value;
  const what = value === false ? `there is no --no-${option}` : `--${option} is given more than once`;
  throw new CodedError("invalid-option", what, "Leave it away, or give it once with a value.");
}

function parseSeed(seed: string): number | string {
  if (seed === "") throw unfit("seed", seed, "Write a whole number, or any text.");
  if (seed.length > SEED_LENGTH_MAX)
    throw unfit("seed", `${seed.slice(0, 40)}…`, `Write at most ${SEED_LENGTH_MAX} characters.`);
  return seedOf(seed);
}

function parseSpeed(speed: string): number | "max" {
  if (speed === "max") return speed;
  const factor = speed.trim() === "" ? NaN : Number(speed);
  if (factor > 0 && factor < Infinity) return factor;
  throw unfit("speed", speed, "Write a number above 0, or max.");
}

function parseLength(duration: string): number {
  const duration_s = parseDuration(duration);
  if (duration_s !== undefined) return duration_s;
  throw unfit("duration", duration, DURATION_HINT, `: ${faultOfDuration(duration)}`);
}

function unfit(option: string, value: string, fix: string, why = ""): CodedError {
  const what = `--${option} cannot be ${JSON.stringify(value)}${why}`;
  return new CodedError("invalid-option", what, fix);
}
