/** The page for people: it holds everything itself, nothing of a file becomes a part of it, and a browser draws it. */
import { noNorthCounts } from "../../src/oracle/north-counts.ts";
import { describe, expect, test } from "vitest";
import { formatHtml } from "../../src/report/html.ts";
import type { ReportedRun } from "../../src/report/reported-run.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { chromium, domOf } from "../support/browser.ts";
import { allRuns, failedRun, NASTY, result } from "../support/reported-runs.ts";

const drawn: RunResult = {
  ...result,
  faults: [
    {
      ...{
        unit: "cnc-01",
        id: NASTY,
        kind: "spindle-bearing-wear",
        severity: 1,
        parameters: { axis: NASTY },
      },
      ...{ from_s: 300, full_s: 400, ends_s: undefined, until_s: 600, raises: [], masks: [] },
    },
  ],
  actions: [{ unit: "cnc-01", id: "a", time_s: 5, what: "hold", done: false, reason: NASTY }],
  recording: {
    bands: ["cnc-02", "cnc-01"].map((unit) => ({
      ...{ unit, from_s: [0, 100, 700], states: ["Ready", "Cutting", "Alarm"] },
      total_s: { Ready: 100, Cutting: 600, Alarm: 500 },
    })),
    series: [NASTY, "untouched"].map((name) => ({
      ...{ unit: "cnc-01", signal: name, title: NASTY, symbol: "°C", readBy: [name] },
      ...{ isAsked: false, isDefault: false, times_s: [0, 600, 1200], values: [20, 25.5, 21] },
    })),
  },
};
const run: ReportedRun = { ...failedRun, name: NASTY, result: drawn };
const page = formatHtml([run]);

const scripts = (html: string): string[] =>
  [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text!);

describe("the page", () => {
  test("asks for nothing from elsewhere", () => {
    const asked = [...page.matchAll(/\s(?:src|href|srcset|action)\s*=\s*["']?([^"'\s>]+)/gi)];
    expect(asked.map(([, target]) => target)).toEqual(["data:,"]);
    expect(page).not.toMatch(/url\(|@import|fetch\(|XMLHttpRequest|WebSocket|import\(/);
    expect(page).toContain(`content="default-src 'none';`);
  });

  test("has scripts that parse, and data that does", () => {
    expect(scripts(page)).toHaveLength(2);
    for (const script of scripts(page)) expect(() => new Function(script)).not.toThrow();
    const data = [...page.matchAll(/<script type="application\/json">([^]*?)<\/script>/g)];
    expect(data).toHaveLength(1);
    expect(JSON.parse(data[0]![1]!)).toMatchObject({ windows: [[300, 600]], marks: [10.4875] });
  });

  test("tells of the system under test: what became of messages, its last lines, and what was kept", () => {
    const counts = { ...noNorthCounts(), sent: 9, arrived: 8, lost: 1 };
    const tested = formatHtml([
      {
        ...{ ...failedRun, evidence: "kept/a b" },
        result: {
          ...result,
          north: { phases: { "": counts }, misfortunes: [], reconnects: 0, outages: [] },
          sut: { name: "acme", version: "2", output: ["ready", `stuck ${NASTY}`] },
        },
      },
    ]);
    expect(tested).toContain("8 of 9 messages arrived, 1 lost");
    expect(tested).toMatch(/The last lines that acme printed<\/summary><pre>ready\nstuck &lt;\/script&gt;/);
    expect(tested).toContain('<a href="kept/a%20b/summary.txt">kept/a b</a>');
  });

  test("opens and closes its elements in order, whatever names hold", () => {
    const VOID = new Set(["meta", "link", "br"]);
    const open: string[] = [];
    const body = page.replaceAll(/<(script|style)[^>]*>[^]*?<\/\1>/g, "").replace("<!doctype html>", "");
    for (const [, slash, name, empty] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (slash === "/") expect(open.pop()).toBe(name);
      else if (!VOID.has(name!) && empty !== "/") open.push(name!);
    }
    expect(open).toEqual([]);
  });

  test("shows names as they are written and never takes them for its own", () => {
    const CLEAN =
      "&lt;/script&gt; &quot;a&quot; &amp; &#39;b&#39; &lt;i&gt;,::%0A | `x` ]]&gt; é漢😀 \\u{1}\\u{d800}\\u{1b}[2J\\u{9b}31m\\u{202e} ]]&gt;\nend";
    expect(page).not.toContain("<i>,");
    // Title, head, check, evidence twice, fault, its parameter, its tip, action, and the signal's chart twice
    expect(page.split(CLEAN).length - 1).toBeGreaterThanOrEqual(9);
  });

  test("says the verdict in a word, with digest, seed, version and the command", () => {
    expect(page).toMatch(/<div class="verdict failed">✗ failed<\/div>/);
    for (const part of [
      "3e481fd9041b623e",
      "Taktwerk 0.1.0",
      failedRun.again,
      "20:00",
      "plants/bearing.yaml:14",
    ])
      expect(page).toContain(part);
  });

  test("puts units with failures first, and says how many it leaves out", () => {
    expect(page.indexOf(">cnc-01<title>")).toBeLessThan(page.indexOf(">cnc-02<title>"));
    const many = Array.from({ length: 130 }, (_, i) => ({ ...drawn.recording!.bands[0]!, unit: `u${i}` }));
    const recording = { bands: [...many, ...drawn.recording!.bands], series: [] };
    const large = formatHtml([{ ...run, result: { ...drawn, unitsPlanned: 132, recording } }]);
    expect(large).toContain("32 more units are left out");
    expect(large).toContain(">cnc-01<title>");
  });

  test("draws what failed checks read, and else what is usual", () => {
    expect(page).not.toContain("untouched");
    const usual = drawn.recording!.series.map((it) => ({ ...it, isDefault: it.signal === "untouched" }));
    const asked = drawn.recording!.series.map((it) => ({ ...it, isAsked: it.signal === "untouched" }));
    const both = formatHtml([{ ...run, result: { ...drawn, recording: { bands: [], series: asked } } }]);
    expect([...both.matchAll(/<div class="chart">/g)]).toHaveLength(2);
    const passed = { ...drawn, checks: [], thresholds: [], recording: { bands: [], series: usual } };
    expect(formatHtml([{ ...run, result: passed }])).toContain("untouched");
  });
});

test("several runs have an overview, and those that did not pass come first", () => {
  const html = formatHtml([{ ...failedRun, code: 0, name: "good" }, ...allRuns]);
  expect(html).toContain("4 runs: 1 passed, 3 not");
  expect(html.indexOf("<h1>broken</h1>")).toBeLessThan(html.indexOf("<h1>good</h1>"));
});

describe.skipIf(!chromium)("in a browser", () => {
  test.each([["light", []] as const, ["dark", ["--force-dark-mode"]] as const])(
    "it draws its charts without an error, %s",
    async (_mode, flags) => {
      // Whatever goes wrong on the page is written where the dump shows it.
      const watch = `<script>addEventListener("error", (e) => { document.documentElement.dataset.error = e.message; });
        addEventListener("securitypolicyviolation", (e) => { document.documentElement.dataset.error = e.violatedDirective; });</script>`;
      const dump = await domOf(
        page.replace("<style>", () => `${watch}<style>`),
        flags,
      );
      expect(dump).toMatch(/<html[^>]* data-drawn="1"/);
      expect(dump).not.toMatch(/<html[^>]* data-error=/);
      expect(dump).toContain("<canvas");
    },
  );
});
