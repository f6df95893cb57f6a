/** The looks of a report: colours that also people tell apart who see red and green alike, and never without a word. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1a1d21; --soft: #5a626c; --line: #d5d9de;
  --passed: #00674c; --failed: #b3261e; --other: #8a5300; --on: #ffffff;
  --cutting: #009e73; --moving: #56b4e9; --handling: #0072b2; --idle: #c3c8ce;
  --held: #e69f00; --alarm: #d55e00; --service: #cc79a7; --fault: #7a1f1a;
  --shade: rgba(179, 38, 30, 0.13); --grid: rgba(0, 0, 0, 0.09);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1d2126; --ink: #e8eaed; --soft: #a3abb5; --line: #363c44;
    --passed: #35b58d; --failed: #f2857d; --other: #e6ad57; --on: #14171b;
    --cutting: #12a880; --moving: #67bdec; --handling: #2f8fd0; --idle: #4b525b;
    --held: #e69f00; --alarm: #ee7a2e; --service: #d68fb6; --fault: #ff9d94;
    --shade: rgba(242, 133, 125, 0.2); --grid: rgba(255, 255, 255, 0.1);
  }
}
:root[data-print] {
  color-scheme: light;
  --paper: #ffffff; --panel: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb;
  --passed: #00674c; --failed: #b3261e; --other: #8a5300; --on: #ffffff;
  --cutting: #009e73; --moving: #56b4e9; --handling: #0072b2; --idle: #c3c8ce;
  --held: #e69f00; --alarm: #d55e00; --service: #cc79a7; --fault: #7a1f1a;
  --shade: rgba(179, 38, 30, 0.13); --grid: rgba(0, 0, 0, 0.09);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 32px 48px; max-width: 1160px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { font-size: 26px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 10px; padding-bottom: 5px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 18px 0 6px; overflow-wrap: anywhere; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
.head { display: flex; gap: 24px; align-items: center; flex-wrap: wrap; justify-content: space-between; }
.brand { color: var(--soft); font-size: 13px; letter-spacing: 0.04em; margin: 0 0 4px; }
.verdict {
  font-size: 24px; font-weight: 700; letter-spacing: 0.05em; padding: 9px 22px; border-radius: 7px;
  color: var(--on); background: var(--other); text-transform: uppercase; white-space: nowrap;
}
.verdict.passed { background: var(--passed); }
.verdict.failed, .verdict.broken { background: var(--failed); }
.word { font-weight: 650; white-space: nowrap; color: var(--other); }
.word.passed { color: var(--passed); }
.word.failed, .word.broken { color: var(--failed); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 12px 22px; margin: 20px 0 14px; }
.facts dt { color: var(--soft); font-size: 12.5px; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre, code { font: 13px/1.45 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 5px; padding: 9px 12px; margin: 6px 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: 12.5px; font-weight: 600; color: var(--soft); }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 1%; white-space: nowrap; }
td.wide { white-space: normal; }
details summary { cursor: pointer; color: var(--soft); font-size: 13.5px; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 8px 0; font-size: 13px; }
ul.legend i { display: inline-block; width: 14px; height: 11px; margin-right: 6px; border-radius: 2px; }
svg.timeline { display: block; width: 100%; min-width: 760px; height: auto; }
svg.timeline text { fill: var(--ink); font-size: 11.5px; font-family: inherit; }
svg.timeline text.soft { fill: var(--soft); }
svg.timeline line { stroke: var(--grid); }
.k-cutting { fill: var(--cutting); background: var(--cutting); } .k-moving { fill: var(--moving); background: var(--moving); }
.k-handling { fill: var(--handling); background: var(--handling); } .k-idle { fill: var(--idle); background: var(--idle); }
.k-held { fill: var(--held); background: var(--held); } .k-alarm { fill: var(--alarm); background: var(--alarm); }
.k-service { fill: var(--service); background: var(--service); } .k-fault { fill: var(--fault); background: var(--fault); }
.k-seen { fill: var(--ink); background: var(--ink); }
.chart { min-height: 236px; break-inside: avoid; }
.chart .u-legend { font-size: 12.5px; text-align: left; }
.chart .u-legend th, .chart .u-legend td { border: 0; padding: 2px 6px 2px 0; }
.u-wrap, .uplot { font-family: inherit; }
section.run + section.run { margin-top: 60px; border-top: 3px solid var(--line); padding-top: 30px; }
footer { margin-top: 40px; color: var(--soft); font-size: 12.5px; }
@media print {
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 12px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3, summary { break-after: avoid; }
  tr, .chart, pre { break-inside: avoid; }
  section.run + section.run { break-before: page; }
  svg.timeline { min-width: 0; }
}
`;
