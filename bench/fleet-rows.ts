import { Plant } from "../src/plant/plant.ts";
import { loadCatalog } from "../src/runtime/files.ts";
import { Run } from "../src/runtime/run.ts";
import { planScenario, type Plan } from "../src/scenario/plan.ts";
import type { Figures, Row } from "./table.ts";

const UNITS = 1000;
const SHIFT_S = 8 * 3600;
/** Two hosts are compared over less than a shift: what is measured is a ratio. */
const PART_S = 2 * 3600;
const HOSTS = 2;

const SCENARIO = `
taktwerk: 1
name: shift
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${UNITS}, name: "cnc-{n:04}", program: programs/bracket-al }
`;

const plan = (duration_s: number): Plan =>
  planScenario("shift.yaml", SCENARIO, loadCatalog(), { speed: "max", duration_s });

/** A shift of a thousand machines in one process, on one core. */
function shift(): Figures {
  const { units, start_ms, seed } = plan(SHIFT_S);
  const plant = new Plant(seed, { start_ms, wireStart_ms: start_ms }, units);
  const begin_ms = performance.now();
  plant.advance(SHIFT_S);
  const wall_ms = performance.now() - begin_ms;
  const memory_mb = process.resourceUsage().maxRSS / 1024;
  const million = plant.fired / 1e6;
  return {
    candidate_ns: (wall_ms * 1e6) / plant.fired,
    note: `${(wall_ms / 1000).toFixed(1)} s for ${million.toFixed(1)} M events, ${memory_mb.toFixed(0)} MB; aim 10 s, 400 MB`,
  };
}

/** Wall time of the run itself, without its start. */
async function wall_s(hosts: number): Promise<{ wall_s: number; events: number; digest: string }> {
  const run = new Run(plan(PART_S), { hosts });
  await run.start();
  const { wallTime_s, events, digest } = await run.finish();
  await run.close();
  return { wall_s: wallTime_s, events, digest };
}

async function spread(): Promise<Figures> {
  const alone = await wall_s(1);
  const shared = await wall_s(HOSTS);
  if (alone.digest !== shared.digest) throw new Error("two hosts come to another digest than one");
  return {
    baseline_ns: (alone.wall_s * 1e9) / alone.events,
    candidate_ns: (shared.wall_s * 1e9) / shared.events,
    speedup: alone.wall_s / shared.wall_s,
  };
}

/** Whole plants. */
export const fleetRows: readonly Row[] = [
  { what: `${UNITS} CNC machines, a shift, per event`, measure: shift },
  {
    what: `${UNITS} CNC machines on ${HOSTS} hosts, per event`,
    baseline: "1 host",
    gate: { kind: "times faster", atLeast: 1.7 },
    measure: spread,
  },
];
