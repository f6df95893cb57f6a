import { Ledger, type NorthAccount } from "../oracle/ledger.ts";
import { noNorthCounts, addNorthCounts, type NorthCounts } from "../oracle/north-counts.ts";
import { Outages, type ActionWindow, type UnitOutage } from "../oracle/outages.ts";
import { sequenceOf } from "../protocol/dataset.ts";
import { Listener, type Absence } from "../protocol/mqtt/listener.ts";
import type { Emission } from "../protocol/mqttsn/publisher.ts";
import type { SessionEvent } from "../protocol/mqttsn/session-options.ts";
import { topicOf } from "../protocol/mqttsn/streams.ts";
import type { Sending, UnitDescription } from "../protocol/port.ts";
import { TrendRecorder, type Metric, type Metrics } from "../scenario/metrics.ts";
import type { Plan } from "../scenario/plan.ts";
import { actionWindows } from "../scenario/run-action-plan.ts";
import { outagesOf } from "./north-outages.ts";
import type { NorthRecord } from "./result.ts";
import { UdpDrops } from "./udp-drops.ts";
import type { WireFaults } from "./wire-faults.ts";

/** How long a broker may take to be there when no system under test says more. */
const BROKER_DEADLINE_S = 10;
/** Between two looks at whether the last messages have come. */
const DRAIN_LOOK_MS = 50;
/** A message at QoS 0 is on its way for so long at most. */
const ON_ITS_WAY_MS = 1000;

/** The far side of a host's units: what they send, held against what arrives behind the system under test. */
export class North {
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  readonly #outages = new Outages();
  readonly #wireFaults: WireFaults;
  readonly #log: (line: string) => void;
  #listener: Listener | undefined;
  readonly #latency = new TrendRecorder();
  #drops: UdpDrops | undefined;
  #windows: readonly ActionWindow[] = [];
  /** Milliseconds since 1970 from when on, and up to when, messages are judged. */
  #judgedFrom_ms = Infinity;
  #start_ms = 0;
  #end_ms = Infinity;

  /** @param plan  with a `north` */
  constructor(plan: Plan, wireFaults: WireFaults, log: (line: string) => void) {
    this.#plan = plan;
    this.#wireFaults = wireFaults;
    const isInAction = (from_ms: number, to_ms: number): boolean =>
      this.#windows.some((it) => it.from_ms <= to_ms && it.to_ms >= from_ms);
    this.#log = log;
    this.#ledger = new Ledger({
      isJudged: (at_ms) => at_ms >= this.#judgedFrom_ms,
      isDisturbed: (unit, from_ms, to_ms) =>
        wireFaults.during("mqttsn", unit, from_ms, to_ms).length > 0 || isInAction(from_ms, to_ms),
      culprit: (unit, from_ms, to_ms) => this.#outages.culprit(unit, from_ms, to_ms),
      isInAction: (at_ms) => isInAction(at_ms - ON_ITS_WAY_MS, at_ms + ON_ITS_WAY_MS),
      isAttributable: (at_ms) => this.#isAttributable(at_ms),
      phaseOf: (unit, at_ms) => this.#phaseOf(unit, at_ms),
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
    this.#listener = new Listener(options, ({ topic, data, isRedelivered }) => {
      this.#ledger.arrived({ topic, seq: sequenceOf(data), data, at_ms: Date.now(), isRedelivered });
    });
    return this.#listener.start();
  }

  /**
   * @param wireStart_ms  milliseconds since 1970 at which plant time begins
   * @param localPorts    of gateways on this machine, to which devices publish without acknowledgement
   */
  begin(wireStart_ms: number, localPorts: ReadonlySet<number>): void {
    const { sut, runActions, duration_s } = this.#plan;
    this.#start_ms = wireStart_ms;
    this.#judgedFrom_ms = wireStart_ms + (sut?.warmup_s ?? 0) * 1000;
    this.#windows = actionWindows(runActions, duration_s).map(({ id, from_s, to_s }) => ({
      id,
      from_ms: wireStart_ms + from_s * 1000,
      to_ms: wireStart_ms + to_s * 1000,
    }));
    if (localPorts.size === 0) return;
    this.#drops = new UdpDrops(localPorts);
    this.#drops.start(Date.now());
  }

  /** A message of a unit's stream is handed to its wire. */
  sent(unit: UnitDescription, deviceTopics: string, { stream, seq, data }: Emission): Sending {
    const handed_ms = Date.now();
    const sending: Sending = { state: "waiting", handed_ms, settled_ms: 0, transmissions: 0, spoiled: 0 };
    const template = this.#plan.north!.topics ?? deviceTopics;
    const topic = topicOf(template, this.#plan.name, unit, stream.name);
    this.#ledger.sent(unit.name, stream.name, topic, seq, data, sending);
    return sending;
  }

  /**
   * A unit's device has seen something of its gateway.
   *
   * @param isExplained  whether faults of ours alone account for a silence since then, by `performance.now()`
   */
  heard(unit: string, event: SessionEvent, isExplained: (since_ms: number) => boolean): void {
    const now_ms = Date.now();
    const wall_ms = (at_ms: number): number => now_ms - performance.now() + at_ms;
    if (event.kind === "connected") this.#outages.back(unit, now_ms);
    else if (event.kind === "congested")
      this.#outages.paused(unit, now_ms, now_ms + event.wait_ms, "congestion");
    else if (event.kind === "lost" || event.kind === "refused") {
      const { heard_ms, since_ms } = event;
      const reason = event.kind === "lost" ? event.reason : "connection-refused";
      const times = { heard_ms: wall_ms(heard_ms), since_ms: wall_ms(since_ms), at_ms: now_ms };
      this.#outages.lost(unit, { reason, ...times, isExplained: isExplained(since_ms) });
    }
  }

  /** Units of which nothing has arrived yet. */
  get silentUnits(): readonly string[] {
    const heard = this.#ledger.heardUnits;
    return this.#plan.units.flatMap(({ name, mqttsn }) => (mqttsn && !heard.has(name) ? name : []));
  }

  /** Plant time is over: what units do from now on is not judged. */
  endJudging(): void {
    this.#end_ms = Date.now();
  }

  /** Waits for what may still come, but not for ever. */
  async drain(): Promise<void> {
    const deadline_ms = performance.now() + drainOf(this.#plan) * 1000;
    while (this.#ledger.outstanding > 0 && performance.now() < deadline_ms)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  }

  async stop(): Promise<void> {
    this.#drops?.stop();
    await this.#listener?.stop();
  }

  /** Call it once, when nothing comes any more. */
  close(): { readonly record: NorthRecord; readonly metrics: Metrics } {
    this.#drops?.look(Date.now());
    this.#outages.close(this.#windows);
    const { phases, misfortunes }: NorthAccount = this.#ledger.close();
    const seen = this.#outages.all.filter(({ to_ms }) => to_ms >= this.#judgedFrom_ms);
    const reconnects = this.#listener?.reconnects ?? 0;
    const absences = this.#absences;
    const outages = outagesOf(seen, absences, this.#windows, {
      start_ms: this.#start_ms,
      end_ms: this.#end_ms,
    });
    const record = { phases: Object.fromEntries(phases), misfortunes, reconnects, outages };
    const counts = addNorthCounts([noNorthCounts(), ...phases.values()]);
    const metrics = {
      ...countersOf(counts),
      "north.latency_ms": this.#latency.metric,
      "north.not_judged_percent": notJudged(counts),
      "north.availability": this.#availability(),
      "north.recovery_s": this.#recovery(seen),
    };
    return { record, metrics };
  }

  #availability(): Metric {
    const recorder = new TrendRecorder();
    const [from_ms, to_ms] = [this.#judgedFrom_ms, this.#end_ms];
    if (to_ms > from_ms) {
      for (const { name, mqttsn } of this.#plan.units) {
        if (!mqttsn) continue;
        const away = this.#outages.blamed_ms(name, from_ms, to_ms) / (to_ms - from_ms);
        recorder.record(Math.floor((1 - away) * 100_000) / 1000);
      }
    }
    return recorder.metric;
  }

  /** From each command to when what it took away was back, or to the end. */
  #recovery(seen: readonly UnitOutage[]): Metric {
    const recorder = new TrendRecorder();
    for (const { id, from_ms, to_ms } of this.#windows) {
      const made = seen.filter((it) => it.action === id && it.to_ms >= from_ms && it.to_ms <= to_ms);
      for (const outage of made) recorder.record((outage.to_ms - from_ms) / 1000);
      for (const absence of this.#absences)
        if (absence.from_ms >= from_ms && absence.from_ms <= to_ms)
          recorder.record((Math.min(absence.to_ms, this.#end_ms) - from_ms) / 1000);
    }
    return recorder.metric;
  }

  /** At QoS 0: whether neither this machine's kernel nor our listener can have lost it. */
  #isAttributable(handed_ms: number): boolean {
    const to_ms = handed_ms + ON_ITS_WAY_MS;
    const isAway = this.#absences.some((it) => it.from_ms <= to_ms && it.to_ms >= handed_ms);
    return !isAway && this.#drops?.isClean(handed_ms, to_ms) === true;
  }

  get #absences(): readonly Absence[] {
    return this.#listener?.absences ?? [];
  }

  #phaseOf(unit: string, at_ms: number): string {
    const actions = this.#windows.filter((it) => it.from_ms <= at_ms && it.to_ms >= at_ms);
    const faults = this.#wireFaults.during("mqttsn", unit, at_ms, at_ms);
    return [...faults, ...actions.map(({ id }) => id)].join(" + ");
  }
}

/** Wall time after the end of plant time in which devices finish and messages may arrive, seconds. */
export const drainOf = ({ sut }: Plan): number => sut?.drain_s ?? DRAIN_DEFAULT_S;

const DRAIN_DEFAULT_S = 5;

const NAMES = {
  sent: "north.sent",
  suppressed: "north.suppressed",
  arrived: "north.arrived",
  lost: "north.lost",
  withheld: "north.withheld",
  lostAsExpected: "north.lost_as_expected",
  notAttributable: "north.not_attributable",
  unfinished: "north.unfinished",
  duplicated: "north.duplicated",
  duplicatedAsAllowed: "north.duplicated_as_allowed",
  reordered: "north.reordered",
  altered: "north.altered",
  unknown: "north.unknown",
} as const satisfies Partial<Record<keyof NorthCounts, string>>;

const countersOf = (counts: NorthCounts): Record<string, Metric> =>
  Object.fromEntries(
    Object.entries(NAMES).map(([of, name]) => [name, { count: counts[of as keyof typeof NAMES] }]),
  );

/** A sample for each message that was sent. */
function notJudged({ sent, notAttributable, unfinished }: NorthCounts): Metric {
  const recorder = new TrendRecorder();
  const open = notAttributable + unfinished;
  recorder.record(100, open);
  recorder.record(0, sent - open);
  return recorder.metric;
}
