import { EXIT, printable, type SourcePlace } from "../errors.ts";
import { titleOf, whyVoid, WORD_OF_CODE, type ReportedRun } from "./reported-run.ts";
import { explainCheck, explainThreshold, formatAllSeen, formatSeed } from "./verdict-text.ts";

/** Runs that a summary lists; GitHub takes no more than a megabyte. */
const ROWS_MAX = 500;

/**
 * Workflow commands that mark what has failed where it stands in the scenario.
 *
 * @param toRepository  the path of a file of ours from the repository's top, where GitHub looks for it
 */
export function formatAnnotations(run: ReportedRun, toRepository: (file: string) => string): string[] {
  const { result, errors, places, again } = run;
  const annotate = (title: string, lines: readonly string[], place?: SourcePlace): string => {
    const isInFile = place?.line !== undefined;
    const at = isInFile ? { file: toRepository(place.file), line: place.line, col: place.column } : {};
    const properties = Object.entries({ ...at, title }).filter(([, value]) => value !== undefined);
    const written = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
    return `::error ${written.join(",")}::${escapeData(lines.join("\n"))}`;
  };
  const why = whyVoid(run);
  const ending = [
    ...errors.map(({ code, message, fix, place }) => annotate(code, [message, fix], place)),
    ...(why === undefined
      ? []
      : [annotate(`${titleOf(run)}: ${WORD_OF_CODE[run.code]}`, [why, again], { file: run.file, line: 1 })]),
  ];
  if (!result) return ending;
  const checks = result.checks.flatMap((check) => {
    const { name, verdict, evidence } = check;
    const lines = [explainCheck(check), ...formatAllSeen(evidence), `again: ${again}`];
    return verdict === "failed" ? [annotate(`failed: ${name} in ${titleOf(run)}`, lines, places[name])] : [];
  });
  const thresholds = result.thresholds.flatMap((threshold) => {
    const { text, verdict } = threshold;
    const lines = [explainThreshold(threshold, result.wireDemand), `again: ${again}`];
    return verdict === "failed" ? [annotate(`failed: ${text} in ${titleOf(run)}`, lines, places[text])] : [];
  });
  return [...ending, ...checks, ...thresholds];
}

/** What a step of a job came to, as Markdown: a row a run, and what has failed. */
export function formatStepSummary(runs: readonly ReportedRun[]): string {
  const rows = runs.slice(0, ROWS_MAX).map((run) => {
    const { name, file, seed, code, result } = run;
    const judged = result ? `${countPassed(run)} of ${result.checks.length + result.thresholds.length}` : "";
    const time = result ? `${result.plantTime_s} s` : "";
    const digest = result?.digest ?? "";
    const named = [name, file, seed === undefined ? "" : formatSeed(seed)];
    const cells = [WORD_OF_CODE[code] ?? String(code), ...named, judged, time, digest];
    return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  });
  const failed = runs.filter(({ code }) => code !== EXIT.pass).slice(0, ROWS_MAX);
  const rest = runs.length - rows.length;
  return [
    "### Taktwerk",
    "",
    "| run | scenario | file | seed | checks and thresholds passed | plant time | digest |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    ...(rest > 0 ? ["", `and ${rest} more`] : []),
    "",
    ...failed.flatMap((run) => [`**${escapeMarkdown(titleOf(run))}**`, "", ...reasonsOf(run), ""]),
  ].join("\n");
}

function countPassed({ result }: ReportedRun): number {
  return [...(result?.checks ?? []), ...(result?.thresholds ?? [])].filter(
    ({ verdict }) => verdict === "passed",
  ).length;
}

function reasonsOf(run: ReportedRun): string[] {
  const { result, errors, again } = run;
  const why = whyVoid(run);
  const checks = (result?.checks ?? []).filter(({ verdict }) => verdict === "failed");
  const thresholds = (result?.thresholds ?? []).filter(({ verdict }) => verdict === "failed");
  const reasons = [
    ...errors.map(({ message }) => message),
    ...(why === undefined ? [] : [why]),
    ...checks.map((check) => `${check.name}: ${explainCheck(check)}`),
    ...thresholds.map((it) => `${it.text}: ${explainThreshold(it, result!.wireDemand)}`),
  ];
  const longest = Math.max(2, ...(again.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return [...reasons.map((it) => `- ${escapeMarkdown(it)}`), "", fence, printable(again), fence];
}

const escapeData = (text: string): string =>
  text
    .split("\n")
    .map(printable)
    .join("\n")
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Names come from files: nothing of them may become a tag, a link or emphasis. */
const escapeMarkdown = (text: string): string =>
  printable(text.replaceAll(/\s+/g, " ")).replaceAll(
    /[\\`*_{}[\]<>()#+!|&~@]/g,
    (char) => `&#${char.charCodeAt(0)};`,
  );
