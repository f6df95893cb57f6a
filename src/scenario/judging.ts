import type { Plant } from "../plant/plant.ts";
import { collectMetrics, UnitMetrics, type Metrics } from "./metrics.ts";
import type { Plan } from "./plan.ts";
import { UnitJudge } from "./unit-judge.ts";
import { sumTallies, type CheckTally } from "./verdict.ts";

/** What the checks of a plan, and the metrics that its thresholds are about, came to in one plant. */
export interface Judged {
  /** In the order of the plan's checks. */
  readonly checks: readonly CheckTally[];
  /** Empty when no threshold wants any. */
  readonly metrics: Metrics;
}

/** Watches a plant for the checks and thresholds of its plan. Make it before time moves. */
export class Judging {
  readonly #plan: Plan;
  readonly #judges: readonly { readonly checks: readonly number[]; readonly judge: UnitJudge }[];
  readonly #metrics: readonly UnitMetrics[];

  constructor(plan: Plan, plant: Plant) {
    this.#plan = plan;
    this.#judges = plan.units
      .filter(({ checks }) => checks.length > 0)
      .map(({ name, checks }) => {
        const plans = checks.map((index) => plan.checks[index]!);
        return { checks, judge: plant.observe(name, (unit) => new UnitJudge(unit, plans)) };
      });
    const counted = plan.thresholds.length > 0 ? plan.units : [];
    this.#metrics = counted.map(({ name }) => new UnitMetrics(plant.unit(name)));
  }

  /** As far as the plant has come by then; empty when no threshold wants any. */
  metrics(now_s: number): Metrics {
    return this.#metrics.length > 0 ? collectMetrics(this.#metrics, now_s) : {};
  }

  /** Call it once, when the plant has reached the end of the run. */
  finish(end_s: number): Judged {
    for (const { judge } of this.#judges) judge.finish(end_s);
    const tallies = this.#plan.checks.map((): CheckTally[] => []);
    for (const { checks, judge } of this.#judges)
      judge.tallies.forEach((tally, i) => tallies[checks[i]!]!.push(tally));
    return {
      checks: this.#plan.checks.map(({ name }, i) => sumTallies(name, tallies[i]!)),
      metrics: this.metrics(end_s),
    };
  }
}
