/** What may happen to a gateway, and which metric it is to turn: runs against flawed gateways in other processes. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadCatalog } from "../../src/runtime/files.ts";
import type { RunResult } from "../../src/runtime/result.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { Child } from "./child.ts";
import type { Flaw } from "./flawed-gateway.ts";
import { freeTcpPort, freeUdpPort } from "./free-ports.ts";
import { TcpTap } from "./tcp-tap.ts";

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
  const url = `mqtt://127.0.0.1:${north}`;
  const conf = path.join(about.folder, `mosquitto-${north}.conf`);
  writeFileSync(conf, `listener ${north} 127.0.0.1\nallow_anonymous true\n`);
  const broker = new Child(about.mosquitto, ["-c", conf, "-v"]);
  const startGateway = (): Child => new Child(process.execPath, [GATEWAY, `${gateway}`, url, it.flaw]);
  const processes = { gateway: startGateway(), startGateway, broker, tap: new TcpTap(north) };
  const text = scenarioOf(it, about.qos, { gateway, north: await processes.tap.open() });
  const run = new Run(planScenario("verdict.yaml", text, loadCatalog(), { seed: about.seed }));
  const over = new AbortController();
  try {
    await broker.line(/running/);
    await processes.gateway.line(/ready/);
    await run.start();
    const happening = delay(EVENT_AFTER_MS, true, { signal: over.signal }).then(
      () => happen(it.event, processes),
      () => undefined, // the run has failed before
    );
    const [result] = await Promise.all([run.finish(), happening]);
    return findingsOf(result);
  } finally {
    over.abort();
    await run.close();
    await Promise.all([processes.gateway.end(), broker.end()]);
    processes.tap.close();
  }
}

interface Processes {
  gateway: Child;
  readonly startGateway: () => Child;
  readonly broker: Child;
  /** Between our listener and the broker */
  readonly tap: TcpTap;
}

async function happen(event: VerdictCase["event"], processes: Processes): Promise<void> {
  const { gateway, broker, tap, startGateway } = processes;
  if (event === "gateway killed") gateway.signal("SIGKILL");
  if (event === "gateway frozen") gateway.signal("SIGSTOP");
  if (event === "broker killed") broker.signal("SIGKILL");
  if (event === "listener cut") tap.cut();
  if (event === "gateway restarted") {
    await gateway.end();
    processes.gateway = startGateway();
  }
  if (event !== "broker slow") return;
  broker.signal("SIGSTOP");
  await delay(SLOW_MS);
  broker.signal("SIGCONT");
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
  };
}
