import { pageAlarms, type AlarmPage, type AlarmQuery } from "./alarm-page.ts";
import { Pacer, type Pace, type PaceOrder, type Paced } from "./pacer.ts";
import { WIRE_FAMILIES } from "../fault/catalogue.ts";
import { Plant } from "../plant/plant.ts";
import type { Command, CommandResult, UnitDescription } from "../protocol/port.ts";
import { Judging } from "../scenario/judging.ts";
import type { Speed } from "../scenario/plan.ts";
import type { Plan, PlannedUnit } from "../scenario/plan.ts";
import { Recorder } from "../scenario/recorder.ts";
import { UnitTimeline } from "../scenario/unit-timeline.ts";
import type { PlantClock } from "../signal/plant-clock.ts";
import { Capture } from "./capture.ts";
import { Deadline } from "./deadline.ts";
import { Endpoints } from "./endpoints.ts";
import { pageFaults, type FaultPage, type FaultQuery } from "./fault-page.ts";
import type {
  HostEvents,
  HostLink,
  HostSnapshot,
  HostTask,
  Neighbours,
  Progress,
  Readiness,
} from "./host-link.ts";
import { checkMemory } from "./memory.ts";
import { North } from "./north.ts";
import { RecentEvents } from "./recent-events.ts";
import type { CapturedDatagram, HostResult, View, ViewQuery } from "./result.ts";
import { RunActions } from "./run-actions.ts";
import { lookAt, topicsOf, type UnitLook } from "./unit-look.ts";
import { pastOf, type Past } from "./unit-past.ts";
import { viewPlant } from "./view.ts";
import { WireFaults, type WireFaultOrder, type WireOutcome, type WireTargets } from "./wire-faults.ts";
import { pageWire, type WirePage, type WireQuery } from "./wire-page.ts";
import { WorkBooks } from "./work-books.ts";

/** Longest stretch of draining before the process hears its sockets and its supervisor. */
const SLICE_MS = 10;

/** An event that does not come in so much plant time is not waited for. */
const SEEK_MAX_S = 3600;
/** Plants up to this size keep a past that charts can begin with, also off the wire. */
const UNITS_WITH_PAST_MAX = 50;
const PAST_S = 900;

/** A host in this process: a plant, its endpoints, and the pacer that moves its time. */
export class Host implements HostLink {
  readonly #plan: Plan;
  readonly #plant: Plant;
  readonly #clock: PlantClock;
  readonly #endpoints: Endpoints;
  readonly #wireFaults: WireFaults;
  readonly #runActions: RunActions;
  readonly #north: North | undefined;
  readonly #capture: Capture | undefined;
  readonly #pacer: Pacer;
  readonly #judging: Judging;
  readonly #recorder: Recorder | undefined;
  readonly #timelines: readonly UnitTimeline[];
  /** Whether somebody wants metrics of the wire. */
  readonly #isMeasured: boolean;
  readonly #timestamps: "wall" | "plant";
  /** At speed 1, which is the only one at which anything on the wire is judged. */
  readonly #warmup_s: number;
  #warmUp: NodeJS.Timeout | undefined;
  readonly #recent: RecentEvents | undefined;
  readonly #work: WorkBooks | undefined;
  /** By cell: behind which number of its inputs it stands. */
  readonly #inputs = new Map<string, number>();
  readonly #halted = new AbortController();
  readonly #log: (line: string) => void;

  constructor(
    { plan, inputs, areAllFaulty, isFirst, keepsDatagrams, isWatched }: HostTask,
    events: HostEvents,
  ) {
    this.#plan = plan;
    this.#clock = { start_ms: plan.start_ms, wireStart_ms: plan.start_ms };
    this.#timestamps = plan.timestamps;
    this.#isMeasured = plan.thresholds.length > 0 && plan.wireDemand === "met";
    this.#warmup_s = plan.sut?.warmup_s ?? 0;
    this.#plant = new Plant(
      plan.seed,
      this.#clock,
      isWatched ? withPast(plan.units) : plan.units,
      checkMemory,
    );
    this.#judging = new Judging(plan, this.#plant);
    this.#recorder = plan.recording && new Recorder(plan.recording, plan, this.#plant);
    this.#timelines = plan.units
      .filter(({ timeline }) => timeline.actions.length + timeline.faults.length > 0)
      .map(({ name, timeline }) => {
        const perform = (command: Command): CommandResult => this.#plant.perform(name, command);
        return new UnitTimeline(this.#plant.unit(name), timeline, perform);
      });
    this.#recent = isWatched ? new RecentEvents(this.#plant) : undefined;
    this.#work = isWatched ? new WorkBooks(this.#plant, plan.units) : undefined;
    this.#plant.replay(inputs);
    this.#plant.onInput = (input) => {
      this.#inputs.set(input.cell, input.number + 1);
      events.input(input);
    };
    const log = (line: string): void => events.log(line);
    this.#log = log;
    const targets: WireTargets = (family, unit) => this.#endpoints.target(family, unit);
    this.#wireFaults = new WireFaults(plan.units, targets, log);
    this.#north = plan.north && new North(plan, this.#wireFaults, log);
    this.#capture = keepsDatagrams ? new Capture() : undefined;
    const about = { areAllFaulty, north: this.#north, capture: this.#capture };
    this.#endpoints = new Endpoints(plan, this.#plant, about, log);
    const setSpeed = (speed: Speed): void => this.#setSpeed(speed);
    this.#runActions = new RunActions(plan.runActions, isFirst, setSpeed, log);
    this.#pacer = new Pacer(
      together(this.#plant, [this.#wireFaults, this.#runActions]),
      plan.speed,
      plan.duration_s,
    );
    this.#plant.onFailure = (error) => this.#pacer.fail(error);
    // Readers of the port see the present, also between two steps of the pacer.
    this.#plant.due = () => this.#pacer.present_s;
  }

  openServers(): Promise<Readonly<Record<string, string>>> {
    return this.#endpoints.startServers(this.#halted.signal);
  }

  async openDevices({ gateway, broker, endpointsFile }: Neighbours): Promise<void> {
    this.#runActions.endpointsFile = endpointsFile;
    await this.#north?.start(broker);
    await this.#endpoints.startDevices(gateway, this.#halted.signal);
  }

  async missing({ sessions, items, north }: Readiness): Promise<readonly string[]> {
    const silent = north ? (this.#north?.silentUnits ?? []) : [];
    return [
      ...this.#endpoints.lacking(sessions, items),
      ...silent.map((unit) => `${unit}: nothing arrived in the north`),
    ];
  }

  async begin(wireStart_ms: number): Promise<void> {
    this.#north?.begin(wireStart_ms, this.#endpoints.localPorts);
    if (this.#warmup_s > 0)
      this.#warmUp = setTimeout(() => this.#endpoints.endWarmUp(), this.#warmup_s * 1000).unref();
    if (this.#timestamps === "wall") this.#clock.wireStart_ms = wireStart_ms;
    if (!this.#halted.signal.aborted) await this.#pacer.run();
  }

  async halt(): Promise<number> {
    this.#halted.abort();
    this.#pacer.stop();
    // A command that a run has started does not outlive it.
    void this.#runActions.finish();
    return this.#pacer.due_s;
  }

  async report(end_s: number, within_ms: number): Promise<HostResult> {
    const soon = new Deadline(within_ms);
    if (!(await this.#drain(end_s, soon)))
      this.#log("stopped before all was done that was due: no replay has this digest");
    this.#north?.endJudging();
    // Before devices say goodbye, which they could not on a link where nothing passes.
    await soon.await(this.#wireFaults.finish());
    const runActions = await this.#runActions.finish();
    await soon.await(this.#endpoints.quiesce());
    await soon.await(this.#north?.drain());
    soon.end();
    const wire = { ...this.#endpoints.counts(), ...this.#endpoints.latencies() };
    const { checks, metrics } = this.#judging.finish(end_s);
    const north = this.#north?.close();
    return {
      digests: Object.fromEntries(this.#plant.digests),
      events: this.#plant.fired,
      partsProduced: this.#partsProduced(),
      behind_ms: this.#pacer.behind_ms,
      faults: [...this.#plant.faults, ...this.#wireFaults.windows],
      actions: [...runActions, ...this.#timelines.flatMap((timeline) => timeline.finish())],
      checks: [...checks, ...this.#runActions.tallies],
      metrics: this.#isMeasured ? { ...metrics, ...this.#endpoints.metrics(), ...north?.metrics } : metrics,
      ...(north ? { north: north.record } : {}),
      wire,
      ...(this.#recorder ? { recording: this.#recorder.finish(end_s) } : {}),
    };
  }

  async captured(units: readonly string[], max: number): Promise<readonly CapturedDatagram[]> {
    return this.#capture?.of(new Set(units), max) ?? [];
  }

  async metrics(): Promise<Progress> {
    const plantTime_s = this.#plant.now_s;
    const metrics = this.#judging.metrics(plantTime_s);
    return {
      plantTime_s,
      metrics: this.#isMeasured ? { ...metrics, ...this.#endpoints.metrics() } : metrics,
    };
  }

  async view(query: ViewQuery): Promise<View> {
    const about = { books: this.#work, unreached: this.#endpoints.unreached };
    const view = viewPlant(this.#plant, this.#endpoints.counts(), query, about);
    if (query.withWire !== true) return view;
    return { ...view, rows: view.rows.map((row) => ({ ...row, wire: this.#endpoints.counts(row.name) })) };
  }

  async pace(order: PaceOrder): Promise<Pace> {
    if (order.do === "pause" || order.do === "step") this.#endpoints.leaveWallTime(this.#pacer.present_s);
    if (order.do === "pause") this.#pacer.pause();
    else if (order.do === "resume") this.#pacer.resume();
    else if (order.do === "go") this.#setSpeed(order.speed);
    else if (order.do === "step") await this.#pacer.step(order.to_s);
    return this.#pacer.pace;
  }

  #setSpeed(speed: Speed): void {
    if (speed !== this.#pacer.speed) this.#endpoints.leaveWallTime(this.#pacer.present_s);
    this.#pacer.setSpeed(speed);
  }

  async describe(unit: string): Promise<UnitDescription> {
    return this.#plant.units.find(({ name }) => name === unit)!;
  }

  async look(unit: string): Promise<UnitLook> {
    return {
      ...lookAt(this.#plant, unit),
      events: this.#recent?.of(unit) ?? [],
      work: this.#work?.of(unit),
      wireFaults: this.#wireFaults.windows.filter((window) => window.unit === unit),
      wireFamilies: WIRE_FAMILIES.filter((family) => this.#endpoints.target(family, unit)),
      opcuaUrl: this.#endpoints.urlOf(unit),
      gateways: this.#endpoints.gatewaysOf(unit),
      topics: topicsOf(this.#plan, this.#plant, unit),
      wire: this.#endpoints.counts(unit),
    };
  }

  async past(
    unit: string,
    signals: readonly string[],
    span_s: number,
  ): Promise<Readonly<Record<string, Past>>> {
    return pastOf(this.#plant, this.#clock, unit, signals, span_s);
  }

  async seekEvent(unit: string): Promise<number> {
    const seen = this.#recent?.countOf(unit);
    const pacer = this.#pacer;
    pacer.pause();
    for (const limit_s = pacer.due_s + SEEK_MAX_S; ;) {
      const to_s = Math.min(this.#plant.nextOf(unit), limit_s);
      await pacer.step(to_s);
      if (this.#recent?.countOf(unit) !== seen || to_s >= limit_s || pacer.due_s < to_s) return pacer.due_s;
      await new Promise((resolve) => setImmediate(resolve));
      // Somebody may have let time go on meanwhile.
      if (!pacer.standing) return pacer.due_s;
    }
  }

  async alarms(query: AlarmQuery): Promise<AlarmPage> {
    return pageAlarms(this.#plant, query);
  }

  async faults(query: FaultQuery): Promise<FaultPage> {
    return pageFaults(this.#plant, this.#wireFaults.windows, query);
  }

  async wire(query: WireQuery): Promise<WirePage> {
    const units = this.#plant.units.map(({ name }) => name);
    return pageWire(units, this.#endpoints.state, (unit) => this.#endpoints.counts(unit), query);
  }

  async snapshot(): Promise<HostSnapshot> {
    const { windows: wireFaults } = this.#wireFaults;
    const digests = Object.fromEntries(this.#plant.digests);
    return { digests, inputs: Object.fromEntries(this.#inputs), wireFaults };
  }

  async command(unit: string, command: Command): Promise<CommandResult> {
    return this.#plant.command(unit, command);
  }

  beginWireFault(unit: string, order: WireFaultOrder): Promise<WireOutcome> {
    return this.#wireFaults.begin(unit, order, this.#pacer.present_s);
  }

  clearWireFault(unit: string, id: string): Promise<WireOutcome> {
    return this.#wireFaults.clear(unit, id, this.#pacer.present_s);
  }

  async dispose(): Promise<void> {
    this.#halted.abort();
    this.#pacer.stop();
    clearTimeout(this.#warmUp);
    // Servers that are stopping are not brought up again.
    await Promise.all([
      this.#endpoints.stop(),
      this.#wireFaults.finish(),
      this.#runActions.finish(),
      this.#north?.stop(),
    ]);
  }

  /** In slices, because at full speed one host may be hours behind another. @returns whether it got there */
  async #drain(end_s: number, soon: Deadline): Promise<boolean> {
    this.#plant.due = () => this.#plant.now_s;
    for (;;) {
      const slice_ms = performance.now() + SLICE_MS;
      if (this.#plant.advance(end_s, () => performance.now() < slice_ms)) return true;
      if (soon.isOver) return false;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #partsProduced(): number {
    const everyone: ViewQuery = { columns: ["parts-produced"], offset: 0, limit: Infinity };
    const { rows } = viewPlant(this.#plant, {}, everyone);
    return rows.reduce((sum, row) => sum + Number(row.values["parts-produced"] ?? 0), 0);
  }
}

/** What happens at plant times beside the plant. */
interface Beside {
  readonly next_s: number;
  advance(until_s: number): void;
}

/** The plant, and what happens beside it at the same times, moved by one pacer. */
function together(plant: Plant, beside: readonly Beside[]): Paced {
  return {
    get now_s() {
      return plant.now_s;
    },
    get next_s() {
      return Math.min(plant.next_s, ...beside.map(({ next_s }) => next_s));
    },
    advance(until_s, mayGoOn) {
      checkMemory();
      for (const it of beside) it.advance(until_s);
      return plant.advance(until_s, mayGoOn);
    },
  };
}

/** Units on the wire keep what their servers offer. */
function withPast(units: readonly PlannedUnit[]): readonly PlannedUnit[] {
  if (units.length > UNITS_WITH_PAST_MAX) return units;
  return units.map((unit) => (unit.opcua ? unit : { ...unit, history_s: PAST_S }));
}
