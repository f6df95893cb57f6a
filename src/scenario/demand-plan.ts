import type { CheckSettings } from "./check-schema.ts";
import { parseDuration } from "./duration.ts";
import type { Demand } from "./episode.ts";

/** Says what is wrong with a field of a check; without a field, with all of it. */
export type Complain = (path: readonly PropertyKey[], what: string, fix: string) => void;

/** What a check can demand of its predicate. */
export const WORDS = ["eventually", "always", "never", "holds", "count"] as const;

/** Fields that only say something with some of the words. */
const COMPANIONS = {
  within: ["eventually", "holds"],
  for: ["holds"],
  atLeast: ["count"],
  atMost: ["count"],
} as const;

/** What a check demands; undefined when something is wrong with it. */
export function planDemand(check: CheckSettings, complain: Complain): Demand | undefined {
  const said = WORDS.filter((word) => check[word] !== undefined);
  const [word] = said;
  if (word === undefined || said.length > 1) {
    const what = word === undefined ? "demands nothing" : `demands ${said.join(" and ")} at once`;
    const fix = `Write one of ${WORDS.join(", ")}; two demands are two checks.`;
    complain(said.slice(1, 2), `the check "${check.name}" ${what}`, fix);
    return undefined;
  }
  let isFit = true;
  for (const [field, words] of Object.entries(COMPANIONS) as [keyof typeof COMPANIONS, readonly string[]][]) {
    if (check[field] === undefined || words.includes(word)) continue;
    complain([field], `"${field}" says nothing with "${word}"`, `It belongs to ${words.join(" and ")}.`);
    isFit = false;
  }
  return isFit ? demandOf(check, word, complain) : undefined;
}

function demandOf(
  check: CheckSettings,
  word: (typeof WORDS)[number],
  complain: Complain,
): Demand | undefined {
  const seconds = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseDuration(text);
  const within_s = seconds(check.within);
  const { atLeast, atMost } = check;
  if (word === "eventually") return { word, within_s };
  if (word === "holds") {
    const for_s = seconds(check.for);
    if (for_s !== undefined && for_s > 0) return { word, for_s, within_s };
    complain(
      ["holds"],
      '"holds" needs a time for which it is to hold',
      'Add "for:" with text such as "30s".',
    );
    return undefined;
  }
  if (word !== "count") return { word };
  if (atLeast === undefined && atMost === undefined) {
    complain(
      ["count"],
      '"count" needs a number to count up to',
      'Add "atLeast:" or "atMost:" with a whole number.',
    );
    return undefined;
  }
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
    const what = `there cannot be at least ${atLeast} and at most ${atMost} events`;
    complain(["atMost"], what, 'Write "atMost" as large as "atLeast", or larger.');
    return undefined;
  }
  return { word, atLeast, atMost };
}
