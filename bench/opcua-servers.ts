/*
 * A process with many OPC UA servers, for bench/opcua.ts, which starts it with an IPC channel and one argument, a
 * ServersTask in JSON. It says ServersStarted when all listen, then answers each "measure" with a Load.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { certificateRequest } from "../src/protocol/opcua/addresses.ts";
import { Pki } from "../src/protocol/opcua/certificates.ts";
import { UnitServer } from "../src/protocol/opcua/unit-server.ts";
import { MOTION, STATUS, emitAll, fakeCnc } from "../test/support/fake-cnc.ts";
import { FakePlant } from "../test/support/fake-plant.ts";

export interface ServersTask {
  readonly servers: number;
  readonly sharedTypes: boolean;
  readonly pkiFolder: string;
}

export interface ServersStarted {
  /** Of the first server, which loads the types that others share */
  readonly first_ms: number;
  /** Of each of the others: the mean time to start, and resident memory after a garbage collection */
  readonly start_ms: number;
  readonly memory_mb: number;
  readonly units: readonly { readonly name: string; readonly url: string }[];
}

export interface Load {
  /** Of one core */
  readonly cpu_percent: number;
  readonly delayP99_ms: number;
  readonly delayMax_ms: number;
}

/** The histogram's timer has this period, which is no delay. */
const RESOLUTION_MS = 10;
const MEASURE_MS = 20_000;

const task = JSON.parse(process.argv[2]!) as ServersTask;
const names = Array.from({ length: task.servers }, (_, i) => `cnc-${String(i + 1).padStart(3, "0")}`);

/** A plant for each unit: a fake one searches its units, which is nothing to measure. */
const plants = names.map((name, i) => new FakePlant([fakeCnc(name, i)]));

function residentMb(): number {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  return process.memoryUsage().rss / 2 ** 20;
}

async function start(): Promise<{ servers: UnitServer[]; figures: Omit<ServersStarted, "units"> }> {
  const { pkiFolder, sharedTypes } = task;
  const pki = await Pki.open(pkiFolder, "all");
  const requests = names.map((name) => certificateRequest(name, {}));
  await pki.certificates(requests, "shared", new AbortController().signal, () => undefined);
  const servers = plants.map(
    (plant) =>
      new UnitServer(plant, plant.units[0]!, { port: 0, security: ["none"], pkiFolder, sharedTypes }),
  );
  plants.forEach((plant, i) => emitAll(plant, names[i]!));
  const [first, ...others] = servers;
  let begin_ms = performance.now();
  await first!.start();
  const first_ms = performance.now() - begin_ms;
  const before_mb = residentMb();
  begin_ms = performance.now();
  for (const server of others) await server.start();
  const start_ms = (performance.now() - begin_ms) / others.length;
  return { servers, figures: { first_ms, start_ms, memory_mb: (residentMb() - before_mb) / others.length } };
}

/** From now on every number of every unit changes at each tick of its group, at a phase of its own. */
function run(): void {
  let tick = 0;
  const changed = (values: readonly (string | number | boolean)[]): (string | number | boolean)[] =>
    values.map((value) => (typeof value === "number" ? value + (tick % 50) : value));
  const groups = [
    { id: "motion", values: MOTION },
    { id: "status", values: STATUS },
    { id: "energy", values: [8.5, 120.25] },
    { id: "thermal", values: [41.3] },
  ];
  plants.forEach((plant, i) => {
    const [unit] = plant.units;
    for (const { id, values } of groups) {
      const period_ms = unit!.groups.find((group) => group.id === id)!.period_s * 1000;
      const emit = (): void => {
        tick += 1;
        plant.emit(unit!.name, id, changed(values));
      };
      setTimeout(() => setInterval(emit, period_ms), (period_ms * i) / plants.length);
    }
  });
}

async function measure(): Promise<Load> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const begin_ms = performance.now();
  const cpu = process.cpuUsage();
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpu_percent: (user + system) / 10 / (performance.now() - begin_ms),
    delayP99_ms: delay.percentile(99) / 1e6 - RESOLUTION_MS,
    delayMax_ms: delay.max / 1e6 - RESOLUTION_MS,
  };
}

process.on("disconnect", () => process.exit());
const { servers, figures } = await start();
run();
process.on("message", () => void measure().then((load) => process.send!(load)));
const units = servers.map((server, i) => ({ name: names[i]!, url: server.endpointUrl }));
process.send!({ ...figures, units } satisfies ServersStarted);
