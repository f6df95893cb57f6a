import { CodedError } from "../errors.ts";
import { DURATION_EXAMPLES, faultOfDuration, parseDuration } from "../scenario/duration.ts";
import type { Overrides } from "../scenario/plan.ts";

/** An option's value: a list where it was written twice, false where it was written as `--no-seed`. */
type Value = string | readonly string[] | false;

/** Options that `up` and `run` share, as the command line gives them. */
export interface RunArguments {
  readonly seed?: Value | undefined;
  readonly speed?: Value | undefined;
  readonly duration?: Value | undefined;
  readonly endpoints: boolean;
}

export const DURATION_HINT = `Write a number and a unit, such as ${DURATION_EXAMPLES.join(", ")}.`;

/** @throws CodedError `invalid-option` */
export function parseOverrides({ seed, speed, duration, endpoints }: RunArguments): Overrides {
  return {
    endpoints,
    ...(seed === undefined ? {} : { seed: parseSeed(single("seed", seed)) }),
    ...(speed === undefined ? {} : { speed: parseSpeed(single("speed", speed)) }),
    ...(duration === undefined ? {} : { duration_s: parseLength(single("duration", duration)) }),
  };
}

function single(option: string, value: Value): string {
  if (typeof value === "string") return value;
  const what = value === false ? `there is no --no-${option}` : `--${option} is given more than once`;
  throw new CodedError("invalid-option", what, "Leave it away, or give it once with a value.");
}

function parseSeed(seed: string): number | string {
  const isWhole = /^\d+$/.test(seed);
  if (seed === "" || (Number.isFinite(Number(seed)) && !isWhole)) {
    throw unfit("seed", seed, "Write a whole number, 0 or more, or text.");
  }
  // What a number cannot hold exactly stays text, or neighbours would be one seed.
  return isWhole && Number.isSafeInteger(Number(seed)) ? Number(seed) : seed;
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
