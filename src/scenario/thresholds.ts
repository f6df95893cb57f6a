import { CodedError, suggest } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import { figureOf, METRICS, vantageOf, type Aggregate, type MetricName, type Metrics } from "./metrics.ts";
import { COMPARISONS, type Operator } from "./comparison.ts";
import { parseDuration } from "./duration.ts";
import type { Scenario } from "./schema.ts";
import type { Verdict } from "./verdict.ts";

interface Threshold {
  readonly metric: MetricName;
  readonly aggregate: Aggregate;
  readonly operator: Operator;
  readonly bound: number;
}

/** What a threshold came to. */
export interface ThresholdOutcome {
  /** As it is written. */
  readonly text: string;
  readonly verdict: Verdict;
  /** What the metric was; undefined without samples. */
  readonly value?: number;
}

const GRAMMAR = /^\s*([\w.-]+)\s+(\w+|p\(\s*[\d.]+\s*\))\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/;
const FIX =
  'Write a metric, a figure of it and a bound: "twin.parts_scrapped count <= 3" or "twin.part_interval_s p(95) < 200".';
const FIGURES = { counter: ["count"], trend: ["count", "sum", "avg", "min", "max", "p(95)"] } as const;

/** What is wrong with a threshold, and the way out. */
class Mistake extends Error {
  readonly fix: string;

  constructor(what: string, fix: string) {
    super(what);
    this.fix = fix;
  }
}

/** What a run has on the wire, as far as thresholds go. */
export interface WireCircumstances {
  readonly speed: number | "max";
  /** Endpoints were switched off by hand: what is about the wire is left open. */
  readonly isWithoutWire: boolean;
  /** Endpoints that some unit has. */
  readonly endpoints: ReadonlySet<string>;
  /** Whether somebody listens behind the system under test. */
  readonly hasNorth: boolean;
}

/** A threshold that ends the run as soon as it does not hold any more. */
export interface AbortPlan {
  readonly text: string;
  /** Plant time before which it does not. */
  readonly delay_s: number;
}

type Written = NonNullable<Scenario["thresholds"]>[number];

/** As it is written, with or without what is to follow from it. */
export const textOf = (written: Written): string =>
  typeof written === "string" ? written : written.threshold;

/** Those of the scenario's thresholds that end the run when they fail. */
export function planAborts(
  thresholds: readonly Written[],
  document: SourceDocument,
  report: (error: CodedError) => void,
): readonly AbortPlan[] {
  return thresholds.flatMap((written, i) => {
    if (typeof written === "string") return [];
    const { threshold: text, delayAbortEval } = written;
    if (vantageOf(text) === "north") {
      const what = "what arrives in the north is known when the run is over, so it cannot abort it";
      const fix = "Leave out abortOnFail.";
      report(new CodedError("invalid-value", what, fix, document.place(["thresholds", i, "abortOnFail"])));
    }
    return { text, delay_s: delayAbortEval === undefined ? 0 : parseDuration(delayAbortEval)! };
  });
}

/** Reads every threshold of a scenario, and reports what is wrong with them. @returns those that are right */
export function planThresholds(
  texts: readonly string[],
  circumstances: WireCircumstances,
  document: SourceDocument,
  report: (error: CodedError) => void,
): readonly string[] {
  return texts.filter((text, i) => {
    const place = document.place(["thresholds", i]);
    try {
      checkVantage(parseThreshold(text), circumstances);
      if (texts.indexOf(text) === i) return true;
      throw new Mistake(`the threshold "${text}" is there twice`, "Leave one of them out.");
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      report(new CodedError("invalid-value", error.message, error.fix, place));
      return false;
    }
  });
}

/** Whether it is about what endpoints saw, or what arrived behind the system under test. */
export const isOnWire = (text: string): boolean => vantageOf(text) !== "twin";

/** What tells of ourselves, or that something was connected, but not that data came. */
const WITHOUT_DATA: ReadonlySet<MetricName> = new Set([
  ...(["wire.mqttsn.published", "wire.mqttsn.suppressed", "wire.mqttsn.retransmitted"] as const),
  ...(["wire.mqttsn.lost", "wire.mqttsn.reconnects", "wire.opcua.sessions"] as const),
  ...(["wire.opcua.sessions_opened", "wire.opcua.channels", "wire.opcua.subscriptions"] as const),
  ...(["wire.opcua.items", "wire.opcua.reconnect_s", "wire.opcua.faults"] as const),
  ...(["north.sent", "north.suppressed", "north.withheld", "north.availability"] as const),
  ...(["north.not_attributable", "north.unfinished", "north.not_judged_percent"] as const),
  "north.recovery_s",
]);

/** Whether it is about data that a system under test has taken, refused or handed on. @param text  known to be valid */
export const isAboutData = (text: string): boolean =>
  isOnWire(text) && !WITHOUT_DATA.has(parseThreshold(text).metric);

/** @throws Mistake for one on the wire that this run could not judge */
function checkVantage(
  { metric }: Threshold,
  { speed, isWithoutWire, endpoints, hasNorth }: WireCircumstances,
): void {
  if (!isOnWire(metric)) return;
  const isNorth = vantageOf(metric) === "north";
  if (isNorth && !hasNorth) {
    const fix = 'Say where messages arrive: north: { mqtt: { broker: "mqtt://127.0.0.1:1883" } }.';
    throw new Mistake(`nobody listens where "${metric}" could be seen`, fix);
  }
  const endpoint = isNorth ? "mqttsn" : metric.split(".")[1]!;
  if (!endpoints.has(endpoint)) {
    const fix = `Give some endpoints: { ${endpoint}: {} }, or leave it out.`;
    throw new Mistake(`nothing can be said of ${metric}: no unit has such an endpoint`, fix);
  }
  if (speed === 1 || isWithoutWire) return;
  const fix = "Run it with --speed 1, or leave the wire out with --no-endpoints.";
  throw new Mistake(`${metric} is of the wire, which cannot be judged at speed ${speed}`, fix);
}

/** @throws Mistake */
function parseThreshold(text: string): Threshold {
  const [, metric, figure, operator, bound] = GRAMMAR.exec(text) ?? [];
  if (metric === undefined) throw new Mistake(`a threshold cannot be "${text}"`, FIX);
  const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name);
  if (!isMetric(metric))
    throw new Mistake(`there is no metric "${metric}"`, suggest(metric, Object.keys(METRICS)));
  const figures: readonly string[] = FIGURES[METRICS[metric].kind];
  const percentile = /^p\(\s*([\d.]+)\s*\)$/.exec(figure!)?.[1];
  if (!figures.includes(percentile === undefined ? figure! : "p(95)"))
    throw new Mistake(`${metric} has no "${figure}"`, suggest(figure!, figures));
  if (percentile !== undefined && !(Number(percentile) >= 0 && Number(percentile) <= 100))
    throw new Mistake(`there is no percentile ${percentile}`, "Write one from p(0) to p(100).");
  const aggregate = percentile === undefined ? (figure as Aggregate) : { percentile: Number(percentile) };
  return { metric, aggregate, operator: operator as Operator, bound: Number(bound) };
}

/**
 * Holds thresholds against the metrics of the whole fleet.
 *
 * @param texts   known to be valid
 * @param isPart  whether these are the metrics of a part, of which nothing can be said
 */
export function judgeThresholds(
  texts: readonly string[],
  metrics: Metrics,
  isPart: boolean,
): readonly ThresholdOutcome[] {
  return texts.map((text) => {
    if (isPart) return { text, verdict: "open" };
    const { metric, aggregate, operator, bound } = parseThreshold(text);
    // A run without a wire has none of its metrics.
    if (!metrics[metric]) return { text, verdict: "open" };
    const value = figureOf(metrics[metric], aggregate);
    if (value === undefined) return { text, verdict: "failed" };
    return { text, verdict: COMPARISONS[operator](value, bound) ? "passed" : "failed", value };
  });
}
