import { EXIT } from "../errors.ts";
import { combine } from "../engine/digest.ts";
import type { WireFaultWindow } from "../fault/wire-fault-window.ts";
import type { Misfortune } from "../oracle/ledger.ts";
import { addNorthCounts, type NorthCounts } from "../oracle/north-counts.ts";
import type { UnitFault } from "../plant/plant.ts";
import type { Value } from "../protocol/port.ts";
import { addMetrics, type Metrics } from "../scenario/metrics.ts";
import type { WireDemand } from "../scenario/plan.ts";
import type { Recording, Series, StateBand } from "../scenario/recording.ts";
import type { ThresholdOutcome } from "../scenario/thresholds.ts";
import type { TimelineEntry } from "../scenario/unit-timeline.ts";
import { addTallies, type CheckOutcome, type CheckTally, type Evidence } from "../scenario/verdict.ts";
import type { NorthOutage } from "./north-outages.ts";
import { addLatencies, type MqttSnLatency, type Percentiles } from "./latency.ts";

export type { CheckOutcome, Evidence, Percentiles, Series, StateBand, ThresholdOutcome };

/** What the OPC UA servers of a run have seen; sums over all of them. */
export interface OpcUaCounts {
  readonly servers: number;
  /** Of clients that are there, as subscriptions and items */
  readonly sessions: number;
  /** Since the start */
  readonly sessionsOpened: number;
  readonly subscriptions: number;
  readonly monitoredItems: number;
  /** Connections, with or without a session */
  readonly channels: number;
  /** Data changes and events since the start */
  readonly notifications: number;
  /** Exceptions that clients have caused, each of which cost what caused it */
  readonly faults: number;
}

/** What the MQTT-SN devices of a run have done; sums over all of them. */
export interface MqttSnCounts {
  readonly devices: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Dropped by a device itself because its backlog was full. */
  readonly suppressed: number;
  /** Refused by the gateway, or given up without an acknowledgement. */
  readonly failed: number;
  readonly retransmitted: number;
  readonly reconnects: number;
  /** Times that a gateway fell silent or sent a device away. */
  readonly lost: number;
  /** Commands that came over the wire, carried out or refused. */
  readonly commands: number;
  /** Datagrams that were no MQTT-SN message. */
  readonly malformed: number;
}

/** What an MQTT-SN gateway of ours has seen; some of its counters. */
export interface GatewayCounts {
  readonly clients: number;
  readonly connects: number;
  readonly refused: number;
  readonly lostClients: number;
  readonly publishedQos0: number;
  readonly publishedQos1: number;
  readonly publishedQos2: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly undelivered: number;
  readonly malformed: number;
  /** Exceptions that the gateway and its embedded broker contained. */
  readonly faults: number;
  /** Messages that the embedded broker dropped for subscribers that were too slow or too long away. */
  readonly brokerDropped: number;
}

export interface WireCounts {
  readonly opcua?: OpcUaCounts;
  readonly mqttsn?: MqttSnCounts;
  /** Of the MQTT-SN devices, once a run is over. */
  readonly mqttsnLatency?: MqttSnLatency;
}

/** Ground truth of a run: what happened to a unit, or to an endpoint of it. */
export type RunFault = UnitFault | WireFaultWindow;

/** What became of the messages of units behind the system under test. */
export interface NorthRecord {
  /** By the faults on the wire under which they were sent; "" for none */
  readonly phases: Readonly<Record<string, NorthCounts>>;
  /** The first ones that went wrong */
  readonly misfortunes: readonly Misfortune[];
  /** Times that our own connection to the broker broke */
  readonly reconnects: number;
  /** When gateway or broker were not there, in their order */
  readonly outages: readonly NorthOutage[];
}

/** A datagram as it left a device or came to it. */
export interface CapturedDatagram {
  readonly unit: string;
  /** Milliseconds since 1970 */
  readonly at_ms: number;
  readonly isSent: boolean;
  /** Of the gateway */
  readonly port: number;
  readonly data: Uint8Array;
}

/** The system under test of a run. */
export interface SutRecord {
  readonly name: string;
  readonly version?: string;
  /** How it ended before it should have, if it did */
  readonly ending?: string;
  /** The scenario does not mind messages that it withholds */
  readonly outages?: "allowed";
  /** The last lines that it printed */
  readonly output: readonly string[];
}

/** What one host has to report when its part of a run is over. */
export interface HostResult {
  /** By cell. */
  readonly digests: Readonly<Record<string, string>>;
  readonly events: number;
  readonly partsProduced: number;
  /** How far plant time was behind wall time at worst, milliseconds of wall time; 0 at speed max. */
  readonly behind_ms: number;
  /** What happened to units and to their endpoints, by host and unit. */
  readonly faults: readonly RunFault[];
  /** Actions of the scenario, and faults that did not begin. */
  readonly actions: readonly TimelineEntry[];
  /** In the order of the plan, then commands that are checks. */
  readonly checks: readonly CheckTally[];
  readonly metrics: Metrics;
  readonly wire: WireCounts;
  readonly north?: NorthRecord;
  /** When the plan wants one. */
  readonly recording?: Recording;
}

/** Aborted by a threshold that failed, or by the end of the system under test. */
export type Ending = "duration" | "interrupted" | "aborted";

/** A run that has ended, or the part of one that a shard ran. */
export interface RunResult {
  readonly scenario: string;
  readonly file: string;
  readonly seed: number | string;
  readonly speed: number | "max";
  readonly version: string;
  /** 16 hexadecimal digits over everything that happened in the plant. */
  readonly digest: string;
  /** The digest of each cell, from which parts of a fleet are joined. */
  readonly digests: Readonly<Record<string, string>>;
  readonly ending: Ending;
  /** The threshold or check that ended it early, if one did. */
  readonly abortedBy?: string;
  readonly plantTime_s: number;
  readonly wallTime_s: number;
  readonly events: number;
  readonly units: number;
  /** Units of the whole plan; more than `units` when this is a shard. */
  readonly unitsPlanned: number;
  /** "2/3" for the second of three parts. */
  readonly shard?: string;
  readonly hosts: number;
  /** Commands that were carried out. */
  readonly inputs: number;
  readonly partsProduced: number;
  /** How far plant time was behind wall time at worst, milliseconds of wall time; 0 at speed max. */
  readonly behind_ms: number;
  /** What the command line changed in the scenario. */
  readonly set: readonly string[];
  readonly wireDemand: WireDemand;
  /** Which of its checks and thresholds were judged, when not all were. */
  readonly only?: string;
  /** Ground truth: every window of a fault, by its begin. */
  readonly faults: readonly RunFault[];
  /** Actions of the scenario, by time, and faults that waited for what did not come. */
  readonly actions: readonly TimelineEntry[];
  readonly checks: readonly CheckOutcome[];
  readonly thresholds: readonly ThresholdOutcome[];
  /** What thresholds are about; empty without any. */
  readonly metrics: Metrics;
  readonly wire: WireCounts;
  readonly north?: NorthRecord;
  readonly sut?: SutRecord;
  /** What reports draw; it is no part of what is kept as JSON. */
  readonly recording?: Recording;
  /** Why the system under test was not judged, when it was not. */
  readonly notJudged?: string;
}

/** Behind by so much, the plant was no longer what its endpoints should have shown. */
const BEHIND_MAX_MS = 3000;

/** Whether the machine was too slow for what a run had on the wire. */
export const isSaturated = ({ wire, behind_ms }: RunResult): boolean =>
  (wire.opcua !== undefined || wire.mqttsn !== undefined) && behind_ms > BEHIND_MAX_MS;

/** What a run ends the process with. */
export const exitCode = (result: RunResult): number =>
  result.ending === "interrupted" ? EXIT.interrupted : verdictCode(result);

/** The same for a run that somebody has ended because he has seen enough: as far as it went, it counts. */
export function verdictCode(result: RunResult): number {
  const { ending, checks, thresholds } = result;
  if (result.notJudged !== undefined) return EXIT.notJudged;
  if (isSaturated(result)) return EXIT.saturated;
  if (ending === "aborted") return EXIT.failed;
  return [...checks, ...thresholds].some(({ verdict }) => verdict === "failed") ? EXIT.failed : EXIT.pass;
}

/** What somebody wants to see of a plant: a page of a table of units. */
export interface ViewQuery {
  /** Signal ids; in a run that is watched also those of `WORK_COLUMNS`. */
  readonly columns: readonly string[];
  /** Only units of this group. */
  readonly group?: string;
  /** Only units whose name contains this, in any case. */
  readonly text?: string;
  /** By name, unless a signal id stands here. */
  readonly sort?: { readonly by: string; readonly descending: boolean };
  /** Whether units that somebody should look at come before all others. */
  readonly attentionFirst?: boolean;
  /** Whether rows say what the unit's own endpoints have seen. */
  readonly withWire?: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Whether one host has the whole fleet: its answer is the page, and nothing to choose a page from. */
  readonly isWhole?: boolean;
}

/**
 * Why somebody should look at a unit, the gravest first: it cannot work, it has an alarm, its server is down or its
 * device has no gateway, or it was stopped.
 */
export const ATTENTION = ["down", "alarmed", "unreached", "stopped", "none"] as const;

export type Attention = (typeof ATTENTION)[number];

/** A unit as it has just published itself; signals of groups that have not ticked yet are missing. */
export interface ViewRow {
  readonly name: string;
  readonly group: string;
  readonly attention: Attention;
  /** Conditions that are active. */
  readonly alarms: number;
  /** Only when asked for. */
  readonly wire?: WireCounts;
  readonly values: Readonly<Record<string, Value>>;
}

export interface View {
  readonly plantTime_s: number;
  /** The plant's calendar, milliseconds since 1970. */
  readonly calendar_ms: number;
  readonly units: number;
  /** Units that the query's filter leaves. */
  readonly matching: number;
  /** How many of those are in which machine state. */
  readonly states: Readonly<Record<string, number>>;
  /** How many of those somebody should look at, and why. */
  readonly attention: Readonly<Record<Attention, number>>;
  readonly rows: readonly ViewRow[];
  readonly wire: WireCounts;
}

/** Hosts share nothing, so their results add up. */
export function addHosts(results: readonly HostResult[]): HostResult {
  return {
    digests: Object.assign({}, ...results.map((it) => it.digests)) as HostResult["digests"],
    events: total(results, (it) => it.events),
    partsProduced: total(results, (it) => it.partsProduced),
    behind_ms: Math.max(...results.map((it) => it.behind_ms)),
    faults: results.flatMap((it) => it.faults).sort(byBegin),
    actions: results.flatMap((it) => it.actions).sort(byTime),
    checks: addTallies(results.map((it) => it.checks)),
    metrics: addMetrics(results.map((it) => it.metrics)),
    wire: addWire(results.map((it) => it.wire)),
    ...addRecordings(results.flatMap((it) => it.recording ?? [])),
    ...addNorth(results.flatMap((it) => it.north ?? [])),
  };
}

/** In time, then by unit and id, however hosts and shards have cut the fleet. */
const byBegin = (a: RunFault, b: RunFault): number =>
  a.from_s - b.from_s || compare(a.unit, b.unit) || compare(a.id, b.id);

const byTime = (a: TimelineEntry, b: TimelineEntry): number =>
  a.time_s - b.time_s || compare(a.unit, b.unit) || compare(a.id, b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function addNorth(records: readonly NorthRecord[]): { readonly north?: NorthRecord } {
  if (records.length === 0) return {};
  const phases: Record<string, NorthCounts> = {};
  for (const [phase, counts] of records.flatMap((it) => Object.entries(it.phases)))
    phases[phase] = phases[phase] ? addNorthCounts([phases[phase], counts]) : counts;
  const misfortunes = records.flatMap((it) => it.misfortunes).sort((a, b) => a.at_ms - b.at_ms);
  const outages = records.flatMap((it) => it.outages).sort((a, b) => a.begin_s - b.begin_s);
  return { north: { phases, misfortunes, reconnects: total(records, (it) => it.reconnects), outages } };
}

/** Hosts have different units, in no order of a person's. */
function addRecordings(parts: readonly Recording[]): { readonly recording?: Recording } {
  if (parts.length === 0) return {};
  const byUnit = (a: { readonly unit: string }, b: { readonly unit: string }): number =>
    compare(a.unit, b.unit);
  const bands = parts.flatMap((it) => it.bands).sort(byUnit);
  return { recording: { bands, series: parts.flatMap((it) => it.series).sort(byUnit) } };
}

export function addWire(counts: readonly WireCounts[]): WireCounts {
  const opcua = counts.flatMap((it) => it.opcua ?? []);
  const mqttsn = counts.flatMap((it) => it.mqttsn ?? []);
  const latencies = counts.flatMap((it) => it.mqttsnLatency ?? []);
  return {
    ...(opcua.length > 0 ? { opcua: addEach(opcua) } : {}),
    ...(mqttsn.length > 0 ? { mqttsn: addEach(mqttsn) } : {}),
    ...(latencies.length > 0 ? { mqttsnLatency: addLatencies(latencies) } : {}),
  };
}

/** Digest of a run from those of its cells, in whatever order they come. */
export function digestOf(digests: Readonly<Record<string, string>>): string {
  return combine(new Map(Object.entries(digests)));
}

/** Sums of every field over objects of one shape. */
function addEach<T extends { readonly [K in keyof T]: number }>(parts: readonly T[]): T {
  const sums = { ...parts[0]! };
  for (const part of parts.slice(1)) {
    for (const key of Object.keys(sums) as (keyof T)[]) sums[key] = (sums[key] + part[key]) as T[keyof T];
  }
  return sums;
}

function total<T>(parts: readonly T[], each: (part: T) => number): number {
  return parts.reduce((sum, part) => sum + each(part), 0);
}
