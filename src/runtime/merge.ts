import { z } from "zod";
import { CodedError, printableJson } from "../errors.ts";
import { judgeThresholds } from "../scenario/thresholds.ts";
import { ruleOn } from "../scenario/verdict.ts";
import { readText } from "./files.ts";
import { addHosts, digestOf, type RunResult } from "./result.ts";

const count = z.int().min(0);

const percentiles = z.object({
  count,
  p50_ms: z.number(),
  p99_ms: z.number(),
  max_ms: z.number(),
  histogram: z.string(),
});

const northCounts = z.object({
  sent: count,
  suppressed: count,
  arrived: count,
  lost: count,
  withheld: count,
  lostAsExpected: count,
  notAttributable: count,
  unfinished: count,
  duplicated: count,
  duplicatedAsAllowed: count,
  reordered: count,
  altered: count,
  unknown: count,
  disturbed: count,
});

const verdict = z.enum(["passed", "failed", "open"]);

const evidence = z.object({
  unit: z.string(),
  time_s: z.number(),
  from_s: z.number(),
  why: z.string(),
  saw: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  events: z.array(z.object({ time_s: z.number(), message: z.string() })),
});

const window = {
  unit: z.string(),
  id: z.string(),
  kind: z.string(),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  from_s: z.number(),
  ends_s: z.number().optional(),
  until_s: z.number().optional(),
};

const unitFault = z.object({
  ...window,
  severity: z.number(),
  full_s: z.number().optional(),
  raises: z.array(z.string()),
  masks: z.array(z.string()),
});

const wireFault = z.object({
  ...window,
  family: z.enum(["opcua", "mqttsn", "tcp"]),
  endpoint: z.string(),
  causes: z.string(),
  began_ms: z.number().optional(),
  ended_ms: z.number().optional(),
  failure: z.string().optional(),
});

const resultSchema = z.object({
  scenario: z.string(),
  file: z.string(),
  seed: z.union([z.number(), z.string()]),
  speed: z.union([z.number(), z.literal("max")]),
  version: z.string(),
  digest: z.string(),
  digests: z.record(z.string(), z.string()),
  ending: z.enum(["duration", "interrupted", "aborted"]),
  abortedBy: z.string().optional(),
  plantTime_s: z.number(),
  wallTime_s: z.number(),
  events: count,
  units: count,
  unitsPlanned: count,
  shard: z.string().optional(),
  hosts: count,
  inputs: count,
  behind_ms: z.number().min(0),
  set: z.array(z.string()),
  wireDemand: z.enum(["none", "met", "left-out"]),
  only: z.string().optional(),
  partsProduced: count,
  faults: z.array(z.union([unitFault, wireFault])),
  actions: z.array(
    z.object({
      unit: z.string(),
      id: z.string(),
      time_s: z.number(),
      what: z.string(),
      done: z.boolean(),
      reason: z.string(),
    }),
  ),
  checks: z.array(
    z.object({
      name: z.string(),
      units: count,
      opened: count,
      judged: count,
      failed: count,
      evidence: z.array(evidence),
      verdict,
      reason: z.string(),
    }),
  ),
  thresholds: z.array(z.object({ text: z.string(), verdict, value: z.number().optional() })),
  metrics: z.record(
    z.string(),
    z.object({
      count,
      trend: z
        .object({ sum_milli: count, min_milli: count, max_milli: count, histogram: z.string() })
        .optional(),
    }),
  ),
  north: z
    .object({
      phases: z.record(z.string(), northCounts),
      misfortunes: z.array(
        z.object({
          unit: z.string(),
          stream: z.string(),
          seq: z.number(),
          at_ms: z.number(),
          what: z.enum([
            "lost",
            "withheld",
            "lost as expected",
            "not attributable",
            "unfinished",
            "duplicated",
            "reordered",
            "altered",
            "unknown",
          ]),
          difference: z.string().optional(),
        }),
      ),
      reconnects: count,
      outages: z.array(
        z.object({
          begin_s: z.number(),
          length_s: z.number(),
          seenBy: z.enum(["devices", "our listener"]),
          units: count,
          first: z.array(z.string()),
          reason: z.string(),
          cause: z.string(),
        }),
      ),
    })
    .optional(),
  sut: z
    .object({
      name: z.string(),
      version: z.string().optional(),
      ending: z.string().optional(),
      outages: z.literal("allowed").optional(),
      output: z.array(z.string()),
    })
    .optional(),
  notJudged: z.string().optional(),
  wire: z.object({
    opcua: z
      .object({
        servers: count,
        sessions: count,
        sessionsOpened: count,
        subscriptions: count,
        monitoredItems: count,
        channels: count,
        notifications: count,
        faults: count,
      })
      .optional(),
    mqttsn: z
      .object({
        devices: count,
        published: count,
        acknowledged: count,
        suppressed: count,
        failed: count,
        retransmitted: count,
        reconnects: count,
        lost: count,
        commands: count,
        malformed: count,
      })
      .optional(),
    mqttsnLatency: z
      .object({
        acknowledged: percentiles,
        roundTrip: percentiles,
        delay: percentiles,
        until_s: z.number().optional(),
      })
      .optional(),
  }),
});

/** JSON Schema of what `--json` writes: a result, or several. */
export function resultJsonSchema(): unknown {
  const several = z.object({ runs: z.array(resultSchema) });
  return z.toJSONSchema(z.union([resultSchema, several]), { io: "input", reused: "ref" });
}

/** A result that `--json` wrote. @throws CodedError `file-missing`, `invalid-value` */
export function readResult(file: string): RunResult {
  let data: unknown;
  try {
    data = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unfit(file, "is no JSON");
  }
  const parsed = resultSchema.safeParse(data);
  if (!parsed.success) throw unfit(file, `has no valid "${parsed.error.issues[0]!.path.join(".")}"`);
  return parsed.data as RunResult;
}

/** A result as JSON, or several as `{ runs: [...] }`; without what was recorded to be drawn. */
export function formatResults(results: readonly RunResult[]): string {
  const runs = results.map(({ recording: _drawn, ...kept }) => kept);
  return `${printableJson(runs.length === 1 ? runs[0] : { runs }, 2)}\n`;
}

/** What is the same in all shards of one run. */
const SAME = [
  ...["scenario", "seed", "version", "plantTime_s", "ending", "unitsPlanned"],
  ...["set", "only", "wireDemand"],
] as const satisfies readonly (keyof RunResult)[];

/**
 * Joins the results of shards into that of the whole fleet.
 *
 * @param results  by the file that they stand in
 * @throws CodedError `invalid-value` when they are not the parts of one run: something differs, is missing or double
 */
export function mergeResults(results: ReadonlyMap<string, RunResult>): RunResult {
  const [[firstFile, first], ...rest] = [...results] as [[string, RunResult], ...[string, RunResult][]];
  const seen = new Map(Object.keys(first.digests).map((cell) => [cell, firstFile]));
  for (const [file, result] of rest) {
    for (const key of SAME) {
      const [own, others] = [result, first].map((it) => printableJson(it[key] ?? null));
      if (own !== others) throw unfit(file, `has ${key} ${own}, but ${firstFile} has ${others}`);
    }
    if (judgedBy(result) !== judgedBy(first))
      throw unfit(file, `has other checks or thresholds than ${firstFile}`);
    for (const cell of Object.keys(result.digests)) {
      if (seen.has(cell))
        throw unfit(file, `has the cell ${cell}, which stands in ${seen.get(cell)} as well`);
      seen.set(cell, file);
    }
  }
  const all = [...results.values()];
  const units = all.reduce((sum, result) => sum + result.units, 0);
  if (units !== first.unitsPlanned) {
    const what = `of ${first.unitsPlanned} units only ${units} are there`;
    throw new CodedError("invalid-value", what, "Name the results of all shards.");
  }
  const sum = addHosts(all);
  const { shard: _shard, ...whole } = first;
  const texts = first.thresholds.map(({ text }) => text);
  return {
    ...whole,
    ...sum,
    // What one of them could not judge has not been judged.
    ...Object.assign({}, ...all.map(({ notJudged }) => (notJudged === undefined ? {} : { notJudged }))),
    checks: ruleOn(sum.checks, false),
    thresholds: judgeThresholds(texts, sum.metrics, false),
    inputs: all.reduce((total, result) => total + result.inputs, 0),
    digest: digestOf(sum.digests),
    units,
    hosts: all.reduce((total, result) => total + result.hosts, 0),
    wallTime_s: Math.max(...all.map((result) => result.wallTime_s)),
  };
}

/** By what a run is judged, as one text. */
const judgedBy = ({ checks, thresholds }: RunResult): string =>
  JSON.stringify([checks.map(({ name }) => name), thresholds.map(({ text }) => text)]);

function unfit(file: string, what: string): CodedError {
  const fix = "Name result files of the shards of one run, as --json wrote them.";
  return new CodedError("invalid-value", `the result ${what}`, fix, { file });
}
