/**
 * Servers that come and go, in a process of their own: `node --expose-gc opcua-churn.ts <PKI folder> <servers> <rounds>`.
 * One server serves all the time; in each round the others start, stop at once and are forgotten. Prints one JSON
 * line: what computing a round's stop took at most, how many address spaces survived their server, and what the heap grew
 * by between the first and the last round.
 */
import { AddressSpace } from "node-opcua";

import { NODESETS } from "../../../src/protocol/opcua/information-model.ts";
import { fingerprint } from "../../../src/protocol/opcua/shared-space/shared-types.ts";
import { UnitServer } from "../../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

const [pkiFolder = "", servers = "", rounds = ""] = process.argv.slice(2);

const plant = new FakePlant(Array.from({ length: Number(servers) + 1 }, (_, i) => fakeCnc(`cnc-${i}`, i)));
for (const { name } of plant.units) emitAll(plant, name);
const make = (i: number): UnitServer =>
  new UnitServer(plant, plant.units[i]!, { port: 0, security: ["none"], pkiFolder });

/** The library's list of address spaces that were not disposed of. */
const { registry } = AddressSpace as unknown as {
  registry: { _yieldAliveObjects(): Iterable<readonly [string, object]> };
};
const undisposed = (): object[] => [...registry._yieldAliveObjects()].map(([, space]) => space);

const spaces: WeakRef<object>[] = [];

async function round(): Promise<number> {
  const some = Array.from({ length: Number(servers) }, (_, i) => make(i + 1));
  const before = new Set(undisposed());
  for (const server of some) await server.start();
  for (const space of undisposed()) if (!before.has(space)) spaces.push(new WeakRef(space));
  const start = process.cpuUsage();
  await Promise.all(some.map((server) => server.stop()));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Sockets close and timers end in turns of the event loop; what they held is garbage only then. */
async function collect(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}

const staying = make(0);
await staying.start();
const before = await fingerprint(NODESETS);
const stops_cpu_ms: number[] = [];
const heaps: number[] = [];
for (let i = 0; i < Number(rounds); i++) {
  stops_cpu_ms.push(await round());
  heaps.push(await collect());
}
const after = await fingerprint(NODESETS);
await staying.stop();
console.log(
  JSON.stringify({
    stop_cpu_ms: Math.max(...stops_cpu_ms),
    spaces: spaces.length,
    survivors: spaces.filter((space) => space.deref()).length,
    growth_bytes: heaps.at(-1)! - heaps[0]!,
    isBaseUntouched: JSON.stringify(before) === JSON.stringify(after),
  }),
);
