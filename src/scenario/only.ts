import { fitsGlob } from "../engine/glob.ts";
import type { Plan } from "./plan.ts";

/**
 * A plan that is judged by some of its checks and thresholds only.
 *
 * @param pattern  part of the name of a check or the text of a threshold; * stands for anything
 * @returns undefined when none is meant
 */
export function chooseChecks(plan: Plan, pattern: string): Plan | undefined {
  const part = `*${pattern.toLowerCase()}*`;
  const isWanted = (text: string): boolean => fitsGlob(part, text.toLowerCase());
  const kept = plan.checks.flatMap(({ name }, i) => (isWanted(name) ? [i] : []));
  const thresholds = plan.thresholds.filter(isWanted);
  if (kept.length + thresholds.length === 0) return undefined;
  return {
    ...plan,
    only: pattern,
    thresholds,
    aborts: plan.aborts.filter(({ text }) => isWanted(text)),
    checks: kept.map((i) => plan.checks[i]!),
    units: plan.units.map((unit) => ({
      ...unit,
      checks: unit.checks.map((i) => kept.indexOf(i)).filter((i) => i >= 0),
    })),
  };
}
