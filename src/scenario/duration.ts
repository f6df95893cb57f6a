const UNIT_S: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** A hundred years; later than that, neither calendars nor clocks keep milliseconds. */
const LONGEST_S = 36_500 * 86_400;

const DURATION_PATTERN = /^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$/;

export const DURATION_EXAMPLES = ["90s", "10m", "1h30m", "250ms"];

/** Seconds of a duration, parts from large to small: "90s", "10m", "1h30m", "250ms"; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === "" || !DURATION_PATTERN.test(text)) return undefined;
  let sum_s = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    sum_s += Number(number) * UNIT_S[unit!]!;
  return sum_s <= LONGEST_S ? sum_s : undefined;
}

/** Why a text is no duration. */
export function faultOfDuration(text: string): string {
  if (text.startsWith("-")) return "a duration is not negative";
  if (/^\d+(\.\d+)?$/.test(text)) return "its unit is missing";
  return DURATION_PATTERN.test(text) ? "a hundred years are the most" : "that is no number with a unit";
}

/** Seconds as a duration that `parseDuration` reads to the last bit. */
export function exactDuration(seconds: number): string {
  const text = String(seconds);
  return `${text.includes("e") ? seconds.toFixed(100) : text}s`;
}

/** Seconds as people write them, at most two parts: "8h", "1m 30s", "0.25s". */
export function formatDuration(seconds: number): string {
  if (seconds < 59.995) return `${Math.round(seconds * 100) / 100}s`;
  let rest_s = Math.round(seconds);
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"]) {
    const count = Math.floor(rest_s / UNIT_S[unit]!);
    rest_s -= count * UNIT_S[unit]!;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}
