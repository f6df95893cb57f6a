/** What may happen to a gateway, and which metric it is to turn: runs against flawed gateways in other processes. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import type { Flaw } from "./flawed-gateway.ts";
import { freeTcpPort, freeUdpPort } from "./free-ports.ts";

/** Counts that accuse a system under test. */
export const ACCUSING = ["lost", "withheld", "duplicated", "reordered", "altered", "unknown"] as const;
export type Accusation = (typeof ACCUSING)[number];

export interface VerdictCase {
  readonly name: string;
  readonly flaw: Flaw;
  /** What happens in the middle of the run */
  readonly event?:
    | ("gateway killed" | "gateway restarted" | "gateway frozen" | "broker killed" | "broker slow")
    | "listener cut";
  /** Exactly these are above 0 */
  readonly accuses: readonly Accusation[];
  /** The same at QoS 0, where nothing is sent again */
  readonly accusesAtQos0?: readonly Accusation[];
  /** Devices could not publish all the time, and exactly then */
  readonly isAway?: boolean;
  /** Latencies are beyond what a sound gateway has */
  readonly isLate?: boolean;
  /** Our own faults are on the wire */
  readonly isDisturbed?: boolean;
}

export const VERDICT_CASES: readonly VerdictCase[] = [
  {
    name: "sound, while the radio loses a third and doubles another",
    flaw: "none",
    accuses: [],
    isDisturbed: true,
  },
  { name: "sound, while our listener is cut off", flaw: "none", event: "listener cut", accuses: [] },
  { name: "drops", flaw: "drop", accuses: ["lost"] },
  { name: "doubles", flaw: "double", accuses: ["duplicated"] },
  { name: "alters", flaw: "alter", accuses: ["altered"] },
  { name: "appends", flaw: "append", accuses: ["altered"] },
  { name: "truncates", flaw: "truncate", accuses: ["altered"] },
  { name: "swaps", flaw: "swap", accuses: ["reordered"] },
  { name: "is late", flaw: "late", accuses: [], isLate: true },
  { name: "is killed", flaw: "none", event: "gateway killed", accuses: ["withheld"], isAway: true },
  {
    name: "is killed, and comes back without its memory",
    ...{ flaw: "none", event: "gateway restarted", accuses: [], accusesAtQos0: ["withheld"], isAway: true },
  },
  { name: "crashes", flaw: "crash", accuses: ["withheld"], isAway: true },
  { name: "is frozen", flaw: "none", event: "gateway frozen", accuses: ["withheld"], isAway: true },
  { name: "refuses all", flaw: "refuse", accuses: ["withheld"], isAway: true },
  { name: "has lost its broker", flaw: "none", event: "broker killed", accuses: ["withheld"], isAway: true },
  { name: "has a slow broker", flaw: "none", event: "broker slow", accuses: [], isLate: true },
];

const DURATION_S = 9;
const EVENT_AFTER_MS = 4_000;
/** A broker that does nothing for so long. */
const SLOW_MS = 2_000;
const LATE_P99_MS = 1_000;
const GATEWAY = path.resolve("test/support/flawed-gateway.ts");

const scenarioOf = (
  { isDisturbed }: VerdictCase,
  qos: 0 | 1 | 2,
  ports: { readonly gateway: number; readonly north: number },
): string =>
  [
    "taktwerk: 1",
    "name: verdict",
    `duration: ${DURATION_S}s`,
    "fleet:",
    "  - group: hall",
    '    units: [{ model: cnc/vmc-3axis-15kw, count: 3, name: "cnc-{n}", program: programs/bracket-al }]',
    "endpoints:",
    "  opcua: false",
    `  mqttsn: { gateway: "udp://127.0.0.1:${ports.gateway}", qos: ${qos}, retry: 500ms }`,
    "discovery: false",
    "sut: { name: flawed, ready: { north: true, within: 40s }, warmup: 1s, drain: 4s }",
    `north: { mqtt: { broker: "mqtt://127.0.0.1:${ports.north}" } }`,
    ...(isDisturbed
      ? [
          "faults:",
          "  - { id: loss, at: 2s, for: 3s, on: mqttsn, fault: datagram-loss, with: { ratio: 0.33 } }",
          "  - { id: twice, at: 3s, for: 3s, on: mqttsn, fault: datagram-duplicate, with: { ratio: 0.33 } }",
          "  - { id: last, at: 8500ms, for: 500ms, on: mqttsn, fault: datagram-loss, with: { ratio: 0.5 } }",
        ]
      : []),
    `thresholds: ["north.latency_ms p(99) < ${LATE_P99_MS}"]`,
    "",
  ].join("\n");

export interface VerdictFindings {
  readonly accuses: readonly Accusation[];
  readonly isLate: boolean;
  readonly isAway: boolean;
  readonly notJudged_percent: number;
  readonly sent: number;
  readonly result: RunResult;
}

/** What the metrics are to say of a case, and what they said: "lost, away" */
export interface Turned {
  readonly wanted: string;
  readonly found: string;
}

/** Latencies are told only of a gateway that is to be late: one that held messages back hands them over late as well. */
export function turned(it: VerdictCase, qos: number, found: VerdictFindings): Turned {
  const accuses = (qos === 0 ? it.accusesAtQos0 : undefined) ?? it.accuses;
  const words = (names: readonly string[], isAway = false, isLate = false): string =>
    [...names, ...(isAway ? ["away"] : []), ...(isLate ? ["late"] : [])].join(", ");
  return {
    wanted: words(accuses, it.isAway, it.isLate),
    found: words(found.accuses, found.isAway, it.isLate === true && found.isLate),
  };
}

/** @param mosquitto  program of the broker behind the gateway */
export async function tryCase(
  it: VerdictCase,
  about: {
    readonly qos: 0 | 1 | 2;
    readonly seed: number;
    readonly mosquitto: string;
    readonly folder: string;
  },
): Promise<VerdictFindings> {
  const [north, gateway] = [await freeTcpPort(), await freeUdpPort()];
  const cutter = it.event === "listener cut" ? await Cutter.before(north) : undefined;
  const text = scenarioOf(it, about.qos, { gateway, north: cutter?.port ?? north });
  const run = new Run(planScenario("verdict.yaml", text, loadCatalog(), { seed: about.seed }));
  const conf = path.join(about.folder, `mosquitto-${north}.conf`);
  writeFileSync(conf, `listener ${north} 127.0.0.1\nallow_anonymous true\n`);
  const broker = spawn(about.mosquitto, ["-c", conf], { stdio: "ignore" });
  await listening(north);
  const url = `mqtt://127.0.0.1:${north}`;
  const startGateway = (): ChildProcess =>
    spawn(process.execPath, [GATEWAY, `${gateway}`, url, it.flaw], { stdio: ["ignore", "pipe", "inherit"] });
  const processes = { gateway: startGateway(), startGateway, broker };
  await once(processes.gateway.stdout!, "data");
  const ended = new AbortController();
  try {
    await run.start();
    const finished = run.finish();
    void delay(EVENT_AFTER_MS, undefined, { signal: ended.signal })
      .then(() => happen(it.event, processes, cutter))
      .catch(() => undefined); // the run has failed before
    return findingsOf(await finished);
  } finally {
    ended.abort();
    await run.close();
    for (const child of [processes.gateway, broker]) child.kill("SIGKILL");
    await cutter?.close();
  }
}

interface Processes {
  gateway: ChildProcess;
  readonly startGateway: () => ChildProcess;
  readonly broker: ChildProcess;
}

async function happen(
  event: VerdictCase["event"],
  processes: Processes,
  cutter: Cutter | undefined,
): Promise<void> {
  const { gateway, broker, startGateway } = processes;
  if (event === "gateway killed" || event === "gateway restarted") gateway.kill("SIGKILL");
  if (event === "gateway restarted") processes.gateway = startGateway();
  if (event === "gateway frozen") gateway.kill("SIGSTOP");
  if (event === "broker killed") broker.kill("SIGKILL");
  if (event === "listener cut") cutter!.cut();
  if (event !== "broker slow") return;
  broker.kill("SIGSTOP");
  await delay(SLOW_MS);
  broker.kill("SIGCONT");
}

function findingsOf(result: RunResult): VerdictFindings {
  const { metrics, thresholds } = result;
  const { count, trend } = metrics["north.not_judged_percent"]!;
  return {
    accuses: ACCUSING.filter((name) => metrics[`north.${name}`]!.count > 0),
    isLate: thresholds.some(({ text, verdict }) => text.startsWith("north.latency") && verdict === "failed"),
    isAway: result.north!.outages.some(({ cause }) => cause === "gateway"),
    notJudged_percent: count === 0 ? 100 : (trend?.sum_milli ?? 0) / 1000 / count,
    sent: metrics["north.sent"]!.count,
    result,
  };
}

/** Between our listener and the broker. */
class Cutter {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const server = connect(target, "127.0.0.1");
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined); // cut off is what they are here for
        socket.on("close", () => this.#sockets.delete(socket));
      }
      client.pipe(server).pipe(client);
    });
  }

  static async before(target: number): Promise<Cutter> {
    const cutter = new Cutter(target);
    cutter.#server.listen(0, "127.0.0.1");
    await once(cutter.#server, "listening");
    return cutter;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
    ]);
    socket.destroy();
    if (isThere) return;
    await delay(50);
  }
}
