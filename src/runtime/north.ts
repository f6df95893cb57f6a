import { Ledger, type NorthAccount, type NorthCounts } from "../oracle/ledger.ts";
import { sequenceOf } from "../protocol/dataset.ts";
import { Listener } from "../protocol/mqtt/listener.ts";
import type { Emission } from "../protocol/mqttsn/publisher.ts";
import { topicOf } from "../protocol/mqttsn/streams.ts";
import type { Sending, UnitDescription } from "../protocol/port.ts";
import { TrendRecorder, type Metric, type Metrics } from "../scenario/metrics.ts";
import type { Plan } from "../scenario/plan.ts";
import type { NorthRecord } from "./result.ts";
import type { WireFaults } from "./wire-faults.ts";

/** How long a broker may take to be there when no system under test says more. */
const BROKER_DEADLINE_S = 10;
/** Between two looks at whether the last messages have come. */
const DRAIN_LOOK_MS = 50;

/** The far side of a host's units: what they send, held against what arrives behind the system under test. */
export class North {
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  readonly #log: (line: string) => void;
  #listener: Listener | undefined;
  readonly #latency = new TrendRecorder();
  /** Milliseconds since 1970 from when on messages are judged. */
  #judgedFrom_ms = Infinity;

  /** @param plan  with a `north` */
  constructor(plan: Plan, wireFaults: WireFaults, log: (line: string) => void) {
    this.#plan = plan;
    this.#log = log;
    this.#ledger = new Ledger({
      isJudged: (at_ms) => at_ms >= this.#judgedFrom_ms,
      isDisturbed: (unit, from_ms, to_ms) => wireFaults.during("mqttsn", unit, from_ms, to_ms).length > 0,
      phaseOf: (unit, at_ms) => wireFaults.during("mqttsn", unit, at_ms, at_ms).join(" + "),
      onLatency: (latency_ms) => this.#latency.record(latency_ms),
    });
  }

  /**
   * @param embedded  URL of the broker behind the embedded gateway
   * @throws CodedError `broker-unreachable`
   */
  start(embedded: string | undefined): Promise<void> {
    const { sut, north } = this.#plan;
    const { broker, mqttVersion, place } = north!;
    const options = {
      broker: broker ?? embedded!,
      version: mqttVersion,
      filters: ["#"],
      deadline_ms: (sut?.within_s ?? BROKER_DEADLINE_S) * 1000,
      place,
      log: this.#log,
    };
    this.#listener = new Listener(options, (topic, data) => {
      this.#ledger.arrived(topic, sequenceOf(data), data, Date.now());
    });
    return this.#listener.start();
  }

  /** @param wireStart_ms  milliseconds since 1970 at which plant time begins */
  begin(wireStart_ms: number): void {
    this.#judgedFrom_ms = wireStart_ms + (this.#plan.sut?.warmup_s ?? 0) * 1000;
  }

  /** A message of a unit's stream is handed to its wire. */
  sent(unit: UnitDescription, deviceTopics: string, { stream, seq, data }: Emission): Sending {
    const sending: Sending = { state: "waiting", handed_ms: Date.now(), settled_ms: 0, transmissions: 0 };
    const template = this.#plan.north!.topics ?? deviceTopics;
    const topic = topicOf(template, this.#plan.name, unit, stream.name);
    this.#ledger.sent(unit.name, stream.name, topic, seq, data, sending);
    return sending;
  }

  /** Units of which nothing has arrived yet. */
  get silentUnits(): readonly string[] {
    const heard = this.#ledger.heardUnits;
    return this.#plan.units.flatMap(({ name, mqttsn }) => (mqttsn && !heard.has(name) ? name : []));
  }

  /** Waits for what may still come, but not for ever. */
  async drain(): Promise<void> {
    const deadline_ms = performance.now() + (this.#plan.sut?.drain_s ?? DRAIN_DEFAULT_S) * 1000;
    while (this.#ledger.outstanding > 0 && performance.now() < deadline_ms)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
  }

  /** Call it once, when nothing comes any more. */
  close(): { readonly record: NorthRecord; readonly metrics: Metrics } {
    const { phases, misfortunes }: NorthAccount = this.#ledger.close();
    const record = {
      phases: Object.fromEntries(phases),
      misfortunes,
      reconnects: this.#listener?.reconnects ?? 0,
    };
    return {
      record,
      metrics: { ...metricsOf([...phases.values()]), "north.latency_ms": this.#latency.metric },
    };
  }
}

const DRAIN_DEFAULT_S = 5;

const NAMES = {
  sent: "north.sent",
  suppressed: "north.suppressed",
  arrived: "north.arrived",
  lost: "north.lost",
  lostAsExpected: "north.lost_as_expected",
  duplicated: "north.duplicated",
  duplicatedAsAllowed: "north.duplicated_as_allowed",
  reordered: "north.reordered",
  altered: "north.altered",
  unknown: "north.unknown",
} as const satisfies Partial<Record<keyof NorthCounts, string>>;

function metricsOf(parts: readonly NorthCounts[]): Record<string, Metric> {
  const counter = (of: keyof NorthCounts): Metric => ({
    count: parts.reduce((sum, part) => sum + part[of], 0),
  });
  return Object.fromEntries(
    Object.entries(NAMES).map(([of, name]) => [name, counter(of as keyof NorthCounts)]),
  );
}
