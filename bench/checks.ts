/** `npm run bench -- checks`: what judging costs. 200 machines, eight hours, forty checks on each of them. */
import { loadCatalog } from "../src/runtime/files.ts";
import { Run } from "../src/runtime/run.ts";
import { planScenario } from "../src/scenario/plan.ts";
import { FigureTable } from "./figure-table.ts";

const UNITS = 200;
const SHIFT_S = 8 * 3600;
const LIMIT_S = 60;
const HOSTS = 2;

const CONDITIONS = [
  "vibration-high",
  "air-pressure-low",
  "coolant-level-low",
  "changer-fault",
  "tool-breakage",
];
/** Numbers of each poll group, with a constant that some of them reach. */
const NUMBERS: readonly [id: string, level: string][] = [
  ["spindle-load", "130.0"],
  ["spindle-power", "14.0"],
  ["x-load", "150.0"],
  ["z-position", "0.5"],
  ["feed-rate", "40000.0"],
  ["active-power", "18.0"],
  ["vibration", "2.0"],
  ["tool-load", "150.0"],
  ["part-deviation", "25.0"],
  ["coolant-level", "95.0"],
  ["air-pressure", "6.5"],
  ["spindle-temperature", "24.0"],
  ["tool-1-life", "5.0"],
  ["tool-change-prognosis", "30.0"],
  ["chiller-temperature", "25.0"],
];
const EVENTS = ["state", "condition", "production", "tool-change", "job"];

/** Forty checks that stay open: most of what a check can ask for. */
const CHECKS: readonly string[] = [
  ...CONDITIONS.map((id) => `never: 'unit.conditions["${id}"].active && unit.faults["air"]'`),
  ...NUMBERS.map(
    ([id, level]) => `count: 'event.kind == "state" && unit.signals["${id}"] > ${level}', atMost: 1000000`,
  ),
  ...NUMBERS.slice(0, 10).map(([id]) => `never: 'unit.signals["${id}"] > 1000000.0'`),
  ...EVENTS.map((kind) => `count: 'event.kind == "${kind}"', atMost: 1000000`),
  ...["x-load", "spindle-load", "vibration"].map((id) => `never: 'unit.published["${id}"] == 1000000.0'`),
  `holds: 'unit.states["machine-state"] == "Down"', for: 8h, within: 8h`,
  `eventually: 'unit.counters["parts-produced"] >= 1000000'`,
];

const scenario = (checks: readonly string[]): string => `
taktwerk: 1
name: judged
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${UNITS}, name: "cnc-{n:03}", program: programs/bracket-al }
faults: [{ id: air, at: 1h, for: 30s, every: 1h, on: { pick: 10% }, fault: air-dip }]
${checks.length > 0 ? "checks:" : ""}
${checks.map((check, i) => `  - { name: "${i}", ${check} }`).join("\n")}
`;

async function shift(
  checks: readonly string[],
  hosts = 1,
): Promise<{ wall_s: number; digest: string; judged: number }> {
  const overrides = { speed: "max", duration_s: SHIFT_S } as const;
  const run = new Run(planScenario("judged.yaml", scenario(checks), loadCatalog(), overrides), { hosts });
  await run.start();
  const { wallTime_s, digest, checks: outcomes } = await run.finish();
  await run.close();
  return { wall_s: wallTime_s, digest, judged: outcomes.reduce((sum, { judged }) => sum + judged, 0) };
}

/** @returns whether all gates held */
export async function benchChecks(jsonFile: string | undefined): Promise<boolean> {
  const table = new FigureTable();
  const plain = await shift([]);
  table.add({ what: `${UNITS} units, 8 h, nothing judged`, figure: plain.wall_s, unit: "s" });
  const judged = await shift(CHECKS);
  if (judged.digest !== plain.digest) throw new Error("looking has changed the digest");
  const spread = await shift(CHECKS, HOSTS);
  if (spread.digest !== plain.digest) throw new Error("two hosts come to another digest than one");
  const what = `${UNITS} units, 8 h, ${CHECKS.length} checks each`;
  table.add(
    { what, figure: judged.wall_s, unit: "s", gate: { atMost: LIMIT_S } },
    { what: `${what}, ${HOSTS} hosts`, figure: spread.wall_s, unit: "s", gate: { atMost: LIMIT_S } },
    { what: "windows judged", figure: judged.judged, unit: "" },
    { what: "with / without checks", figure: judged.wall_s / plain.wall_s, unit: "times" },
  );
  return table.close(jsonFile);
}
