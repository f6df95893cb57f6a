import { spawn } from "node:child_process";
import { once } from "node:events";
import { Plant } from "../src/plant/plant.ts";
import { loadCatalog } from "../src/runtime/files.ts";
import { Run } from "../src/runtime/run.ts";
import { keepYoungGenerationSmall } from "../src/runtime/young-generation.ts";
import { planScenario, type Plan } from "../src/scenario/plan.ts";
import { holdLadder } from "./calendar-rows.ts";
import { compare } from "./measure.ts";
import type { Figures, Row } from "./table.ts";

const UNITS = 1000;
const FEW = 200;
const SHIFT_S = 8 * 3600;
const HOSTS = 2;
/** Two processes at once must get so much more done than one, or the machine has no two free cores. */
const FREE_CORES = 1.8;

const scenario = (units: number): string => `
taktwerk: 1
name: shift
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${units}, name: "cnc-{n:04}", program: programs/bracket-al }
`;

const plan = (units: number, duration_s: number): Plan =>
  planScenario("shift.yaml", scenario(units), loadCatalog(), { speed: "max", duration_s });

/** A plant whose code the compiler has seen before. */
function warmPlant(count: number): Plant {
  keepYoungGenerationSmall();
  const make = (units: number): Plant => {
    const { units: plans, start_ms, seed } = plan(units, SHIFT_S);
    return new Plant(seed, { start_ms, wireStart_ms: start_ms }, plans);
  };
  make(10).advance(SHIFT_S);
  return make(count);
}

/** Processor time for an event until `until_s`, all of the collector's threads included. */
function advance_ns(plant: Plant, until_s: number): number {
  const { fired } = plant;
  const before = process.cpuUsage();
  plant.advance(until_s);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (plant.fired - fired);
}

function shift(count: number): Figures {
  const plant = warmPlant(count);
  const candidate_ns = advance_ns(plant, SHIFT_S);
  const memory_mb = process.resourceUsage().maxRSS / 1024;
  const [cpu_s, million] = [(candidate_ns * plant.fired) / 1e9, plant.fired / 1e6];
  return {
    candidate_ns,
    memory_mb,
    note: `${cpu_s.toFixed(1)} s of processor time for ${million.toFixed(2)} M events, ${memory_mb.toFixed(0)} MB`,
  };
}

/** Its cost an event over that of the engine's hold, hour by hour: each is measured beside its hold. */
function shiftOverHold(): Figures {
  const plant = warmPlant(FEW);
  const hold = holdLadder(1e4);
  hold();
  let hour_s = 0;
  return compare(hold, () => advance_ns(plant, (hour_s += 3600)), SHIFT_S / 3600 - 1);
}

/** Wall time of the run itself, without its start. */
async function wall_s(hosts: number): Promise<{ wall_s: number; events: number; digest: string }> {
  const run = new Run(plan(UNITS, SHIFT_S), { hosts });
  await run.start();
  const { wallTime_s, events, digest } = await run.finish();
  await run.close();
  return { wall_s: wallTime_s, events, digest };
}

/** How much more `count` processes get done than one, when all they do is count. */
async function freeCores(count: number): Promise<number> {
  const spin = (): Promise<unknown> =>
    once(spawn(process.execPath, ["-e", "for (let i = 0; i < 3e9; i++);"], { stdio: "ignore" }), "exit");
  const begin_ms = performance.now();
  await spin();
  const alone_ms = performance.now() - begin_ms;
  await Promise.all(Array.from({ length: count }, spin));
  return (count * alone_ms) / (performance.now() - begin_ms - alone_ms);
}

async function spread(): Promise<Figures> {
  const cores = await freeCores(HOSTS);
  const alone = await wall_s(1);
  const shared = await wall_s(HOSTS);
  if (alone.digest !== shared.digest) throw new Error("two hosts come to another digest than one");
  return {
    baseline_ns: (alone.wall_s * 1e9) / alone.events,
    candidate_ns: (shared.wall_s * 1e9) / shared.events,
    speedup: alone.wall_s / shared.wall_s,
    ...(cores < FREE_CORES ? { missing: `no ${HOSTS} free cores, only ${cores.toFixed(2)}` } : {}),
  };
}

/** Whole plants. */
export const fleetRows: readonly Row[] = [
  {
    what: `${FEW} CNC machines, a shift, processor time an event`,
    baseline: "hold, 1e4 pending",
    gate: { kind: "times the cost", atMost: 60 },
    measure: shiftOverHold,
  },
  {
    what: `${FEW} CNC machines, a shift, memory`,
    gate: { kind: "MB", atMost: 250 },
    measure: () => shift(FEW),
  },
  { what: `${UNITS} CNC machines, a shift, processor time an event`, measure: () => shift(UNITS) },
  {
    what: `${UNITS} CNC machines on ${HOSTS} hosts, per event`,
    baseline: "1 host",
    gate: { kind: "times faster", atLeast: 1.7 },
    measure: spread,
  },
];
