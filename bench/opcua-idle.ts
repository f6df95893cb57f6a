/* A thousand servers that nobody talks to, over the hosts of a run: what the plant and its endpoints cost at rest. */
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { loadCatalog } from "../src/runtime/files.ts";
import { Run } from "../src/runtime/run.ts";
import { planScenario } from "../src/scenario/plan.ts";
import type { Figure } from "./figure-table.ts";

const SERVERS = 1000;
const PORT = 26_000;
/** What the start has left to the garbage collector is not what an idle server costs. */
const SETTLE_MS = 30_000;
const MEASURE_MS = 20_000;
/** Of proc(5)'s times, whatever the kernel counts with itself */
const TICKS_PER_SECOND = 100;

const SCENARIO = `
taktwerk: 1
name: idle
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${SERVERS}, name: "cnc-{n:04}", program: programs/bracket-al }
endpoints:
  opcua: { port: ${PORT}, security: [none], keys: shared }
  mqttsn: false
discovery: false
`;

/** Seconds of processor time that this process and its children have used so far. */
function used_s(): number {
  const times = (pid: string): { parent: string; seconds: number } => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return { parent: fields[1]!, seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
  };
  let sum = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const { parent, seconds } = times(pid);
      if (pid === String(process.pid) || parent === String(process.pid)) sum += seconds;
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Linux only: elsewhere there is no /proc, and the row is not measured. */
export async function idleRows(): Promise<Figure[]> {
  const what = `${SERVERS} servers idle over ${availableParallelism()} hosts`;
  const run = new Run(planScenario("idle.yaml", SCENARIO, loadCatalog()), { hosts: availableParallelism() });
  const begin_ms = performance.now();
  await run.start();
  const start_s = (performance.now() - begin_ms) / 1000;
  const over = run.finish();
  await sleep(SETTLE_MS);
  const before_s = used_s();
  await sleep(MEASURE_MS);
  const percent = ((used_s() - before_s) * 100_000) / MEASURE_MS;
  run.stop();
  await over;
  await run.close();
  return [
    { what: `${what}: start of all`, figure: start_s, unit: "s" },
    { what: `${what}: of a core`, figure: percent, unit: "%", gate: { atMost: 10 } },
  ];
}
