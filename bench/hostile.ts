/**
 * `npm run bench -- hostile [--minutes N]`: hostile clients before a plant, a gateway and a broker for ten minutes. What
 * reached a handler, by class; what the plant lost; how late a sound neighbour was; what memory is left behind.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";

import { hostileMqtt } from "../test/support/fuzz/hostile-mqtt.ts";
import { hostileMqttSn } from "../test/support/fuzz/hostile-mqttsn.ts";
import { hostileOpcua } from "../test/support/fuzz/hostile-opcua.ts";
import type { HostileAccount } from "../test/support/fuzz/hostile.ts";
import { TOLD_MS, type LatePublish } from "../test/support/fuzz/opcua-neighbour.ts";
import { FigureTable, type Figure } from "./figure-table.ts";

const MAIN = path.resolve("dist/cli/main.js");
const SEED = process.env["FUZZ_SEED"] ?? "taktwerk";
const PORT = 25_100;
const UNITS = 20;
const MB = 1024 * 1024;

/** Publishes of a neighbour are never later. */
const LATE_MAX_MS = 250;
/** What the second half of a siege may leave behind: after the first one, sessions and subscriptions are at their limits. */
const HEAP_MAX_MB = 50;
/** Sessions of hostile clients, which leave without a word, are mostly gone after so long. */
const SESSIONS_END_MS = 15_000;

/** Aims of ten minutes. */
const TEN_MINUTES = 10;
const AIMS = { opcua: 100_000, mqttsn: 5_000_000, mqtt: 200_000 } as const;

const SCENARIO = `
taktwerk: 1
name: besieged
fleet:
  - group: machining
    units: [{ model: cnc/vmc-3axis-15kw, count: ${UNITS}, name: "cnc-{n:02}", program: programs/bracket-al }]
endpoints:
  opcua: { port: ${PORT}, security: [none, Basic256Sha256/SignAndEncrypt] }
  mqttsn: false
discovery: false
`;

/** A collection of the plant's whole heap, milliseconds since 1970. */
interface Collection {
  readonly from_ms: number;
  readonly to_ms: number;
}

class Plant {
  readonly collections: Collection[] = [];
  readonly folder = mkdtempSync(path.join(tmpdir(), "taktwerk-bench-"));
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  hasEnded = false;

  constructor() {
    const file = path.join(this.folder, "besieged.yaml");
    writeFileSync(file, SCENARIO);
    const watched = ["--expose-gc", "--import", path.resolve("bench/watch-heap.ts")];
    this.#process = spawn(process.execPath, [...watched, MAIN, "up", file, "--plain"], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process.once("exit", () => (this.hasEnded = true));
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#lines.on("line", (line) => {
      const [, from_ms, to_ms] = /^collected (\S+) (\S+)$/.exec(line) ?? [];
      if (from_ms) this.collections.push({ from_ms: Number(from_ms), to_ms: Number(to_ms) });
    });
  }

  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#process.once("exit", () => reject(new Error(`the plant has ended without ${pattern}`)));
      this.#lines.on("line", (line) => pattern.test(line) && resolve(line));
    });
  }

  /** Of its heap after a collection. */
  async heap_mb(): Promise<number> {
    const told = this.line(/^heap \d+$/);
    this.#process.kill("SIGUSR2");
    return Number((await told).split(" ")[1]) / MB;
  }

  /** @returns its exit code */
  async end(): Promise<number | null> {
    if (!this.hasEnded) {
      this.#process.kill("SIGINT");
      await once(this.#process, "exit");
    }
    rmSync(this.folder, { recursive: true });
    return this.#process.exitCode;
  }
}

/** Shows that long work goes on. */
function progress(what: string): (sent: number) => void {
  return (sent) => process.stderr.isTTY && process.stderr.write(`\r${what}: ${sent}\x1b[K`);
}

/** Works for so long; a driver ends by its count, which is far away then. */
function until(end_ms: number): { readonly mayGoOn: () => boolean } {
  return { mayGoOn: () => performance.now() < end_ms };
}

function common(what: string, account: HostileAccount, aim: number): Figure[] {
  const gate = { atMost: 0 };
  return [
    { what: `${what}, in handlers (aim ${aim})`, figure: account.reachedHandler, unit: "" },
    { what: `${what}, sent`, figure: account.sent, unit: "" },
    { what: `${what}, failures`, figure: account.failures.length, unit: "", gate },
    { what: `${what}, publishes that a neighbour lost`, figure: account.neighbour.lost, unit: "", gate },
    {
      what: `${what}, worst delay of a neighbour's publish`,
      figure: account.neighbour.worst_ms,
      unit: "ms",
      gate: { atMost: LATE_MAX_MS },
    },
  ];
}

/** How many late publishes fell into a collection of the whole heap, and how much of the siege such collections took. */
function causes(
  late: readonly LatePublish[],
  collections: readonly Collection[],
  siege_ms: number,
): Figure[] {
  const isInOne = ({ at_ms, late_ms }: LatePublish): boolean =>
    collections.some(({ from_ms, to_ms }) => from_ms <= at_ms && to_ms >= at_ms - late_ms);
  const collecting_ms = collections.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
  return [
    { what: `OPC UA, publishes later than ${TOLD_MS} ms`, figure: late.length, unit: "" },
    { what: "OPC UA, of these, in a collection of the heap", figure: late.filter(isInOne).length, unit: "" },
    { what: "OPC UA, time in such collections", figure: (100 * collecting_ms) / siege_ms, unit: "%" },
  ];
}

function sumOf(parts: readonly HostileAccount[]): HostileAccount {
  const total = (each: (part: HostileAccount) => number): number =>
    parts.reduce((sum, part) => sum + each(part), 0);
  return {
    ...parts[0]!,
    sent: total((it) => it.sent),
    reachedHandler: total((it) => it.reachedHandler),
    failures: parts.flatMap((it) => it.failures),
    neighbour: {
      sent: total((it) => it.neighbour.sent),
      lost: total((it) => it.neighbour.lost),
      worst_ms: Math.max(...parts.map((it) => it.neighbour.worst_ms)),
    },
  };
}

async function besiegePlant(span_ms: number, aim: number): Promise<Figure[]> {
  const plant = new Plant();
  try {
    await plant.line(/Ctrl-C ends/);
    const url = `opc.tcp://127.0.0.1:${PORT}`;
    const before_mb = await plant.heap_mb();
    const halves: { readonly account: HostileAccount; readonly heap_mb: number }[] = [];
    const late: LatePublish[] = [];
    const collections: Collection[] = [];
    for (const half of ["first", "second"]) {
      const onProgress = progress(`OPC UA requests in handlers, ${half} half`);
      const common = { url, requests: Infinity, clients: 4, onProgress };
      // Those of its start, and the one that was asked for.
      plant.collections.length = 0;
      const account = await hostileOpcua({
        ...common,
        seed: `${SEED}-${half}`,
        ...until(performance.now() + span_ms / 2),
      });
      late.push(...account.neighbour.late);
      collections.push(...plant.collections.splice(0));
      await new Promise((resolve) => setTimeout(resolve, SESSIONS_END_MS));
      halves.push({ account, heap_mb: await plant.heap_mb() });
    }
    const account = sumOf(halves.map((half) => half.account));
    for (const failure of account.failures) console.log(failure);
    const [first, second] = halves;
    return [
      ...common("OPC UA requests", account, aim),
      ...causes(late, collections, span_ms),
      { what: "OPC UA, heap before", figure: before_mb, unit: "MB" },
      { what: "OPC UA, heap after the first half", figure: first!.heap_mb, unit: "MB" },
      {
        what: "OPC UA, heap more after the second half",
        figure: second!.heap_mb - first!.heap_mb,
        unit: "MB",
        gate: { atMost: HEAP_MAX_MB },
      },
      { what: "processes lost", figure: plant.hasEnded ? 1 : 0, unit: "", gate: { atMost: 0 } },
    ];
  } finally {
    await plant.end();
  }
}

/** @returns whether all gates held */
export async function benchHostile(minutes: number, jsonFile: string | undefined): Promise<boolean> {
  const share = minutes / TEN_MINUTES;
  const span_ms = minutes * 60_000;
  const table = new FigureTable();
  table.add(...(await besiegePlant(span_ms * 0.5, AIMS.opcua * share)));
  const mqttsn = { seed: SEED, datagrams: Infinity, onProgress: progress("MQTT-SN datagrams") };
  const datagrams = await hostileMqttSn({ ...mqttsn, ...until(performance.now() + span_ms * 0.38) });
  table.add(...common("MQTT-SN datagrams", datagrams, AIMS.mqttsn * share));
  const mqtt = { seed: SEED, packets: Infinity, onProgress: progress("MQTT packets") };
  const packets = await hostileMqtt({ ...mqtt, ...until(performance.now() + span_ms * 0.12) });
  table.add(...common("MQTT packets", packets, AIMS.mqtt * share));
  return table.close(jsonFile);
}
