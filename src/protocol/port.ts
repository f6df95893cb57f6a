/**
 * The port: all that a protocol adapter may know of the plant.
 *
 * A unit's signals come in poll groups. Tick n of a group is one look of the machine's controller at all its
 * signals; every adapter serves the same tick, so values, status and timestamp agree on every wire.
 */

/** What a signal can be on a wire. */
export type Value = number | string | boolean;

export type ValueType = "boolean" | "int32" | "uint32" | "double" | "string";

/** OPC UA Part 4 status code; 0 is Good. Other protocols carry the same number. */
export type StatusCode = number;

/** A unit of UNECE Recommendation 20, as OPC UA Part 8 asks for. */
export interface EngineeringUnit {
  /** Common code, at most three characters: "MMT" */
  readonly code: string;
  /** What is printed behind a number: "mm" */
  readonly symbol: string;
  /** "millimetre" */
  readonly name: string;
}

export interface SignalDescription {
  /** Kebab-case, unique within the unit, stable within a major version: "spindle-speed" */
  readonly id: string;
  /** "Spindle speed" */
  readonly title: string;
  /** One sentence: what it is and where its value comes from */
  readonly description: string;
  readonly type: ValueType;
  /** Numbers with a dimension only */
  readonly unit?: EngineeringUnit;
  /** Instrument range, inclusive; present when `unit` is */
  readonly range?: { readonly low: number; readonly high: number };
  /** Whether its past can be asked for, and how it goes between two ticks; missing when it cannot */
  readonly history?: "sloped" | "stepped";
  /** For a counter of wear or use: where it starts when its part is new, and where the part is due */
  readonly lifetime?: { readonly start: number; readonly limit: number };
  /** Whether it is a measured value of the process, with limits and a meaning of its own (OPC 40001-2) */
  readonly isProcessValue?: true;
}

export interface GroupDescription {
  /** Kebab-case, unique within the unit: "motion" */
  readonly id: string;
  /** Mean distance between two ticks */
  readonly period_s: number;
  readonly signals: readonly SignalDescription[];
}

/** What is stamped on the machine's plate (OPC 40001-1 Identification). */
export interface Nameplate {
  readonly manufacturer: string;
  readonly manufacturerUri: string;
  readonly model: string;
  readonly productCode: string;
  readonly serialNumber: string;
  /** Globally unique: "urn:taktwerk:vmc-3axis-15kw:TW-0001" */
  readonly productInstanceUri: string;
  readonly hardwareRevision: string;
  readonly softwareRevision: string;
  readonly yearOfConstruction: number;
  readonly deviceClass: string;
  readonly location: string;
}

/**
 * A condition of a unit (OPC UA Part 9): something that its controller watches and raises an alarm about.
 */
export interface ConditionDescription {
  /** Kebab-case, unique within the unit: "spindle-temperature-high" */
  readonly id: string;
  /** "Spindle temperature high" */
  readonly title: string;
  /** One sentence: what is watched and what raises it */
  readonly description: string;
  /** What the controller shows while it is active */
  readonly message: string;
  /** The controller's alarm number */
  readonly code: string;
  /** While active; 1 to 1000 (OPC UA Part 5) */
  readonly severity: number;
  /** Which of Part 9's condition classes it belongs to */
  readonly category: "process" | "maintenance" | "safety" | "system";
  /** The signal whose value it judges */
  readonly signal: string;
}

export type Shelving = "unshelved" | "timed-shelved" | "one-shot-shelved";

/** Where a condition is in its life, which is kept in the plant and mirrored by every protocol. */
export interface ConditionState {
  readonly id: string;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly confirmed: boolean;
  readonly shelving: Shelving;
  /** Whoever acknowledged, confirmed or commented last said this, "" when nobody did */
  readonly comment: string;
  /** Who that was, "" when nobody or unknown */
  readonly commentBy: string;
  /** Of the last change of any of these, milliseconds since 1970 as in samples */
  readonly timestamp_ms: number;
  /** When it is unshelved by itself, in the same clock; undefined when it is not */
  readonly unshelves_ms: number | undefined;
  /** Of the last change of `active` */
  readonly activeTimestamp_ms: number;
}

/** States of an ISA-95 job order (OPC 10031-4). */
export type JobState =
  "NotAllowedToStart" | "AllowedToStart" | "Running" | "Interrupted" | "Ended" | "Aborted";

/** An order to make parts, and how far it is. */
export interface JobOrder {
  /** Unique on the unit */
  readonly id: string;
  /** One of the unit's programs */
  readonly program: string;
  /** Good parts to make */
  readonly quantity: number;
  /** Higher goes first */
  readonly priority: number;
  readonly description: string;
  readonly state: JobState;
  readonly good: number;
  readonly scrapped: number;
  /** Wire times, milliseconds since 1970; undefined until they are there */
  readonly started_ms: number | undefined;
  readonly ended_ms: number | undefined;
}

/** A part of a unit with a plate of its own (OPC 40001-1 MachineryComponentIdentification). */
export interface ComponentDescription {
  /** Kebab-case, unique within the unit: "main-spindle" */
  readonly id: string;
  /** "Main spindle" */
  readonly title: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly deviceClass: string;
}

/** A tool in a unit's magazine, with the signals that tell how it is. */
export interface ToolDescription {
  /** What the control calls it, unique on the unit: 3 for T3 */
  readonly number: number;
  /** "End mill 12 mm" */
  readonly title: string;
  /** Of what its life is counted in; its signal has a `unit` and a `lifetime` */
  readonly life: string;
  /** Whether it may be used no more, since its life is used up or it is broken */
  readonly locked: string;
}

/** A command that a unit knows, beside those of conditions and job orders, which all units share. */
export interface CommandDescription {
  /** Kebab-case: "select-program" */
  readonly name: string;
  /** "Select program" */
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly CommandArgument[];
}

export interface CommandArgument {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
}

/** Something that happened to a unit at an instant; a state log, an event feed or an alarm list is made of these. */
export interface UnitEvent {
  readonly unit: string;
  /** n-th event of the unit, from 0, without gaps */
  readonly number: number;
  readonly kind: "state" | "condition" | "production" | "tool-change" | "job";
  /** What it happened to: the signal that shows the state, the condition's id, the job's order id */
  readonly source: string;
  /** For people, never empty */
  readonly message: string;
  /** 1 to 1000 (OPC UA Part 5) */
  readonly severity: number;
  /** Plant time since the scenario's start */
  readonly time_s: number;
  /** Source timestamp on every wire, milliseconds since 1970 */
  readonly timestamp_ms: number;
  /** By kind: "state" has `from`, `to`, `cause`; see the equipment's own list for more */
  readonly fields: Readonly<Record<string, Value>>;
}

export interface UnitDescription {
  /** Unique in the plant: "cnc-01" */
  readonly name: string;
  /** The scenario's group: "machining" */
  readonly group: string;
  /** Equipment kind, which chooses an adapter's information model: "cnc" */
  readonly kind: string;
  /** "cnc/vmc-3axis-15kw" */
  readonly model: string;
  /** Place in the whole plan, from 0; TCP ports count by it */
  readonly index: number;
  readonly nameplate: Nameplate;
  readonly components: readonly ComponentDescription[];
  /** Left out by a unit that has none, or none that it keeps account of */
  readonly tools?: readonly ToolDescription[];
  readonly groups: readonly GroupDescription[];
  /** How far back its past can be asked for */
  readonly history_s: number;
  readonly conditions: readonly ConditionDescription[];
  readonly commands: readonly CommandDescription[];
  /** Undefined for a unit that works off no job orders */
  readonly jobs: JobsDescription | undefined;
}

export interface JobsDescription {
  /** Names of what can be ordered */
  readonly programs: readonly string[];
  /** How many orders it keeps, ended ones included */
  readonly max: number;
}

/**
 * Tick n of a group. `values` and `statuses` are in the order of the group's signals. A value whose status is Bad is
 * what the controller has instead of one, and no wire carries it.
 */
export interface GroupSample {
  readonly group: string;
  /** n, from 0 */
  readonly tick: number;
  /** Plant time of the tick since the scenario's start, whole milliseconds */
  readonly time_s: number;
  /** When it was taken by a clock that is right, in the same clock as `timestamp_ms`; missing where that is right */
  readonly taken_ms?: number;
  /** Source timestamp on every wire, milliseconds since 1970; off where the controller's clock is */
  readonly timestamp_ms: number;
  readonly values: readonly Value[];
  readonly statuses: readonly StatusCode[];
}

/** What a signal was at a tick. */
export interface PastValue {
  /** Source timestamp on every wire, milliseconds since 1970 */
  readonly timestamp_ms: number;
  readonly value: Value;
  readonly status: StatusCode;
}

/** Ends a watch; calling it twice is harmless. */
export type Unwatch = () => void;

/** What a client asks of a unit; each equipment kind says which names and arguments it knows. */
export interface Command {
  readonly name: string;
  readonly arguments: Readonly<Record<string, Value>>;
}

/** Done, or refused with the status that an OPC UA client should see and a sentence for people. */
export type CommandResult =
  { readonly done: true } | { readonly done: false; readonly status: StatusCode; readonly reason: string };

/**
 * What has become of a message that was handed to a wire:
 * - waiting: it has not gone out yet
 * - sent: it has gone out; the end at QoS 0 and -1, which have no acknowledgement
 * - acknowledged, rejected: what the other side said
 * - suppressed: it never went out, for want of a connection or of room in the backlog
 * - overslept: it never went out, for want of room in the backlog of a sleeping device
 * - unconfirmed: it went out, was not acknowledged, and was given up
 * - unfinished: it was waiting, or not acknowledged yet, when the device was stopped
 */
export type SendingState =
  | "waiting"
  | "sent"
  | "acknowledged"
  | "rejected"
  | "suppressed"
  | "overslept"
  | "unconfirmed"
  | "unfinished";

/** A message on its way; the endpoint that sends it keeps it up to date. */
export interface Sending {
  state: SendingState;
  /** Milliseconds since 1970 */
  readonly handed_ms: number;
  /** Of its end, milliseconds since 1970; 0 before */
  settled_ms: number;
  /** Times that it went out */
  transmissions: number;
  /** Of these, those that a fault of ours kept from the other side, or damaged */
  spoiled: number;
}

export interface PlantPort {
  readonly units: readonly UnitDescription[];
  /** The plant's present as a source timestamp, milliseconds since 1970. */
  readonly now_ms: number;
  /** The group's last tick; undefined before its first one. Unknown names are programmer errors and throw. */
  read(unit: string, group: string): GroupSample | undefined;
  /**
   * What a signal was at its group's ticks from one source timestamp to another, both included, oldest first: as far
   * back as the unit keeps its past, see UnitDescription.history_s.
   */
  history(unit: string, signal: string, from_ms: number, to_ms: number): readonly PastValue[];
  /**
   * Calls `listener` with every tick from now on, in order; a fault of the feed may tell one twice, or two in the wrong
   * order. A listener must not throw.
   */
  watch(unit: string, group: string, listener: (sample: GroupSample) => void): Unwatch;
  /** Calls `listener` with every event of a unit from now on, in order. A listener must not throw nor command. */
  events(unit: string, listener: (event: UnitEvent) => void): Unwatch;
  /** Of every condition of a unit, in the order of its description, as it is now. */
  conditions(unit: string): readonly ConditionState[];
  /** All that a unit keeps, in the order in which they came; none for a unit without job orders. */
  jobs(unit: string): readonly JobOrder[];
  /**
   * Does what is asked at the present plant time, after all model events of that instant, also while time stands.
   * It enters the simulation as a recorded input, so that a session can be replayed.
   */
  command(unit: string, command: Command): CommandResult;
}
