/** What checks and thresholds came to: plain data, which hosts and shards add up. */

/** What a check saw when it failed. */
export interface Evidence {
  readonly unit: string;
  /** Plant time, seconds. */
  readonly time_s: number;
  /** Plant time at which its window had opened. */
  readonly from_s: number;
  readonly why: string;
  /** By what the predicate reads. */
  readonly saw: Readonly<Record<string, string | number | boolean>>;
  /** The unit's last events, oldest first. */
  readonly events: readonly { readonly time_s: number; readonly message: string }[];
}

/** A check as far as a host, or a shard, could judge it. */
export interface CheckTally {
  readonly name: string;
  /** Units that it is of. */
  readonly units: number;
  /** Windows that opened, and those of them that were judged. */
  readonly opened: number;
  readonly judged: number;
  readonly failed: number;
  /** The first failures, by time. */
  readonly evidence: readonly Evidence[];
}

/** Open: only the whole fleet can say, and this is a shard. */
export type Verdict = "passed" | "failed" | "open";

export interface CheckOutcome extends CheckTally {
  readonly verdict: Verdict;
  /** Why a check failed that had nothing to judge; "" for any other. */
  readonly reason: string;
}

/** Failures of a check that are told with all that was seen. */
export const EVIDENCE_MAX = 5;

/** What several units, hosts or shards have seen of one check. */
export function sumTallies(name: string, parts: readonly CheckTally[]): CheckTally {
  const total = (pick: (tally: CheckTally) => number): number =>
    parts.reduce((sum, tally) => sum + pick(tally), 0);
  return {
    name,
    units: total((it) => it.units),
    opened: total((it) => it.opened),
    judged: total((it) => it.judged),
    failed: total((it) => it.failed),
    evidence: firstOf(parts.flatMap((it) => it.evidence)),
  };
}

/** Joins what hosts or shards of one plan have seen of its checks. */
export function addTallies(parts: readonly (readonly CheckTally[])[]): CheckTally[] {
  const [first = []] = parts;
  return first.map(({ name }, i) =>
    sumTallies(
      name,
      parts.map((tallies) => tallies[i]!),
    ),
  );
}

/** @param isPart  whether only a part of the fleet was there */
export function ruleOn(tallies: readonly CheckTally[], isPart: boolean): CheckOutcome[] {
  return tallies.map(({ name, units, opened, judged, failed, evidence }) => {
    const tally = { name, units, opened, judged, failed, evidence };
    if (failed > 0) return { ...tally, verdict: "failed", reason: "" };
    if (judged > 0) return { ...tally, verdict: "passed", reason: "" };
    const reason = whyUnjudged(tally);
    return { ...tally, verdict: isPart ? "open" : "failed", reason };
  });
}

function whyUnjudged({ units, opened }: CheckTally): string {
  if (units === 0) return "no unit was there to judge";
  if (opened === 0) return "its window never opened";
  return "the run was over before anything could be judged";
}

/** By time and unit, so that it does not matter who judged which. */
function firstOf(evidence: readonly Evidence[]): Evidence[] {
  const rank = (a: Evidence, b: Evidence): number =>
    a.time_s - b.time_s || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.from_s - b.from_s);
  return [...evidence].sort(rank).slice(0, EVIDENCE_MAX);
}
