import type { RunResult, Series } from "../runtime/result.ts";
import { escapeHtml, escapeJson } from "./html-text.ts";

const CHARTS_MAX = 12;
/** More lines than that nobody tells apart. */
const LINES_MAX = 8;

/** Charts of the signals that matter, a signal each; "" when none was recorded. */
export function formatCharts(result: RunResult): string {
  const chosen = choose(result);
  if (chosen.length === 0) return "";
  const signals = [...new Set(chosen.map(({ signal }) => signal))];
  const charts = signals.slice(0, CHARTS_MAX).map((signal) => {
    return formatChart(chosen.filter((it) => it.signal === signal).slice(0, LINES_MAX), result);
  });
  const left = signals.length - charts.length;
  const rest = left > 0 ? `<p class="soft">${left} more signals are left out.</p>` : "";
  const how =
    "Shaded: a fault is there. Upright line: a check fails. Drag to look closer, double click to come back.";
  return `<h2>Signals</h2>\n<p class="soft">${how}</p>${charts.join("\n")}${rest}`;
}

/** What failed checks and thresholds read, of units that failed, then what the scenario asks for; or else the usual. */
function choose({ recording, checks, thresholds }: RunResult): readonly Series[] {
  const series = (recording?.series ?? []).filter(({ times_s }) => times_s.length > 1);
  const isBad = ({ verdict }: { readonly verdict: string }): boolean => verdict === "failed";
  const bad = new Map([
    ...checks.filter(isBad).map(({ name, evidence }) => [name, evidence.map(({ unit }) => unit)] as const),
    ...thresholds.filter(isBad).map(({ text }) => [text, [] as string[]] as const),
  ]);
  const read = series.filter(({ unit, readBy }) =>
    readBy.some((name) => {
      const units = bad.get(name);
      return units && (units.length === 0 || units.includes(unit));
    }),
  );
  const asked = series.filter((it) => it.isAsked && !read.includes(it));
  const chosen = [...read, ...asked];
  return chosen.length > 0 ? chosen : series.filter(({ isDefault }) => isDefault);
}

function formatChart(series: readonly Series[], { faults, checks, plantTime_s }: RunResult): string {
  const { signal, title, symbol } = series[0]!;
  const units = new Set(series.map(({ unit }) => unit));
  const data = {
    symbol,
    end_s: plantTime_s,
    series: series.map(({ unit, times_s, values }) => ({ unit, times: times_s, values })),
    windows: faults
      .filter(({ unit }) => units.has(unit))
      .map(({ from_s, until_s }) => [from_s, until_s ?? plantTime_s]),
    marks: checks
      .filter(({ name }) => series.some(({ readBy }) => readBy.includes(name)))
      .flatMap(({ evidence }) => evidence.filter(({ unit }) => units.has(unit)).map(({ time_s }) => time_s)),
  };
  const unit = symbol === "" ? "" : `, ${symbol}`;
  const head = `${escapeHtml(title)}${escapeHtml(unit)} <code class="soft">${escapeHtml(signal)}</code>`;
  return `<h3>${head}</h3><div class="chart"><script type="application/json">${escapeJson(data)}</script></div>`;
}
