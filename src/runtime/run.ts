import type { Command, CommandResult, UnitDescription } from "../protocol/port.ts";
import type { RecordedInput } from "../plant/cell.ts";
import type { Plan } from "../scenario/plan.ts";
import { SUT_STAYED_ALIVE } from "../scenario/sut-plan.ts";
import { judgeThresholds } from "../scenario/thresholds.ts";
import { ruleOn } from "../scenario/verdict.ts";
import { AbortWatch } from "./abort-watch.ts";
import { prepareCertificates } from "./access.ts";
import { addressesOf, type Addresses } from "./addresses.ts";
import { mergeAlarms, type AlarmPage, type AlarmQuery } from "./alarm-page.ts";
import { EmbeddedGateway } from "./embedded-gateway.ts";
import { EndpointsFile } from "./endpoints-file.ts";
import { mergeFaults, type FaultPage, type FaultQuery } from "./fault-page.ts";
import { packageVersion } from "./files.ts";
import { FleetDirectory } from "./fleet-directory.ts";
import { Host } from "./host.ts";
import type { HostEvents, HostLink, HostSnapshot, Readiness } from "./host-link.ts";
import { partition } from "./host-tasks.ts";
import { whyNotJudged } from "./not-judged.ts";
import { serversOf, type ServerPlan } from "./opcua-servers.ts";
import { SystemUnderTest } from "./system-under-test.ts";
import { RemoteHost } from "./remote-host.ts";
import { addPaces, type Pace, type PaceOrder } from "./pacer.ts";
import {
  addHosts,
  digestOf,
  type CapturedDatagram,
  type HostResult,
  type RunResult,
  type View,
  type ViewQuery,
} from "./result.ts";
import type { UnitLook } from "./unit-look.ts";
import type { Past } from "./unit-past.ts";
import { mergeViews } from "./view.ts";
import type { WireFaultOrder, WireOutcome } from "./wire-faults.ts";
import { mergeWirePages, type WirePage, type WireQuery } from "./wire-page.ts";

export interface RunOptions {
  /** Processes to spread the fleet over; 1 keeps it in this one. */
  readonly hosts: number;
  /** Inputs of an earlier run. */
  readonly replay: readonly RecordedInput[];
  /** Hears what starts and what moves elsewhere, a line at a time. */
  readonly log: (line: string) => void;
  /** Hears every command that was carried out. */
  readonly onInput: (input: RecordedInput) => void;
  /** Lets faults on the wire be begun by hand on every endpoint, and not only where the plan has some. */
  readonly areAllFaulty: boolean;
  /** Remembers what goes over the links of devices, for `captured`. */
  readonly keepsDatagrams: boolean;
  /** Whether somebody may look at units one by one, for whom their last events are kept. */
  readonly isWatched: boolean;
}

/** A system under test of a run that is in a hurry has so long to end by itself. */
const SUT_ENDS_WITHIN_MS = 300;

/** How far a run has come, what that comes to, and which commands are in it. */
export type Snapshot = Pick<RunResult, "plantTime_s" | "digest"> &
  Pick<HostSnapshot, "inputs" | "wireFaults">;

const DEFAULTS: RunOptions = {
  hosts: 1,
  replay: [],
  log: () => undefined,
  onInput: () => undefined,
  areAllFaulty: false,
  keepsDatagrams: false,
  isWatched: false,
};

/**
 * One run of a plan: its hosts, and the embedded gateway and discovery server that they share.
 *
 * `start`, then await `finish`, then `close`; `stop` ends it earlier.
 */
export class Run {
  readonly #plan: Plan;
  readonly #hosts: readonly HostLink[];
  readonly #hostOf = new Map<string, HostLink>();
  readonly #gateway: EmbeddedGateway | undefined;
  readonly #servers: readonly ServerPlan[];
  readonly #directory: FleetDirectory | undefined;
  readonly #sut: SystemUnderTest | undefined;
  readonly #log: (line: string) => void;
  readonly #stopped = new AbortController();
  #interrupted = false;
  #within_ms = Infinity;
  /** The threshold or check that ended it */
  #abortedBy: string | undefined;
  #inputs = 0;
  #addresses: Addresses | undefined;
  #endpointsFile: EndpointsFile | undefined;

  constructor(plan: Plan, options: Partial<RunOptions> = {}) {
    const { hosts, replay, log, onInput, ...extras } = { ...DEFAULTS, ...options };
    this.#plan = plan;
    this.#log = log;
    this.#sut = plan.sut && new SystemUnderTest(plan.sut, log);
    const devices = plan.units.filter((unit) => unit.mqttsn).length;
    this.#gateway = plan.gateway && new EmbeddedGateway(plan.gateway, devices, log);
    const input = (recorded: RecordedInput): void => {
      this.#inputs++;
      onInput(recorded);
    };
    const events: HostEvents = { log, input };
    const tasks = partition(plan, replay, hosts).map((part, i) => ({ ...part, ...extras, isFirst: i === 0 }));
    this.#servers = tasks.flatMap((task) => serversOf(task.plan.units));
    this.#directory = plan.discovery && new FleetDirectory(plan.discovery, this.#servers, log);
    this.#hosts = tasks.map((task, i) => {
      const host = hosts === 1 ? new Host(task, events) : new RemoteHost(i + 1, task, events);
      for (const unit of task.plan.units) this.#hostOf.set(unit.name, host);
      return host;
    });
  }

  /** Opens all endpoints. @throws CodedError when one cannot open */
  async start(): Promise<void> {
    if (this.#plan.wireDemand === "left-out")
      this.#log("without endpoints, faults on the wire are left out and thresholds on it stay open");
    await prepareCertificates(this.#servers, this.#stopped.signal, this.#log);
    await this.#gateway?.start();
    await this.#openServers();
    const { plan, addresses } = { plan: this.#plan, addresses: this.#addresses! };
    const startsPrograms =
      plan.sut?.start !== undefined || plan.runActions.some(({ what }) => what.kind === "run");
    if (startsPrograms) this.#endpointsFile = new EndpointsFile(addresses);
    const endpointsFile = this.#endpointsFile?.path;
    this.#sut?.start(endpointsFile);
    const neighbours = { gateway: this.#gateway?.address, broker: this.#gateway?.broker, endpointsFile };
    const devices = Promise.all(this.#hosts.map((host) => host.openDevices(neighbours)));
    const waiting = this.#plan.units.flatMap(({ name, mqttsn }) => (mqttsn ? name : []));
    await (this.#sut?.during(devices, waiting) ?? devices);
    const { sessions = 0, items = 0 } = this.#plan.sut ?? {};
    await this.#sut?.ready(() => this.#missing({ sessions, items, north: false }), this.#stopped.signal);
  }

  /** Then discovery, so that a client can connect to whatever it finds. */
  async #openServers(): Promise<void> {
    const parts = await Promise.all(this.#hosts.map((host) => host.openServers()));
    const opcua = Object.assign({}, ...parts) as Addresses["opcua"];
    const discovery = this.#interrupted ? undefined : await this.#directory?.start(opcua);
    this.#addresses = addressesOf(this.#plan, opcua, discovery, this.#gateway);
  }

  /** Undefined until everything that listens has opened. */
  get addresses(): Addresses | undefined {
    return this.#addresses;
  }

  async #missing(ready: Readiness): Promise<readonly string[]> {
    return (await Promise.all(this.#hosts.map((host) => host.missing(ready)))).flat();
  }

  /**
   * Lets time move until the plan's end or `stop`, and tells what it came to.
   *
   * @throws CodedError `simulation-failed`, `host-lost`
   */
  async finish(): Promise<RunResult> {
    const began_ms = performance.now();
    const wireStart_ms = Date.now();
    let isOver = false;
    const abort = (by: string, why: string): void => {
      if (isOver) return;
      this.#abortedBy ??= by;
      this.#log(`${why}: the run ends`);
      this.#halt();
    };
    const watch = new AbortWatch(this.#plan.aborts, this.#hosts, (threshold) =>
      abort(threshold, `${threshold} does not hold any more`),
    );
    watch.start();
    void this.#sut?.lost().then((how) => abort(SUT_STAYED_ALIVE, how));
    const begun = Promise.all(this.#hosts.map((host) => host.begin(wireStart_ms)));
    await Promise.all([begun, this.#awaitNorth(begun)]);
    watch.stop();
    isOver = true;
    const isEarly = this.#interrupted || this.#abortedBy !== undefined;
    const end_s = isEarly ? await this.#standstill() : this.#plan.duration_s;
    const results = await Promise.all(this.#hosts.map((host) => host.report(end_s, this.#within_ms)));
    return this.#result(addHosts(results), end_s, (performance.now() - began_ms) / 1000);
  }

  /** The far side is ready when something of each unit has arrived there, for which time has to move. */
  async #awaitNorth(begun: Promise<unknown>): Promise<void> {
    if (!this.#plan.sut?.north) return;
    const ready = { sessions: 0, items: 0, north: true };
    const over = new AbortController();
    const end = (): void => over.abort();
    begun.then(end, end);
    this.#stopped.signal.addEventListener("abort", end);
    await this.#sut!.ready(() => this.#missing(ready), over.signal);
  }

  /** Closes everything, however far it came. */
  async close(): Promise<void> {
    await this.#directory?.stop();
    await Promise.all(this.#hosts.map((host) => host.dispose()));
    await this.#sut?.stop(this.#within_ms < Infinity ? SUT_ENDS_WITHIN_MS : undefined);
    await this.#gateway?.stop();
    this.#endpointsFile?.remove();
  }

  /**
   * Ends the run where plant time stands; `finish` then returns.
   *
   * @param within_ms  wall time that its hosts may take for what they still have to do; what they have not done then is
   *                   left out
   */
  stop(within_ms = Infinity): void {
    this.#interrupted = true;
    this.#within_ms = Math.min(this.#within_ms, within_ms);
    this.#stopped.abort();
    this.#halt();
  }

  #halt(): void {
    // A host that cannot halt any more fails `finish`, which says so.
    for (const host of this.#hosts) host.halt().catch(() => undefined);
  }

  /** The newest datagrams of some units that were remembered, oldest first. */
  async captured(units: readonly string[], max: number): Promise<readonly CapturedDatagram[]> {
    const parts = await Promise.all(this.#hosts.map((host) => host.captured(units, max)));
    return parts
      .flat()
      .sort((a, b) => a.at_ms - b.at_ms)
      .slice(-max);
  }

  async view(query: ViewQuery): Promise<View> {
    const isWhole = this.#hosts.length === 1;
    const views = await Promise.all(this.#hosts.map((host) => host.view({ ...query, isWhole })));
    return isWhole ? views[0]! : mergeViews(views, query);
  }

  /** Does to the time of all hosts what is ordered; one that stands does so at one time everywhere. */
  async pace(order: PaceOrder): Promise<Pace> {
    const paces = await this.#paceAll(order);
    if (order.do !== "pause") return addPaces(paces);
    // To a whole millisecond, which a record can keep, and on to where the farthest stands.
    const to_s = Math.ceil(addPaces(paces).due_s * 1000) / 1000;
    return addPaces(await this.#paceAll({ do: "step", to_s }));
  }

  #paceAll(order: PaceOrder): Promise<Pace[]> {
    return Promise.all(this.#hosts.map((host) => host.pace(order)));
  }

  /** What has happened until now, and its digest; time stands meanwhile, and goes on if it did. */
  async snapshot(): Promise<Snapshot> {
    const { isStanding } = await this.pace({ do: "tell" });
    const { due_s } = await this.pace({ do: "pause" });
    const parts = await Promise.all(this.#hosts.map((host) => host.snapshot()));
    const digests = Object.assign({}, ...parts.map((part) => part.digests)) as HostSnapshot["digests"];
    const wireFaults = parts.flatMap((part) => part.wireFaults);
    // Commands may come in on one host while another one still answers.
    const inputs = Object.assign({}, ...parts.map((part) => part.inputs)) as HostSnapshot["inputs"];
    if (!isStanding) await this.pace({ do: "resume" });
    return { plantTime_s: due_s, digest: digestOf(digests), inputs, wireFaults };
  }

  async alarms(query: AlarmQuery): Promise<AlarmPage> {
    return mergeAlarms(await Promise.all(this.#hosts.map((host) => host.alarms(query))), query);
  }

  async faults(query: FaultQuery): Promise<FaultPage> {
    return mergeFaults(await Promise.all(this.#hosts.map((host) => host.faults(query))), query);
  }

  async wire(query: WireQuery): Promise<WirePage> {
    const pages = await Promise.all(this.#hosts.map((host) => host.wire(query)));
    return { ...mergeWirePages(pages, query), embedded: this.#gateway?.state };
  }

  /** @throws Error for a unit that is not in the plan */
  async describe(unit: string): Promise<UnitDescription> {
    return this.#hostWith(unit).describe(unit);
  }

  /** What signals of a unit were. @returns by signal @throws Error for a unit that is not in the plan */
  async past(
    unit: string,
    signals: readonly string[],
    span_s: number,
  ): Promise<Readonly<Record<string, Past>>> {
    return this.#hostWith(unit).past(unit, signals, span_s);
  }

  /**
   * Lets all time stand where the unit's next event has just happened, an hour on at most.
   *
   * @throws Error for a unit that is not in the plan
   */
  async seekEvent(unit: string): Promise<Pace> {
    await this.pace({ do: "pause" });
    const at_s = await this.#hostWith(unit).seekEvent(unit);
    return this.pace({ do: "step", to_s: Math.ceil(at_s * 1000) / 1000 });
  }

  /** @throws Error for a unit that is not in the plan */
  async look(unit: string): Promise<UnitLook> {
    return this.#hostWith(unit).look(unit);
  }

  /** @throws Error for a unit that is not in the plan */
  async command(unit: string, command: Command): Promise<CommandResult> {
    return this.#hostWith(unit).command(unit, command);
  }

  /**
   * Carries out a fault on an endpoint of a unit, until it is cleared.
   *
   * @throws Error for a unit that is not in the plan
   */
  async beginWireFault(unit: string, order: WireFaultOrder): Promise<WireOutcome> {
    return this.#hostWith(unit).beginWireFault(unit, order);
  }

  /** Takes one back, also one of the scenario. @throws Error for a unit that is not in the plan */
  async clearWireFault(unit: string, id: string): Promise<WireOutcome> {
    return this.#hostWith(unit).clearWireFault(unit, id);
  }

  #hostWith(unit: string): HostLink {
    const host = this.#hostOf.get(unit);
    if (!host) throw new Error(`there is no unit ${unit}`);
    return host;
  }

  /** A run that was stopped ends at one time on all hosts: where the farthest of them stands. */
  async #standstill(): Promise<number> {
    return Math.max(...(await Promise.all(this.#hosts.map((host) => host.halt()))));
  }

  #result(sum: HostResult, plantTime_s: number, wallTime_s: number): RunResult {
    const { name, file, seed, speed, units, unitsPlanned, shard, thresholds, set, only, wireDemand } =
      this.#plan;
    const ending = this.#interrupted ? "interrupted" : this.#abortedBy === undefined ? "duration" : "aborted";
    const outcomes = judgeThresholds(thresholds, sum.metrics, shard !== undefined);
    return {
      scenario: name,
      file,
      seed,
      speed,
      version: packageVersion(),
      digest: digestOf(sum.digests),
      digests: sum.digests,
      ending,
      ...(this.#abortedBy === undefined ? {} : { abortedBy: this.#abortedBy }),
      plantTime_s,
      wallTime_s,
      events: sum.events,
      units: units.length,
      unitsPlanned,
      ...(shard ? { shard: `${shard.part}/${shard.of}` } : {}),
      inputs: this.#inputs,
      hosts: this.#hosts.length,
      partsProduced: sum.partsProduced,
      behind_ms: sum.behind_ms,
      set,
      wireDemand,
      ...(only === undefined ? {} : { only }),
      faults: sum.faults,
      actions: sum.actions,
      checks: ruleOn([...sum.checks, ...(this.#sut?.check(plantTime_s) ?? [])], shard !== undefined),
      thresholds: outcomes,
      metrics: sum.metrics,
      wire: sum.wire,
      ...(sum.recording ? { recording: sum.recording } : {}),
      ...(sum.north ? { north: sum.north } : {}),
      ...(this.#sut ? { sut: this.#sut.record } : {}),
      ...whyNotJudged(this.#plan, { actions: sum.actions, ending, thresholds: outcomes }),
    };
  }
}
