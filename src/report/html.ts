import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EXIT, formatError } from "../errors.ts";
import type { Evidence, RunResult } from "../runtime/result.ts";
import { formatNorth, formatUntil } from "./console.ts";
import { formatCharts } from "./html-charts.ts";
import { SCRIPT } from "./html-script.ts";
import { STYLE } from "./html-style.ts";
import { clock, escapeHtml, table } from "./html-text.ts";
import { formatTimeline } from "./html-timeline.ts";
import { titleOf, whyVoid, WORD_OF_CODE, type ReportedRun } from "./reported-run.ts";
import { explainCheck, explainThreshold, formatDetails, formatEvidence, formatSeed } from "./verdict-text.ts";

/** Runs of several that are shown whole, those first that have not passed. */
const SHOWN_MAX = 20;
/** Actions not done that are told. */
const ACTIONS_TOLD_MAX = 20;

const dist = (file: string): string =>
  readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${file}`), "utf8");

/** Nothing of a page comes from elsewhere, and a browser holds it to that. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Runs as one page for people that needs nothing beside it: no file, no network. */
export function formatHtml(runs: readonly ReportedRun[]): string {
  const [first] = runs;
  const title = runs.length === 1 && first ? titleOf(first) : `${runs.length} runs`;
  const sorted = [...runs].sort((a, b) => Number(a.code === EXIT.pass) - Number(b.code === EXIT.pass));
  const sections = sorted.slice(0, SHOWN_MAX).map(formatRun);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)} – Taktwerk</title>
<link rel="icon" href="data:,">
<style>${dist("uPlot.min.css")}${STYLE}</style>
</head>
<body>
${runs.length > 1 ? formatOverview(runs) : ""}${sections.join("\n")}
<footer>Written by Taktwerk. Same scenario, same seed, same version: same digest, on any machine.</footer>
<script>${dist("uPlot.iife.min.js")}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function formatOverview(runs: readonly ReportedRun[]): string {
  const passed = runs.filter(({ code }) => code === EXIT.pass).length;
  const rows = runs.map((run) => {
    const { name, file, seed, code, result } = run;
    const time = result ? clock(result.plantTime_s) : "";
    return [
      word(code),
      escapeHtml(name),
      escapeHtml(file),
      escapeHtml(seed === undefined ? "" : formatSeed(seed)),
      time,
      `<code>${result?.digest ?? ""}</code>`,
    ];
  });
  const left = runs.length - SHOWN_MAX;
  const rest = left > 0 ? `<p class="soft">The details of ${left} runs are left out.</p>` : "";
  const heads = ["verdict", "scenario", "file", "seed", "plant time", "digest"];
  const verdict = passed === runs.length ? "passed" : "failed";
  return `<header><div class="head"><h1>${runs.length} runs: ${passed} passed, ${runs.length - passed} not</h1>
<div class="verdict ${verdict}">${verdict === "passed" ? "✓" : "✗"} ${verdict}</div></div></header>
${table(heads, rows)}${rest}`;
}

const classOf = (code: number): string => (WORD_OF_CODE[code] ?? "").replaceAll(" ", "-");

const word = (code: number): string =>
  `<span class="word ${classOf(code)}">${WORD_OF_CODE[code] ?? code}</span>`;

function formatRun(run: ReportedRun): string {
  const { name, code, result, errors, again } = run;
  const sign = code === EXIT.pass ? "✓" : code === EXIT.failed || code === EXIT.internal ? "✗" : "!";
  const why = whyVoid(run);
  const reasons = [...errors.map(formatError), ...(why === undefined ? [] : [why])];
  return `<section class="run">
<div class="head"><div><p class="brand">Taktwerk run report</p><h1>${escapeHtml(name)}</h1></div>
<div class="verdict ${classOf(code)}">${sign} ${WORD_OF_CODE[code] ?? code}</div></div>
${reasons.map((it) => `<pre>${escapeHtml(it)}</pre>`).join("\n")}
${formatFacts(run)}
<p class="soft">The command that repeats it:</p>
<pre>${escapeHtml(again)}</pre>
${formatEvidenceLink(run)}
${result ? formatResult(run, result) : ""}
</section>`;
}

function formatEvidenceLink({ evidence }: ReportedRun): string {
  if (evidence === undefined) return "";
  const link = `<a href="${encodeURI(evidence)}/summary.txt">${escapeHtml(evidence)}</a>`;
  return `<p class="soft">What it left behind, datagrams and logs among it: ${link}</p>`;
}

function formatFacts({ file, seed, began_ms, result }: ReportedRun): string {
  const began = `${new Date(began_ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const facts: Record<string, string | undefined> = {
    scenario: file,
    ...(seed === undefined ? {} : { seed: formatSeed(seed) }),
    began,
  };
  if (result) {
    const { sut, shard, units, unitsPlanned } = result;
    facts["plant time"] = clock(result.plantTime_s);
    facts["wall time"] = `${result.wallTime_s.toFixed(result.wallTime_s < 10 ? 2 : 0)} s`;
    facts["speed"] = String(result.speed);
    facts["units"] = units === unitsPlanned ? String(units) : `${units} of ${unitsPlanned}`;
    facts["shard"] = shard;
    facts["parts produced"] = String(result.partsProduced);
    facts["digest"] = result.digest;
    facts["version"] = `Taktwerk ${result.version}`;
    facts["system under test"] = sut && [sut.name, sut.version ?? ""].join(" ").trim();
    facts["changed by --set"] = result.set.length > 0 ? result.set.join("; ") : undefined;
    facts["judged only"] = result.only;
  }
  const given = Object.entries(facts).flatMap(([title, value]) =>
    value === undefined ? [] : [`<div><dt>${title}</dt><dd>${escapeHtml(value)}</dd></div>`],
  );
  return `<dl class="facts">${given.join("")}</dl>`;
}

function formatResult(run: ReportedRun, result: RunResult): string {
  return [
    formatChecks(run, result),
    formatThresholds(result),
    formatTimeline(result),
    formatCharts(result),
    formatActions(result),
    formatWire(run, result),
  ].join("\n");
}

const verdictWord = (verdict: string): string => `<span class="word ${verdict}">${verdict}</span>`;

function formatChecks({ places }: ReportedRun, { checks }: RunResult): string {
  if (checks.length === 0) return "";
  const rows = checks.map((check) => {
    const place = places[check.name];
    const where = place?.line === undefined ? "" : `${place.file}:${place.line}`;
    return [
      verdictWord(check.verdict),
      `${escapeHtml(check.name)}<br><code class="soft">${escapeHtml(where)}</code>`,
      `${escapeHtml(explainCheck(check))}${formatSeen(check.evidence)}`,
    ];
  });
  return `<h2>Checks</h2>${table(["verdict", "check", "judged"], rows)}`;
}

/** What the first failure saw at once, the others on demand. */
function formatSeen([first, ...others]: readonly Evidence[]): string {
  if (first === undefined) return "";
  const [seen, ...whole] = [formatDetails(first), ...others.map(formatEvidence)].map((lines) =>
    lines.map(escapeHtml).join("\n"),
  );
  const more = `<summary>${others.length} more that failed</summary><pre>${whole.join("\n\n")}</pre>`;
  return `${seen === "" ? "" : `<pre>${seen}</pre>`}${others.length === 0 ? "" : `<details>${more}</details>`}`;
}

function formatThresholds({ thresholds, wireDemand }: RunResult): string {
  if (thresholds.length === 0) return "";
  const rows = thresholds.map((threshold) => [
    verdictWord(threshold.verdict),
    `<code>${escapeHtml(threshold.text)}</code>`,
    escapeHtml(explainThreshold(threshold, wireDemand)),
  ]);
  return `<h2>Thresholds</h2>${table(["verdict", "threshold", "measured"], rows)}`;
}

function formatActions({ actions }: RunResult): string {
  if (actions.length === 0) return "";
  const left = actions.filter(({ done }) => !done);
  const rows = left
    .slice(0, ACTIONS_TOLD_MAX)
    .map(({ unit, id, what, time_s, reason }) => [unit, id, what, clock(time_s), reason].map(escapeHtml));
  const list = rows.length === 0 ? "" : table(["unit", "id", "what", "when", "why it was not done"], rows);
  return `<h2>Actions</h2><p>${actions.length - left.length} done, ${left.length} not done.</p>${list}`;
}

/** Endpoints, what went over them, how long that took, and what came out behind a system under test. */
/** The last lines of the system under test. */
function formatOutput({ sut }: RunResult): string[] {
  if (!sut || sut.output.length === 0) return [];
  const log = `<pre>${escapeHtml(sut.output.join("\n"))}</pre>`;
  return [`<details><summary>The last lines that ${escapeHtml(sut.name)} printed</summary>${log}</details>`];
}

function formatWire({ endpoints }: ReportedRun, result: RunResult): string {
  const { opcua, mqttsn, mqttsnLatency } = result.wire;
  const counters = Object.entries({ "OPC UA": opcua, "MQTT-SN": mqttsn }).flatMap(([name, counts]) =>
    Object.entries(counts ?? {}).map(([title, count]) => [name, spell(title), String(count)]),
  );
  const { until_s, ...distributions } = mqttsnLatency ?? {};
  const latencies = Object.entries(distributions)
    .filter(([, { count }]) => count > 0)
    .map(([title, { count, p50_ms, p99_ms, max_ms }]) => [
      ...[spell(title), String(count)],
      ...[p50_ms, p99_ms, max_ms].map((it) => `${it.toFixed(1)} ms`),
    ]);
  const north = formatNorth(result).map((line) => `<li>${escapeHtml(line.trim())}</li>`);
  const parts = [
    ...endpoints.map((line) => `<p>${escapeHtml(line)}</p>`),
    ...(north.length > 0 ? [`<h3>Behind the system under test</h3><ul>${north.join("")}</ul>`] : []),
    ...formatOutput(result),
    ...(latencies.length > 0
      ? [
          `<h3>MQTT-SN latency</h3>${table(["of", "messages", "p50", "p99", "max"], latencies)}`,
          ...(until_s === undefined
            ? []
            : [`<p class="soft">Against the intended time only${formatUntil(until_s)}.</p>`]),
        ]
      : []),
    ...(counters.length > 0 ? [`<h3>Counters</h3>${table(["endpoint", "what", "count"], counters)}`] : []),
  ];
  const none = "<p>None were open in this run.</p>";
  return `<h2>Endpoints</h2>${parts.length === 0 ? none : parts.join("\n")}`;
}

/** "sessionsOpened" as words. */
const spell = (title: string): string => title.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
