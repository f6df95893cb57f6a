import { z } from "zod";
import type { RandomKey } from "../engine/random.ts";
import type { SensorFault } from "../signal/sensor.ts";
import type { MeasuringPoint, Sensors } from "./sensors.ts";
import { faultParameters, type FaultKind, type FaultParameters, type Objection } from "./fault-kind.ts";
import type { UnitContext } from "./unit-context.ts";

/** What sensor faults are of: any equipment. */
export interface Instrumented {
  readonly context: UnitContext;
}

/** A parameter that names a number. */
export const numberId = (name: string): z.ZodString =>
  z.string(`"${name}" has to be the id of a number that the unit publishes`);

/** What every fault of one sensor can say; kinds add their own. */
export const sensorParameters = z.strictObject({
  ...faultParameters.shape,
  signal: numberId("signal").describe("id of the number whose sensor it is of"),
});

type SensorParameters = z.infer<typeof sensorParameters> & FaultParameters;

/** Where and when a fault begins. */
export interface Onset extends MeasuringPoint {
  readonly context: UnitContext;
  /** Plant time in seconds. */
  readonly time_s: number;
  /** The occurrence's own; what is drawn at a tick depends on it and the tick alone. */
  readonly key: RandomKey;
}

/** What a kind of sensor fault says of itself; the rest follows. */
interface SensorFaultHead<P extends SensorParameters> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: z.ZodType<P>;
  /** Which way it moves what is measured: limits above are raised and those below masked by "up"; undefined for none. */
  readonly moves?: (given: P, point: MeasuringPoint) => "up" | "down" | "any";
  /** What cannot be with this number. */
  readonly objection?: (given: P, point: MeasuringPoint, sensors: Sensors) => Objection | undefined;
}

/** A kind of fault that is one thing wrong with one sensor, from its begin to its end. */
export function sensorFault<P extends SensorParameters>(
  head: SensorFaultHead<P>,
  make: (onset: Onset, given: P) => SensorFault,
): FaultKind<Instrumented> {
  return changingSensor(head, (onset, given) => {
    const { sensors } = onset.context;
    const fault = make(onset, given);
    sensors.falsify(given.signal, fault);
    return () => sensors.restore(given.signal, fault);
  });
}

/** What instruments' faults have in common: they are there at once, and come only when somebody lets them. */
export const INSTRUMENT_FAULT = { raises: [], onset_s: 0, reliability: undefined } as const;

/** A kind of fault of a sensor. @param begin  lets it begin; what it returns takes it back */
export function changingSensor<P extends SensorParameters>(
  { moves, objection, parameters, ...head }: SensorFaultHead<P>,
  begin: (onset: Onset, given: P) => () => void,
): FaultKind<Instrumented> {
  return {
    ...head,
    ...INSTRUMENT_FAULT,
    parameters,
    objection: ({ context: { sensors } }, given) => {
      const parsed = parameters.parse(given);
      const point = sensors.point(parsed.signal);
      return point ? objection?.(parsed, point, sensors) : noPoint(sensors, "signal", parsed.signal);
    },
    outcome: ({ context: { sensors } }, given) => {
      const parsed = parameters.parse(given);
      return consequences(sensors, parsed.signal, moves?.(parsed, sensors.point(parsed.signal)!));
    },
    begin: ({ context }, given, occurrence) => {
      let end: (() => void) | undefined;
      const parsed = parameters.parse(given);
      const setLevel = (): void => {
        const point = context.sensors.point(parsed.signal)!;
        const key = context.key.child("sensor-faults").child(occurrence);
        end = begin({ ...point, context, time_s: context.now_s, key }, parsed);
      };
      return { setLevel, clear: () => end?.() };
    },
  };
}

/** That there is no such number. */
export function noPoint(sensors: Sensors, parameter: string, id: string): Objection {
  const isThere = sensors.groups.some(({ signals }) => signals.some((signal) => signal.id === id));
  return {
    parameter,
    what: isThere ? `the signal "${id}" is no number with a range` : `there is no signal "${id}"`,
    word: id,
    known: sensors.points.map(({ signal }) => signal.id),
  };
}

/** Conditions that a measured value that is moved may raise, and those that it may hide. */
export function consequences(
  sensors: Sensors,
  signal: string,
  way: "up" | "down" | "any" | undefined,
): { readonly raises: readonly string[]; readonly masks: readonly string[] } {
  if (way === undefined) return { raises: [], masks: [] };
  const judging = (direction: "above" | "below"): string[] =>
    sensors
      .watchers(signal)
      .filter((it) => way === "any" || it.direction === direction)
      .map(({ condition }) => condition);
  const isDown = way === "down";
  return { raises: judging(isDown ? "below" : "above"), masks: judging(isDown ? "above" : "below") };
}

/** A share of the range, in the signal's unit. */
export const shareOfRange = ({ signal: { range } }: MeasuringPoint, share: number): number =>
  share * (range.high - range.low);
