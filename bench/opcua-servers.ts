/*
 * A process with many OPC UA servers, for bench/opcua.ts, which starts it with an IPC channel and one argument, a
 * ServersTask in JSON. It says ServersStarted when all listen, then answers each "measure" with a Load.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { certificateRequest } from "../src/protocol/opcua/addresses.ts";
import { Pki } from "../src/protocol/opcua/certificates.ts";
import type { SecurityChoice } from "../src/protocol/opcua/security.ts";
import { UnitServer } from "../src/protocol/opcua/unit-server.ts";
import type { GroupDescription, PlantPort, UnitDescription } from "../src/protocol/port.ts";
import { CUTTING, emitAll, fakeCnc } from "../test/support/fake-cnc.ts";
import { FakePlant, fakeUnit } from "../test/support/fake-plant.ts";
import { fleetOf } from "../test/support/model-plant.ts";

export interface ServersTask {
  readonly servers: number;
  readonly sharedTypes: boolean;
  readonly pkiFolder: string;
  readonly security: SecurityChoice;
  /**
   * Small machines with something of all that a CNC machine shows; simulated ones of the model library, which do not
   * move; or machines with these signals that all change at each tick
   */
  readonly model: "cnc" | "library" | { readonly signals: number; readonly period_s: number };
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
  /** Resident after a garbage collection */
  readonly memory_mb: number;
  /** Servers that were started since the process began */
  readonly starts: number;
}

/** The histogram's timer has this period, which is no delay. */
const RESOLUTION_MS = 10;
const MEASURE_MS = 20_000;

const task = JSON.parse(process.argv[2]!) as ServersTask;
const names = Array.from({ length: task.servers }, (_, i) => `cnc-${String(i + 1).padStart(3, "0")}`);

/** A plant for each unit: a fake one searches its units, which is nothing to measure. */
const plants = task.model === "library" ? [] : names.map((name, i) => new FakePlant([describe(name, i)]));

/** What each server is of. */
function served(): readonly (readonly [PlantPort, UnitDescription])[] {
  if (task.model !== "library") return plants.map((plant) => [plant, plant.units[0]!]);
  const plant = fleetOf("cnc/vmc-3axis-15kw", "programs/bracket-al", task.servers);
  return plant.units.map((unit) => [plant, unit]);
}
let starts = 0;

/** A unit of the bench model has one group of doubles. */
function describe(name: string, index: number): UnitDescription {
  if (typeof task.model === "string") return fakeCnc(name, index);
  const signals = Array.from({ length: task.model.signals }, (_, i) => {
    const id = `signal-${String(i + 1).padStart(4, "0")}`;
    return { id, title: id, description: "Counts the ticks.", type: "double" as const };
  });
  const group: GroupDescription = { id: "bench", period_s: task.model.period_s, signals };
  return { ...fakeUnit(name, index), kind: "bench", groups: [group], conditions: [] };
}

function residentMb(): number {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  return process.memoryUsage().rss / 2 ** 20;
}

async function start(): Promise<{ servers: UnitServer[]; figures: Omit<ServersStarted, "units"> }> {
  const { pkiFolder, sharedTypes, security } = task;
  const pki = await Pki.open(pkiFolder, "all");
  const requests = names.map((name) => certificateRequest(name, {}));
  await pki.certificates(requests, "shared", new AbortController().signal, () => undefined);
  const servers = served().map(
    ([port, unit]) =>
      new UnitServer(port, unit, {
        port: 0,
        security: [security],
        trust: "all",
        pkiFolder,
        sharedTypes,
      }),
  );
  if (task.model === "cnc") plants.forEach((plant, i) => emitAll(plant, names[i]!));
  const [first, ...others] = servers;
  let begin_ms = performance.now();
  await first!.start();
  const first_ms = performance.now() - begin_ms;
  const before_mb = residentMb();
  begin_ms = performance.now();
  for (const server of others) await server.start();
  const count = Math.max(1, others.length);
  const start_ms = (performance.now() - begin_ms) / count;
  starts = servers.length;
  return { servers, figures: { first_ms, start_ms, memory_mb: (residentMb() - before_mb) / count } };
}

/** From now on every number of every unit changes at each tick of its group, at a phase of its own. */
function run(): void {
  if (task.model === "cnc") runMachines();
  else if (task.model !== "library") runBenchModel(task.model.signals, task.model.period_s * 1000);
}

function runMachines(): void {
  let tick = 0;
  const changed = (values: readonly (string | number | boolean)[]): (string | number | boolean)[] =>
    values.map((value) => (typeof value === "number" ? value + (tick % 50) : value));
  plants.forEach((plant, i) => {
    const [unit] = plant.units;
    for (const [id, values] of Object.entries(CUTTING)) {
      const period_ms = unit!.groups.find((group) => group.id === id)!.period_s * 1000;
      every(period_ms, (period_ms * i) / plants.length, () => {
        tick += 1;
        plant.emit(unit!.name, id, changed(values));
      });
    }
  });
}

/** All signals of a unit are the number of its tick, so that a client sees which tick it has missed. */
function runBenchModel(signals: number, period_ms: number): void {
  plants.forEach((plant, i) => {
    let tick = 0;
    every(period_ms, (period_ms * i) / plants.length, () => {
      tick += 1;
      plant.emit(names[i]!, "bench", new Array<number>(signals).fill(tick));
    });
  });
}

/** Calls at start + n periods and not a period after the last call, so that none is lost to the timer. */
function every(period_ms: number, phase_ms: number, work: () => void): void {
  const begin_ms = performance.now() + phase_ms;
  let n = 0;
  const step = (): void => {
    work();
    n += 1;
    setTimeout(step, Math.max(0, begin_ms + n * period_ms - performance.now()));
  };
  setTimeout(step, phase_ms);
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
    memory_mb: residentMb(),
    starts,
  };
}

process.on("disconnect", () => process.exit());
const { servers, figures } = await start();
run();
process.on("message", () => void measure().then((load) => process.send!(load)));
const units = servers.map((server, i) => ({ name: names[i]!, url: server.endpointUrl }));
process.send!({ ...figures, units } satisfies ServersStarted);
