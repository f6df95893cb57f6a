/** Checks over a small fleet with faults: each word and each window, passing and failing for the right reason. */
import { describe, expect, test } from "vitest";
import type { RecordedInput } from "../../src/plant/cell.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { mergeResults } from "../../src/runtime/merge.ts";
import type { CheckOutcome, RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario, type Overrides } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();
const UNITS = UNIT.replace("name:", "count: 4, name:");
/** The bearing of two units is bad from 120 s to 420 s; the air of one dips at 60 s, 360 s, 660 s for 30 s each. */
const FAULTS = `faults:
  - { id: bearing, at: 2m, for: 5m, on: { name: "cnc-0*", pick: 2 }, fault: spindle-bearing-wear }
  - { id: air, at: 1m, for: 30s, every: 5m, on: { name: cnc-01 }, fault: air-dip }
`;
const VIBRATION = 'unit.conditions["vibration-high"].active';
const SCRAP = 'unit.counters["parts-scrapped"]';
const RUN_S = 900;

const run = async (
  lines: readonly string[],
  overrides: Overrides = {},
  hosts = 1,
  faults = FAULTS,
): Promise<RunResult> => {
  const checks = lines.length > 0 ? `checks:\n${lines.map((line) => `  - { ${line} }\n`).join("")}` : "";
  const text = scenarioText({ top: `${faults}${checks}`, units: UNITS });
  const all = { endpoints: false, speed: "max", duration_s: RUN_S, ...overrides } as const;
  const it = new Run(planScenario("plant.yaml", text, catalog, all), { hosts });
  await it.start();
  const result = await it.finish();
  await it.close();
  return result;
};

/** The rest of each line of the table is a check; names are numbers. */
type Row = readonly [name: string, check: string, verdict: "passed" | "failed", why?: RegExp];

const ON_BEARING = "on: { fault: bearing }, after: { fault: bearing }";
const ROWS: readonly Row[] = [
  ["eventually in time", `${ON_BEARING}, within: 3m, eventually: '${VIBRATION}'`, "passed"],
  [
    "eventually too late",
    `${ON_BEARING}, within: 1s, eventually: '${VIBRATION}'`,
    "failed",
    /^it was never so from 120 s to 121 s$/,
  ],
  ["eventually without an end", `on: { fault: bearing }, eventually: '${VIBRATION}'`, "passed"],
  [
    "eventually never",
    "eventually: '!unit.faults[\"bearing\"] && false'",
    "failed",
    /never so from 0 s to 900 s/,
  ],
  [
    "eventually each time that it comes again",
    "on: { fault: air }, during: { fault: air }, eventually: 'unit.faults[\"air\"]'",
    "passed",
  ],
  [
    "always before the fault",
    `until: { fault: bearing }, on: { fault: bearing }, always: '!${VIBRATION}'`,
    "passed",
  ],
  ["always until a time", `until: 2m, always: '${SCRAP} == 0'`, "passed"],
  ["always, and not so", `on: { fault: bearing }, always: '!${VIBRATION}'`, "failed", /^it was not so at/],
  ["never", `on: { fault: bearing }, until: 2m, never: '${VIBRATION}'`, "passed"],
  ["never, and so", `on: { fault: bearing }, never: '${VIBRATION}'`, "failed", /^it was so at/],
  ["never of a signal", "never: 'unit.signals[\"spindle-load\"] > 1000'", "passed"],
  ["never of a signal, and so", "never: 'unit.signals[\"spindle-load\"] > 60'", "failed", /^it was so at/],
  ["what is published", "never: 'unit.published[\"spindle-temperature\"] < -40.0'", "passed"],
  ["what is true", "after: 1m, always: 'unit.truth[\"tool-1-used\"] >= 0.0'", "passed"],
  ["a state", 'eventually: \'unit.states["machine-state"] == "Cutting"\'', "passed"],
  [
    "holds as long as the fault",
    "on: { fault: bearing }, holds: 'unit.faults[\"bearing\"]', for: 300s",
    "passed",
  ],
  [
    "holds longer than it does",
    "on: { fault: bearing }, holds: 'unit.faults[\"bearing\"]', for: 301s",
    "failed",
    /at most 300 s from 0 s to 900 s, not for 301 s/,
  ],
  [
    "holds too late",
    "on: { fault: bearing }, holds: 'unit.faults[\"bearing\"]', for: 60s, within: 2m",
    "failed",
    /at most 0 s/,
  ],
  ["count at least", "count: 'event.kind == \"production\"', atLeast: 2", "passed"],
  [
    "count at least, and fewer",
    "count: 'event.kind == \"production\"', atLeast: 500",
    "failed",
    /there were \d+ such events from 0 s to 900 s, not 500/,
  ],
  ["count at most", "count: 'event.severity > 1000', atMost: 0", "passed"],
  [
    "count at most, and more",
    "count: 'event.kind == \"state\"', atMost: 3",
    "failed",
    /more than 3 such events/,
  ],
  [
    "count in a window",
    "during: { fault: air }, on: { fault: air }, count: 'event.time_s < 60.0 || event.time_s >= 690.0', atMost: 0",
    "passed",
  ],
  ["a window after the end", `after: 1h, always: '${SCRAP} == 0'`, "failed", /^its window never opened$/],
  [
    "a window that the run cuts short",
    "after: 14m, within: 10m, eventually: 'false'",
    "failed",
    /^the run was over before anything could be judged$/,
  ],
  [
    "a field that an event does not have",
    "count: 'event.fields[\"zz\"] == 1', atMost: 0",
    "failed",
    /cannot be judged: No such key: zz/,
  ],
];

const check = (name: string, rest: string): string => `name: ${name}, ${rest}`;
const LINES = ROWS.map(([name, rest]) => check(JSON.stringify(name), rest));
const whyOf = ({ reason, evidence }: CheckOutcome): string => (reason === "" ? evidence[0]!.why : reason);

describe("a check", async () => {
  const { checks } = await run(LINES);
  test.each(ROWS)("%s", (name, _rest, verdict, why) => {
    const outcome = checks.find((it) => it.name === name)!;
    expect([outcome.verdict, verdict === "failed" ? whyOf(outcome) : ""]).toEqual([
      verdict,
      why === undefined ? "" : expect.stringMatching(why),
    ]);
  });

  test("tells whom, when, what it saw, and the events before", () => {
    const { evidence, failed, judged, units } = checks.find(({ name }) => name === "never, and so")!;
    expect([failed, judged, units, evidence.length]).toEqual([2, 2, 2, 2]);
    const [first] = evidence;
    expect(first!.saw).toEqual({ 'unit.conditions["vibration-high"]': "active" });
    expect(first!.events.length).toBe(10);
    expect(first!.events.at(-1)!.message).toBe("SPINDLE VIBRATION HIGH");
    expect(first!.time_s).toBe(first!.events.at(-1)!.time_s);
    expect(first!.time_s).toBeGreaterThan(120);
  });

  test("judges each time that a fault comes", () => {
    const again = checks.find(({ name }) => name === "eventually each time that it comes again")!;
    expect([again.units, again.opened, again.judged]).toEqual([1, 3, 3]);
  });
});

test("checks change no digest, and their verdicts depend on no speed, no hosts and no shards", async () => {
  const lines = [...LINES, "name: few, on: { pick: 2 }, count: 'event.kind == \"state\"', atMost: 3"];
  const whole = await run(lines, { duration_s: 500 });
  expect((await run([], { duration_s: 500 })).digest).toBe(whole.digest);
  expect((await run([], { duration_s: 500 })).events).toBe(whole.events);
  const slow = await run(lines, { duration_s: 500, speed: 400 });
  const spread = await run(lines, { duration_s: 500 }, 2);
  const parts = await Promise.all(
    [1, 2].map((part) => run(lines, { duration_s: 500, shard: { part, of: 2 } })),
  );
  const merged = mergeResults(new Map(parts.map((part, i) => [`${i}`, part])));
  for (const other of [slow, spread, merged]) {
    expect(other.digest).toBe(whole.digest);
    expect(other.checks).toEqual(whole.checks);
  }
});

test("a shard without any of a check's units leaves it to the others", async () => {
  const lines = ["name: air, on: { name: cnc-01 }, eventually: 'unit.faults[\"air\"]'"];
  const [one, two] = await Promise.all([1, 2].map((part) => run(lines, { shard: { part, of: 2 } })));
  expect([one!.checks[0]!.verdict, two!.checks[0]!.verdict]).toEqual(["passed", "open"]);
  const never = ["name: late, after: 2h, eventually: 'true'"];
  const late = await Promise.all([1, 2].map((part) => run(never, { shard: { part, of: 2 } })));
  expect(late.map(({ checks }) => checks[0]!.verdict)).toEqual(["open", "open"]);
  const merged = mergeResults(new Map(late.map((part, i) => [`${i}`, part])));
  expect(merged.checks[0]).toMatchObject({ verdict: "failed", reason: "its window never opened" });
});

test("a live session and its replay come to the same verdicts, also about what commands did", async () => {
  const top = [
    "checks:",
    "  - { name: slow, always: 'unit.signals[\"feed-override\"] == 100.0' }",
    "  - { name: jobs, count: 'event.kind == \"state\"', atMost: 1 }",
    '  - { name: held, holds: \'unit.states["machine-state"] == "Hold"\', for: 1s }',
    "",
  ].join("\n");
  const planned = (overrides: Overrides) =>
    planScenario("plant.yaml", scenarioText({ top }), catalog, { endpoints: false, ...overrides });
  const inputs: RecordedInput[] = [];
  const live = new Run(planned({ speed: 100 }), { onInput: (input) => inputs.push(input) });
  await live.start();
  const finished = live.finish();
  for (const percent of [60, 100]) {
    await live.command("cnc-01", { name: "set-override", arguments: { which: "feed", percent } });
  }
  live.stop();
  const result = await finished;
  await live.close();
  const again = new Run(planned({ speed: "max", duration_s: result.plantTime_s }), { replay: inputs });
  await again.start();
  const replayed = await again.finish();
  await again.close();
  expect(inputs).toHaveLength(2);
  expect([replayed.digest, replayed.checks]).toEqual([result.digest, result.checks]);
});

describe("a number against a constant is judged where it crosses", () => {
  const evidenceOf = async (check: string, faults = FAULTS): Promise<{ time_s: number; saw: number }[]> => {
    const { checks } = await run([`name: c, on: { name: cnc-01 }, ${check}`], {}, 1, faults);
    return checks[0]!.evidence.map(({ time_s, saw }) => ({ time_s, saw: Number(Object.values(saw)[0]) }));
  };

  test("of what is measured: at the crossing, and not at the tick behind it", async () => {
    // The air dips at 60 s: an exponential approach, which a tick every five seconds would see far below.
    const [first] = await evidenceOf(`never: 'unit.signals["air-pressure"] < 5.5'`);
    expect(first!.saw).toBeCloseTo(5.5, 4);
    expect(first!.time_s).toBeGreaterThan(60);
    expect(first!.time_s).toBeLessThan(61);
  });

  test("within a longer predicate, and with the constant in front", async () => {
    const text = `never: 'unit.name == "cnc-01" && !(5.25 <= unit.signals["air-pressure"])'`;
    const [first] = await evidenceOf(text);
    expect(first!.saw).toBeCloseTo(5.25, 4);
  });

  test("of a sensor that lies: at the crossing of what it shows", async () => {
    const bias =
      "faults: [{ id: bias, at: 100s, on: {}, fault: sensor-bias, with: { signal: air-pressure, offset: -1 } }]\n";
    const [first] = await evidenceOf(`never: 'unit.signals["air-pressure"] < 5.9'`, bias);
    expect(first!.time_s).toBe(100);
  });

  test("and a value that stands on the constant for ever holds nobody up", async () => {
    const { checks } = await run([`name: c, always: 'unit.signals["air-pressure"] >= 6.0'`], {}, 1, "");
    expect(checks[0]!.verdict).toBe("passed");
  });
});
