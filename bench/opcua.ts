/*
 * `npm run bench -- opcua [--json FILE]`: what many OPC UA servers in one process cost. Plain servers of node-opcua,
 * each with all types for itself, are the baseline. Every row has processes of its own; certificates are made
 * before anything is measured.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FigureTable, type Figure } from "./figure-table.ts";
import type { ClientsTask, Count } from "./opcua-clients.ts";
import { idleRows } from "./opcua-idle.ts";
import type { Load, ServersStarted, ServersTask } from "./opcua-servers.ts";

const PLAIN_SERVERS = 20;
const SHARED_SERVERS = 500;
/** Of the model library's machine, with twenty conditions and ten tools. */
const LIBRARY_SERVERS = 200;
const LOADED_SERVERS = 300;
const SESSIONS = 100;
const ITEMS = 100;
const INTERVAL_MS = 1000;
const FAST_ITEMS = 6000;
const FAST_INTERVAL_MS = 100;

/** Initial values are published and the compiler settles before the load is measured. */
const SETTLE_MS = 5000;

function startChild(file: string, task: ServersTask | ClientsTask): ChildProcess {
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(task)], { execArgv: ["--expose-gc"] });
  child.once("exit", (code) => {
    if (code) throw new Error(`${file} ended with ${code}`);
  });
  return child;
}

/** The next thing that a process says, after it was asked for it. */
async function next<T>(child: ChildProcess, request?: string): Promise<T> {
  const said = once(child, "message") as Promise<[T]>;
  if (request !== undefined) child.send(request);
  return (await said)[0];
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}

async function startUp(
  servers: number,
  sharedTypes: boolean,
  pkiFolder: string,
  model: "cnc" | "library" = "cnc",
): Promise<ServersStarted> {
  const task: ServersTask = { servers, sharedTypes, pkiFolder, security: "none", model };
  const child = startChild("opcua-servers.ts", task);
  const started = await next<ServersStarted>(child);
  await end(child);
  return started;
}

async function startRows(pkiFolder: string): Promise<Figure[]> {
  const plain = await startUp(PLAIN_SERVERS, false, pkiFolder);
  const shared = await startUp(SHARED_SERVERS, true, pkiFolder);
  const library = await startUp(LIBRARY_SERVERS, true, pkiFolder, "library");
  const what = `${SHARED_SERVERS} servers`;
  const machines = `${LIBRARY_SERVERS} servers of cnc/vmc-3axis-15kw`;
  return [
    { what: `${PLAIN_SERVERS} plain servers: memory each`, figure: plain.memory_mb, unit: "MB" },
    { what: `${PLAIN_SERVERS} plain servers: start each`, figure: plain.start_ms, unit: "ms" },
    { what: `${what}: first start, types loaded`, figure: shared.first_ms, unit: "ms" },
    { what: `${what}: memory each`, figure: shared.memory_mb, unit: "MB", gate: { atMost: 3 } },
    { what: `${what}: start each`, figure: shared.start_ms, unit: "ms", gate: { atMost: 40 } },
    { what: `${machines}: memory each`, figure: library.memory_mb, unit: "MB", gate: { atMost: 3 } },
    { what: `${machines}: start each`, figure: library.start_ms, unit: "ms", gate: { atMost: 40 } },
    {
      what: "memory, plain / shared",
      figure: plain.memory_mb / shared.memory_mb,
      unit: "times",
      gate: { atLeast: 8 },
    },
    {
      what: "start, plain / shared",
      figure: plain.start_ms / shared.start_ms,
      unit: "times",
      gate: { atLeast: 4 },
    },
  ];
}

interface Loaded {
  readonly load: Load;
  /** Resident memory of the servers' process before there was a session */
  readonly before_mb: number;
  readonly perSecond: number;
  readonly missed: number;
}

/** Servers, and clients in another process, measured while they are at work. */
async function underLoad<T>(
  task: ServersTask,
  clientsTask: Omit<ClientsTask, "units" | "pkiFolder">,
  sessions: number,
  then: (loaded: Loaded, clients: ChildProcess, servers: ChildProcess) => T | Promise<T>,
): Promise<T> {
  const servers = startChild("opcua-servers.ts", task);
  const { units } = await next<ServersStarted>(servers);
  const { memory_mb: before_mb } = await next<Load>(servers, "measure");
  const apart = units.length / sessions;
  const pkiFolder = join(task.pkiFolder, "clients");
  const clients = startChild("opcua-clients.ts", {
    ...clientsTask,
    units: units.filter((_, i) => i % apart === 0),
    pkiFolder,
  });
  await next(clients);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await next(clients, "count");
  const begin_ms = performance.now();
  const load = await next<Load>(servers, "measure");
  const { notifications, missed } = await next<Count>(clients, "count");
  const perSecond = (notifications * 1000) / (performance.now() - begin_ms);
  const result = await then({ load, before_mb, perSecond, missed }, clients, servers);
  await Promise.all([end(clients), end(servers)]);
  return result;
}

function fleetRows(pkiFolder: string): Promise<Figure[]> {
  const what = `${LOADED_SERVERS} servers, ${SESSIONS} sessions x ${ITEMS} items at 1 s`;
  return underLoad(
    { servers: LOADED_SERVERS, sharedTypes: true, pkiFolder, security: "none", model: "cnc" },
    { items: ITEMS, interval_ms: INTERVAL_MS, sampling_ms: INTERVAL_MS, secure: false },
    SESSIONS,
    ({ load, perSecond }) => [
      { what: `${what}: notifications`, figure: perSecond, unit: "/s" },
      { what: `${what}: loop delay p99`, figure: load.delayP99_ms, unit: "ms", gate: { atMost: 20 } },
      { what: `${what}: loop delay max`, figure: load.delayMax_ms, unit: "ms" },
      { what: `${what}: of a core`, figure: load.cpu_percent, unit: "%", gate: { atMost: 30 } },
    ],
  );
}

/** Values that all change at each tick, signed and encrypted; then all connections break at once. */
function secureRows(pkiFolder: string): Promise<Figure[]> {
  const what = `${SESSIONS} servers, ${SESSIONS} clients x ${ITEMS} items at 1 s, SignAndEncrypt`;
  const model = { signals: ITEMS, period_s: INTERVAL_MS / 1000 };
  const security = "Basic256Sha256/SignAndEncrypt";
  return underLoad(
    { servers: SESSIONS, sharedTypes: true, pkiFolder, security, model },
    { items: ITEMS, interval_ms: INTERVAL_MS, sampling_ms: INTERVAL_MS / 4, secure: true },
    SESSIONS,
    async ({ load, before_mb, perSecond, missed }, clients, servers) => {
      const back_ms = await next<number>(clients, "drop");
      const { starts } = await next<Load>(servers, "measure");
      // A second more or less of 20 is what the count's window costs at its ends.
      const wanted = SESSIONS * ITEMS * 0.98;
      return [
        { what: `${what}: values`, figure: perSecond, unit: "/s", gate: { atLeast: wanted } },
        { what: `${what}: ticks missed`, figure: missed, unit: "", gate: { atMost: 0 } },
        { what: `${what}: of a core a session`, figure: load.cpu_percent / SESSIONS, unit: "%" },
        {
          what: `${what}: memory a session`,
          figure: ((load.memory_mb - before_mb) * 1024) / SESSIONS,
          unit: "kB",
        },
        {
          what: `${SESSIONS} clients cut off at once: the last one is back`,
          figure: back_ms / 1000,
          unit: "s",
          gate: { atMost: 10 },
        },
        { what: "servers restarted by that", figure: starts - SESSIONS, unit: "", gate: { atMost: 0 } },
      ];
    },
  );
}

function fastRows(pkiFolder: string): Promise<Figure[]> {
  const what = `one server, ${FAST_ITEMS} items at ${FAST_INTERVAL_MS} ms`;
  const model = { signals: FAST_ITEMS, period_s: FAST_INTERVAL_MS / 1000 };
  return underLoad(
    { servers: 1, sharedTypes: true, pkiFolder, security: "none", model },
    { items: FAST_ITEMS, interval_ms: FAST_INTERVAL_MS, sampling_ms: FAST_INTERVAL_MS, secure: false },
    1,
    ({ load, perSecond }) => [
      { what: `${what}: notifications`, figure: perSecond, unit: "/s", gate: { atLeast: 60_000 } },
      { what: `${what}: of a core`, figure: load.cpu_percent, unit: "%" },
    ],
  );
}

/** Prints the table. @returns whether all gates held */
export async function benchOpcua(jsonFile: string | undefined): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "taktwerk-bench-"));
  const table = new FigureTable();
  try {
    for (const measure of [startRows, fleetRows, secureRows, fastRows, idleRows]) {
      table.add(...(await measure(folder)));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return table.close(jsonFile);
}
