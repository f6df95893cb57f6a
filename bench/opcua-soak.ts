/*
 * `npm run soak:opcua`: ten minutes, after two to warm up, with 50 servers of a running plant, clients coming and going all the time: they
 * subscribe, read history, call Methods, and half of them are killed in the middle of it. Prints the memory of the
 * servers' process each minute; exits 1 when its heap, without clients, grows over the ten minutes, or a server no longer
 * answers.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPCUAClient } from "node-opcua";
import { Plant } from "../src/plant/plant.ts";
import { Pacer } from "../src/runtime/pacer.ts";
import { UnitServer } from "../src/protocol/opcua/unit-server.ts";
import { loadCatalog } from "../src/runtime/files.ts";
import { planScenario } from "../src/scenario/plan.ts";

const SERVERS = 50;
const MINUTES = Number(process.argv[2] ?? 10);
/** Until clients have looked at every node once: what the library keeps for a node, it makes then. */
const WARM_MINUTES = 2;
const WORKERS = 4;
/** How long a process of clients lives; every other one is killed instead of asked to end. */
const WORKER_LIFE_MS = 8000;
/** A heap may move by so much. */
const GROWTH_MAX = 1.05;
/** Longer than machines keep their past, so that it is as large as it gets. */
const PAST_S = 3600;
/** Sessions of killed clients are given up after a minute. */
const DRAIN_MAX_MS = 120_000;

const SCENARIO = `
taktwerk: 1
name: soak
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${SERVERS}, name: "cnc-{n:02}", program: programs/bracket-al }
endpoints:
  # Each override that a client turns cuts the motion under way in two, and a past of ten minutes would grow for as long.
  opcua: { security: [none], history: 1m }
`;

function heapMb(): number {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const pkiFolder = mkdtempSync(join(tmpdir(), "taktwerk-soak-"));
const { units, start_ms, seed } = planScenario("soak.yaml", SCENARIO, loadCatalog());
const plant = new Plant(seed, { start_ms, wireStart_ms: Date.now() - PAST_S * 1000 }, units);
plant.advance(PAST_S);
const pacer = new Pacer(plant, 1, Infinity);
plant.due = () => pacer.due_s;
const servers = plant.units.map(
  (unit) =>
    new UnitServer(plant, unit, {
      port: 0,
      security: ["none", "Basic256Sha256/SignAndEncrypt"],
      anonymous: "operator",
      trust: "all",
      pkiFolder: join(pkiFolder, "servers"),
      warn: () => undefined,
    }),
);
for (const server of servers) await server.start();
const running = pacer.run();

let over = false;
let lives = 0;
let killed = 0;
const workers = new Set<ChildProcess>();

/** One process of clients after the other, until all is over. */
async function keepBusy(number: number): Promise<void> {
  const urls = servers.filter((_server, i) => i % WORKERS === number).map(({ endpointUrl }) => endpointUrl);
  for (let life = 0; !over; life++) {
    const folder = join(pkiFolder, `clients-${number}`);
    const worker = fork(join(import.meta.dirname, "opcua-soak-clients.ts"), [
      JSON.stringify({ urls, folder }),
    ]);
    workers.add(worker);
    const ended = once(worker, "exit");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, WORKER_LIFE_MS))]);
    lives += 1;
    if (life % 2 === 1) {
      worker.kill("SIGKILL");
      killed += 1;
    } else if (worker.connected) worker.disconnect();
    await ended;
    workers.delete(worker);
  }
}

const sessions = (): number => servers.reduce((sum, server) => sum + server.counters().sessions, 0);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function report(what: string): number {
  const heap_mb = heapMb();
  const resident_mb = process.memoryUsage().rss / 2 ** 20;
  console.log(
    `${what}: ${heap_mb.toFixed(1)} MB heap, ${resident_mb.toFixed(0)} MB resident, ${sessions()} sessions, ` +
      `${lives} processes of clients so far, ${killed} of them killed`,
  );
  return heap_mb;
}

/** Clients come and go for some minutes, then all leave. @returns the heap without them, MB */
async function stress(minutes: number): Promise<number> {
  over = false;
  const busy = Array.from({ length: WORKERS }, (_, number) => keepBusy(number));
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(60_000);
    report(`min ${minute} of ${minutes}`);
  }
  over = true;
  await Promise.all(busy);
  const give_up_ms = performance.now() + DRAIN_MAX_MS;
  while (sessions() > 0 && performance.now() < give_up_ms) await sleep(1000);
  return report("all clients gone");
}

const before_mb = await stress(WARM_MINUTES);
const after_mb = await stress(MINUTES);

let answering = 0;
for (const { endpointUrl } of servers) {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  await client.connect(endpointUrl);
  const session = await client.createSession();
  const { statusCode } = await session.read({ nodeId: "i=2258", attributeId: 13 });
  if (statusCode.name === "Good") answering += 1;
  await client.disconnect();
}
pacer.stop();
await running;
await Promise.all(servers.map((server) => server.stop()));
rmSync(pkiFolder, { recursive: true });
const growth = after_mb / before_mb;
console.log(`without clients, the heap grew by a factor of ${growth.toFixed(3)}`);
console.log(`${answering} of ${SERVERS} servers answer`);
process.exit(growth <= GROWTH_MAX && answering === SERVERS ? 0 : 1);
