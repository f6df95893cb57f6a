/**
 * Values that come from the plant. Nothing is pushed: a Variable asks the port when a client reads it or when a
 * monitored item samples it, so that a unit that nobody watches costs nothing.
 *
 * How node-opcua samples (2.186): one timer an interval and process, for all items of all servers with it; each
 * item then asks its Variable and notifies when status or value differ (the default trigger, StatusValue). The
 * source timestamp is passed on as given; the picoseconds are zero.
 */
import { DataType, DataValue, StatusCodes, Variant } from "node-opcua";
import type { StatusCode as LibraryStatusCode, UAVariable, VariantOptions } from "node-opcua";

import type {
  GroupDescription,
  GroupSample,
  PastValue,
  PlantPort,
  SignalDescription,
  StatusCode,
  UnitDescription,
  Value,
  ValueType,
} from "../port.ts";
import { untieStructure } from "./library-mends.ts";
import { permitReading } from "./permissions.ts";
import { SAMPLING_SPREAD_MS } from "./spread-sampling.ts";

const DATA_TYPES = {
  boolean: DataType.Boolean,
  int32: DataType.Int32,
  uint32: DataType.UInt32,
  double: DataType.Double,
  string: DataType.String,
} as const satisfies Record<ValueType, DataType>;

/** The library's data type of a signal's values. */
export const dataTypeOf = (type: ValueType): DataType => DATA_TYPES[type];

/** What a Variable holds for these values of its signals; undefined when they mean nothing to it. */
export type Conversion = (...values: readonly (Value | undefined)[]) => VariantOptions | undefined;

type TimedConversion = (
  values: readonly (Value | undefined)[],
  timestamp_ms: number,
) => VariantOptions | undefined;

/** The end of the year 9999, where DateTime ends */
const TIME_MAX_MS = Date.UTC(10_000, 0, 1);

interface Place {
  readonly group: GroupDescription;
  readonly signal: SignalDescription;
  /** In the arrays of a sample */
  readonly index: number;
}

/** Bad has the highest bit, Uncertain the one below, so the larger number is the worse status. */
export const BAD = 0x8000_0000;
const UNCERTAIN = 0x4000_0000;

/** One for each Variable, since the library fills in timestamps that are missing. */
const waiting = (): DataValue => new DataValue({ statusCode: StatusCodes.BadWaitingForInitialData });

/** Fastest and slowest that a Variable lets itself be sampled, and samples a tick in between. */
const SAMPLING_FLOOR_MS = 100;
const SAMPLING_CEILING_MS = 250;
const SAMPLES_PER_TICK = 4;

/**
 * MinimumSamplingInterval of a group's Variables on the server of the unit with this index.
 *
 * A quarter of the group's period within 100 to 250 ms: a client that asks for the fastest sees each tick of
 * the plant at speed 1, although ticks jitter. It differs by a microsecond from server to server because the
 * library samples items of equal interval in one burst, servers included.
 */
export function samplingInterval_ms(period_s: number, unitIndex: number): number {
  const wanted_ms = (period_s * 1000) / SAMPLES_PER_TICK;
  const interval_ms = Math.min(Math.max(wanted_ms, SAMPLING_FLOOR_MS), SAMPLING_CEILING_MS);
  return interval_ms + unitIndex * SAMPLING_SPREAD_MS;
}

const sources = new WeakMap<UAVariable, readonly string[]>();

/** Ids of the signals that a Variable shows; none for one that is bound to no signal. */
export const signalsOf = (variable: UAVariable): readonly string[] => sources.get(variable) ?? [];

/** The signals of one unit, for Variables to be bound to. */
export class LiveValues {
  readonly #port: PlantPort;
  readonly #unit: UnitDescription;
  readonly #places = new Map<string, Place>();

  constructor(port: PlantPort, unit: UnitDescription) {
    this.#port = port;
    this.#unit = unit;
    for (const group of unit.groups) {
      group.signals.forEach((signal, index) => this.#places.set(signal.id, { group, signal, index }));
    }
  }

  /** A signal's description; undefined when the unit has no such signal. */
  signal(id: string): SignalDescription | undefined {
    return this.#places.get(id)?.signal;
  }

  /** What a signal was, as a client reads it. */
  historical(id: string, past: PastValue): DataValue {
    const dataType = dataTypeOf(this.#places.get(id)!.signal.type);
    return dataValue([past], ([value]) => ({ dataType, value }));
  }

  /**
   * From now on `variable` shows the signals' last tick. With several signals, of whatever groups, the status is
   * the worst and the source timestamp the latest of them.
   *
   * @param ids      the first must exist, or nothing is bound and the answer is false; of the others, a missing
   *                 one reaches `convert` as undefined
   * @param convert  its undefined becomes BadOutOfRange
   */
  bind(variable: UAVariable, ids: readonly [string, ...string[]], convert: Conversion): boolean {
    return this.#bind(variable, ids, (values) => convert(...values));
  }

  /** Shows the time that a signal counts down to, from each tick; nothing is due in an infinite time. */
  bindTime(variable: UAVariable, id: string, unit_ms: number): boolean {
    return this.#bind(variable, [id], ([left], timestamp_ms) => {
      const time_ms = timestamp_ms + Number(left) * unit_ms;
      if (!(time_ms < TIME_MAX_MS)) return undefined;
      return { dataType: DataType.DateTime, value: new Date(time_ms) };
    });
  }

  #bind(variable: UAVariable, ids: readonly string[], convert: TimedConversion): boolean {
    const places = ids.map((id) => this.#places.get(id));
    const first = places[0];
    if (!first) return false;
    const [port, unit] = [this.#port, this.#unit.name];
    const groups = [...new Set(places.flatMap((place) => (place ? [place.group] : [])))];
    const period_s = Math.min(...groups.map((group) => group.period_s));
    variable.minimumSamplingInterval = samplingInterval_ms(period_s, this.#unit.index);

    // The library clones what it gets, so one DataValue serves all who ask during a tick.
    const lastSamples: (GroupSample | undefined)[] = [];
    let last: DataValue | undefined;
    const read = (): DataValue => {
      let isFresh = last === undefined;
      groups.forEach((group, i) => {
        const sample = port.read(unit, group.id);
        if (sample !== lastSamples[i]) isFresh = true;
        lastSamples[i] = sample;
      });
      if (isFresh || !last) {
        const parts = places.map((place) => place && partOf(place, lastSamples[groups.indexOf(place.group)]));
        last = lastSamples.includes(undefined) ? waiting() : dataValue(parts, convert);
      }
      return last;
    };
    untieStructure(variable);
    sources.set(variable, ids);
    variable.bindVariable({ timestamped_get: read }, true);
    permitReading(variable);
    return true;
  }
}

interface Part {
  readonly value: Value | undefined;
  readonly status: StatusCode;
  readonly timestamp_ms: number;
}

function partOf({ index }: Place, sample: GroupSample | undefined): Part | undefined {
  return (
    sample && {
      value: sample.values[index],
      status: sample.statuses[index] ?? StatusCodes.Good.value,
      timestamp_ms: sample.timestamp_ms,
    }
  );
}

function dataValue(parts: readonly (Part | undefined)[], convert: TimedConversion): DataValue {
  const present = parts.filter((part) => part !== undefined);
  const status = Math.max(...present.map((part) => part.status));
  const timestamp_ms = Math.max(...present.map((part) => part.timestamp_ms));
  const values = parts.map((part) => part?.value);
  const converted = status < BAD ? convert(values, timestamp_ms) : undefined;
  return new DataValue({
    value: new Variant(converted ?? { dataType: DataType.Null }),
    statusCode: converted || status >= BAD ? statusCode(status) : StatusCodes.BadOutOfRange,
    sourceTimestamp: new Date(timestamp_ms),
    serverTimestamp: new Date(),
  });
}

const STATUS_CODES = new Map(Object.values(StatusCodes).map((code) => [code.value, code]));

/** The library's object for a status code; one that it does not know keeps its severity. */
export function statusCode(code: StatusCode): LibraryStatusCode {
  const severity =
    code >= BAD ? StatusCodes.Bad : code >= UNCERTAIN ? StatusCodes.Uncertain : StatusCodes.Good;
  return STATUS_CODES.get(code) ?? severity;
}
