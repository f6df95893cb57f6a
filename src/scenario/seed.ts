/**
 * One rule for seeds, wherever they come from: a seed is a text, and what looks like a whole number written the usual
 * way is that number. So 7, "7" and `--seed 7` are one seed; "007" and "1e3" are texts, and seeds of their own.
 */
export function seedOf(given: number | string): number | string {
  // What a number cannot hold exactly stays text, or neighbours would be one seed.
  const isNumber = typeof given === "string" && /^(0|[1-9]\d*)$/.test(given);
  return isNumber && Number.isSafeInteger(Number(given)) ? Number(given) : given;
}

/** Whether a command line can hold a seed, so that a run can be repeated. */
export const isRepeatable = (seed: number | string): boolean =>
  typeof seed === "number" || (seed.isWellFormed() && !seed.includes("\0"));
