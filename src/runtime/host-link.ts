import type { WireFaultWindow } from "../fault/wire-fault-window.ts";
import type { RecordedInput } from "../plant/cell.ts";
import type { Command, CommandResult, UnitDescription } from "../protocol/port.ts";
import type { Metrics } from "../scenario/metrics.ts";
import type { Plan } from "../scenario/plan.ts";
import type { GatewayAddress } from "../protocol/mqttsn/device-options.ts";
import type { AlarmPage, AlarmQuery } from "./alarm-page.ts";
import type { FaultPage, FaultQuery } from "./fault-page.ts";
import type { Pace, PaceOrder } from "./pacer.ts";
import type { CapturedDatagram, HostResult, View, ViewQuery } from "./result.ts";
import type { UnitLook } from "./unit-look.ts";
import type { Past } from "./unit-past.ts";
import type { WireFaultOrder, WireOutcome } from "./wire-faults.ts";
import type { WirePage, WireQuery } from "./wire-page.ts";

/** What a host is given: its part of the plan, and the inputs to replay in it. */
export interface HostTask {
  readonly plan: Plan;
  readonly inputs: readonly RecordedInput[];
  /** Whether it remembers what goes over its devices' links. */
  readonly keepsDatagrams: boolean;
  /** Whether it is the one host that does what is to be done once in a run. */
  readonly isFirst: boolean;
  /** Whether faults may be carried out on every endpoint, and not only where the plan has some. */
  readonly areAllFaulty: boolean;
  /** Whether somebody may look at its units one by one, for whom their last events are kept. */
  readonly isWatched: boolean;
}

/** What a host says unasked. */
export interface HostEvents {
  log(line: string): void;
  input(input: RecordedInput): void;
}

/** How far a host is, and what its metrics are by then. */
export interface Progress {
  readonly plantTime_s: number;
  readonly metrics: Metrics;
}

/** What has happened on a host until its time stood. */
export interface HostSnapshot {
  /** By cell. */
  readonly digests: HostResult["digests"];
  /** By cell that has had some: its digest has the inputs with smaller numbers. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly wireFaults: readonly WireFaultWindow[];
}

/** What the devices of a host, and programs that it starts, have to know of the rest of the run. */
export interface Neighbours {
  /** Where the embedded gateway listens */
  readonly gateway: GatewayAddress | undefined;
  /** URL of the broker behind it */
  readonly broker: string | undefined;
  /** With all addresses; undefined when no program is started */
  readonly endpointsFile: string | undefined;
}

/** When a system under test is ready. */
export interface Readiness {
  /** That each server has */
  readonly sessions: number;
  readonly items: number;
  /** Whether something of each unit has arrived behind it */
  readonly north: boolean;
}

/**
 * A host as the run sees it, in this process or in another one. Order of calls: `openServers`, `openDevices`, `begin`,
 * `halt`, `report`, `dispose`; `halt` and `dispose` may come at any time.
 */
export interface HostLink {
  /** Opens the servers of its units. @returns their URLs, by unit @throws CodedError when one cannot open */
  openServers(): Promise<Readonly<Record<string, string>>>;
  /** Lets its devices connect. @throws CodedError when one cannot */
  openDevices(neighbours: Neighbours): Promise<void>;
  /** Of what the system under test is not ready for yet: what there is, of how much. */
  missing(ready: Readiness): Promise<readonly string[]>;
  /** Lets time move. Resolves at the plan's end or after `halt`. @throws CodedError `simulation-failed` */
  begin(wireStart_ms: number): Promise<void>;
  /** Lets time stand, or an opening stop. @returns the plant time that has been reached */
  halt(): Promise<number>;
  /**
   * Does what is due up to `end_s`, lets devices say goodbye, and reports.
   *
   * @param within_ms  wall time after which what is not done is left out; Infinity to wait for all of it
   */
  report(end_s: number, within_ms: number): Promise<HostResult>;
  /** The newest datagrams of some units that it remembers, oldest first. */
  captured(units: readonly string[], max: number): Promise<readonly CapturedDatagram[]>;
  /** Metrics of what has happened so far. */
  metrics(): Promise<Progress>;
  view(query: ViewQuery): Promise<View>;
  command(unit: string, command: Command): Promise<CommandResult>;
  /** Does to its time what is ordered. @returns how it goes then */
  pace(order: PaceOrder): Promise<Pace>;
  /** What a unit is and has, which never changes. */
  describe(unit: string): Promise<UnitDescription>;
  look(unit: string): Promise<UnitLook>;
  /** What signals of a unit were; by signal. See `pastOf`. */
  past(unit: string, signals: readonly string[], span_s: number): Promise<Readonly<Record<string, Past>>>;
  /** Lets time move to the unit's next event, an hour at most, and stand. @returns plant time */
  seekEvent(unit: string): Promise<number>;
  /** Its part of a page of alarms, from which `mergeAlarms` takes the page. */
  alarms(query: AlarmQuery): Promise<AlarmPage>;
  /** Its part of a page of faults that are there, from which `mergeFaults` takes the page. */
  faults(query: FaultQuery): Promise<FaultPage>;
  /** Its part of a page of endpoints, from which `mergeWirePages` takes the page. */
  wire(query: WireQuery): Promise<WirePage>;
  /** What has happened until now; call it while time stands. */
  snapshot(): Promise<HostSnapshot>;
  /** Carries out a fault on an endpoint of a unit, until it is cleared. It changes no twin, so it is no input. */
  beginWireFault(unit: string, order: WireFaultOrder): Promise<WireOutcome>;
  /** Takes it back. */
  clearWireFault(unit: string, id: string): Promise<WireOutcome>;
  /** Closes everything and ends it, whatever it does; resolves when nothing of it is left. */
  dispose(): Promise<void>;
}
