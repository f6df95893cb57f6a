/*
 * `npm run bench -- opcua [--json FILE]`: what many OPC UA servers in one process cost. Plain servers of node-opcua,
 * each with all types for itself, are the baseline. Every row has processes of its own; certificates are made
 * before anything is measured.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientsTask } from "./opcua-clients.ts";
import type { Load, ServersStarted, ServersTask } from "./opcua-servers.ts";

const PLAIN_SERVERS = 20;
const SHARED_SERVERS = 500;
const LOADED_SERVERS = 300;
const SESSIONS = 100;
const ITEMS = 100;
const INTERVAL_MS = 1000;

/** Initial values are published and the compiler settles before the load is measured. */
const SETTLE_MS = 5000;

interface Row {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly gate?: { readonly atMost: number } | { readonly atLeast: number };
}

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

async function startUp(task: ServersTask): Promise<ServersStarted> {
  const child = startChild("opcua-servers.ts", task);
  const started = await next<ServersStarted>(child);
  await end(child);
  return started;
}

async function startRows(pkiFolder: string): Promise<Row[]> {
  const plain = await startUp({ servers: PLAIN_SERVERS, sharedTypes: false, pkiFolder });
  const shared = await startUp({ servers: SHARED_SERVERS, sharedTypes: true, pkiFolder });
  const what = `${SHARED_SERVERS} servers`;
  return [
    { what: `${PLAIN_SERVERS} plain servers: memory each`, figure: plain.memory_mb, unit: "MB" },
    { what: `${PLAIN_SERVERS} plain servers: start each`, figure: plain.start_ms, unit: "ms" },
    { what: `${what}: first start, types loaded`, figure: shared.first_ms, unit: "ms" },
    { what: `${what}: memory each`, figure: shared.memory_mb, unit: "MB", gate: { atMost: 3 } },
    { what: `${what}: start each`, figure: shared.start_ms, unit: "ms", gate: { atMost: 40 } },
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

async function loadRows(pkiFolder: string): Promise<Row[]> {
  const servers = startChild("opcua-servers.ts", { servers: LOADED_SERVERS, sharedTypes: true, pkiFolder });
  const { units } = await next<ServersStarted>(servers);
  const apart = LOADED_SERVERS / SESSIONS;
  const clients = startChild("opcua-clients.ts", {
    units: units.filter((_, i) => i % apart === 0),
    items: ITEMS,
    interval_ms: INTERVAL_MS,
  });
  await next(clients);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await next(clients, "count");
  const begin_ms = performance.now();
  const load = await next<Load>(servers, "measure");
  const perSecond = ((await next<number>(clients, "count")) * 1000) / (performance.now() - begin_ms);
  await Promise.all([end(clients), end(servers)]);
  const what = `${LOADED_SERVERS} servers, ${SESSIONS} sessions x ${ITEMS} items at 1 s`;
  return [
    { what: `${what}: notifications`, figure: perSecond, unit: "/s" },
    { what: `${what}: loop delay p99`, figure: load.delayP99_ms, unit: "ms", gate: { atMost: 20 } },
    { what: `${what}: loop delay max`, figure: load.delayMax_ms, unit: "ms" },
    { what: `${what}: of a core`, figure: load.cpu_percent, unit: "%", gate: { atMost: 30 } },
  ];
}

/** NaN, a figure that was not measured, holds no gate. */
const holds = ({ gate, figure }: Row): boolean =>
  !gate || ("atMost" in gate ? figure <= gate.atMost : figure >= gate.atLeast);

function print(row: Row): void {
  const { what, figure, unit, gate } = row;
  const limit = !gate ? "" : "atMost" in gate ? `at most ${gate.atMost}` : `at least ${gate.atLeast}`;
  const verdict = gate ? (holds(row) ? "held" : "missed") : "";
  console.log(
    [what.padEnd(60), figure.toFixed(2).padStart(10), unit.padEnd(5), limit.padEnd(11), verdict]
      .join(" ")
      .trimEnd(),
  );
}

/** Prints the table. @returns whether all gates held */
export async function benchOpcua(jsonFile: string | undefined): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "taktwerk-bench-"));
  const rows: Row[] = [];
  try {
    for (const measure of [startRows, loadRows]) {
      const some = await measure(folder);
      some.forEach(print);
      rows.push(...some);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { version, arch, platform } = process;
  const judged = rows.map((row) => ({ ...row, holds: holds(row) }));
  if (jsonFile !== undefined) {
    writeFileSync(jsonFile, `${JSON.stringify({ node: version, platform, arch, rows: judged }, null, 2)}\n`);
  }
  return judged.every((row) => row.holds);
}
