import { EXIT, type CodedError, type SourcePlace } from "../errors.ts";
import { isSaturated, type RunResult } from "../runtime/result.ts";
import { formatSeed } from "./verdict-text.ts";

/** A run as reports tell of it, however far it came. */
export interface ReportedRun {
  /** Of the scenario; that of the file when it could not be read. */
  readonly name: string;
  readonly file: string;
  /** Undefined when nothing was started. */
  readonly seed: number | string | undefined;
  /** The exit code that it would have alone. */
  readonly code: number;
  /** When it began, milliseconds since 1970. */
  readonly began_ms: number;
  /** The command that does it again. */
  readonly again: string;
  /** Undefined when something ended it before. */
  readonly result: RunResult | undefined;
  /** Folder of what it left behind, as the report's file sees it; undefined when nothing was kept. */
  readonly evidence?: string;
  /** What ended it. */
  readonly errors: readonly CodedError[];
  /** What it had on the wire, a line each. */
  readonly endpoints: readonly string[];
  /** Where checks and thresholds stand: by name of the check, by text of the threshold. */
  readonly places: Readonly<Record<string, SourcePlace>>;
}

/** An exit code as a word for people. */
export const WORD_OF_CODE: Readonly<Record<number, string>> = {
  [EXIT.pass]: "passed",
  [EXIT.failed]: "failed",
  [EXIT.usage]: "not started",
  [EXIT.notJudged]: "not judged",
  [EXIT.saturated]: "inconclusive",
  [EXIT.internal]: "broken",
  [EXIT.interrupted]: "interrupted",
};

/** Why a run counts for nothing although it has a result; undefined when it counts. */
export function whyVoid({ code, result }: ReportedRun): string | undefined {
  if (!result || code === EXIT.pass || code === EXIT.failed) return undefined;
  if (code === EXIT.interrupted) return `somebody ended it after ${result.plantTime_s} s of plant time`;
  if (result.notJudged !== undefined) return result.notJudged;
  if (!isSaturated(result)) return `the run ended with code ${code}`;
  const behind = `${(result.behind_ms / 1000).toFixed(1)} s`;
  return `plant time fell ${behind} behind wall time, so what was on the wire is not what the plant did`;
}

/** "bearing (plants/bearing.yaml), seed 42": a name alone can be that of several files. */
export const titleOf = ({ name, file, seed }: Pick<ReportedRun, "name" | "file" | "seed">): string =>
  `${name} (${file})${seed === undefined ? "" : `, seed ${formatSeed(seed)}`}`;
