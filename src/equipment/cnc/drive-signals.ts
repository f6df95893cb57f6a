import type { RandomKey } from "../../engine/random.ts";
import { correlated, tone, white } from "../../signal/noise.ts";
import type { NumericSignal } from "../../signal/signal.ts";
import type { Trajectory } from "../../signal/trajectory.ts";
import {
  DEGREE,
  KILOWATT,
  MILLIMETRE,
  MILLIMETRE_PER_MINUTE,
  PERCENT,
  REVOLUTIONS_PER_MINUTE,
} from "../../signal/unit-of-measure.ts";
import type { Axis } from "./axis.ts";
import type { CncMachine } from "./cnc-machine.ts";
import type { Spindle } from "./spindle.ts";

/** What the last digit of an encoder does while its axis stands. */
const DITHER = 0.0006;
/**
 * Of the power in a cut: white noise, and a ripple once a revolution whose phase wanders; fitted to the deviation and
 * the autocorrelation at 10 Hz of a real machine (SMART lab).
 */
const CUT_NOISE = 0.08;
const CUT_RIPPLE = 0.14;
const RIPPLE_WANDER_TURNS = 0.2;
const RIPPLE_WANDER_S = 0.5;
/**
 * Of an axis load: what moves slowly with the guides' lubrication, and what is new at each poll; fitted to how often a
 * real control (Okuma) shows another value, and to its autocorrelation.
 */
const LOAD_DRIFT = 0.035;
const LOAD_DRIFT_S = 2.5;
const LOAD_NOISE_PERCENT = 0.25;
/** Of the speed at its setpoint, rpm, as measured there. */
const SPEED_NOISE_RPM = 5;

/** Position as it is and as it is commanded, way to go, and load of an axis. */
export function axisSignals(axis: Axis, noise: RandomKey): NumericSignal[] {
  const letter = axis.name.toUpperCase();
  const { low, high, unit } = axis.drive;
  const key = noise.child(`${axis.name}-position`);
  const loadKey = noise.child(`${axis.name}-load`);
  const driftKey = noise.child(`${axis.name}-load-drift`);
  const place = {
    type: "double",
    unit: unit === "mm" ? MILLIMETRE : DEGREE,
    range: { low: low - 1, high: high + 1 },
    decimals: 3,
  } as const;
  return [
    {
      ...place,
      id: `${axis.name}-position`,
      title: `${letter} position`,
      description: `Actual position of the ${letter} axis in machine coordinates; it lags behind the command.`,
      truth: axis.actual,
      // A standing axis is not constant.
      noise: (_truth, _time_s, tick) => DITHER * white(key, tick),
    },
    {
      ...place,
      id: `${axis.name}-command`,
      title: `${letter} command`,
      description: `Commanded position of the ${letter} axis in machine coordinates.`,
      truth: axis.position,
    },
    {
      ...place,
      id: `${axis.name}-remaining`,
      title: `${letter} way to go`,
      description: `Way of the ${letter} axis to the end of the motion under way.`,
      truth: axis.remaining,
      range: { low: 0, high: high - low + 1 },
    },
    {
      id: `${axis.name}-load`,
      title: `${letter} load`,
      description: `Load of the ${letter} drive: friction, weight, acceleration and cut.`,
      type: "int32",
      truth: axis.load,
      unit: PERCENT,
      range: { low: 0, high: 200 },
      decimals: 0,
      noise: (truth, time_s, tick) =>
        (0.3 + LOAD_DRIFT * truth) * correlated(driftKey, time_s, LOAD_DRIFT_S) +
        LOAD_NOISE_PERCENT * white(loadKey, tick),
    },
  ];
}

/** Speed, load and power of a spindle. */
export function spindleSignals(spindle: Spindle, noise: RandomKey): NumericSignal[] {
  const { name, model } = spindle;
  const title = name === "spindle" ? "Spindle" : "Tool spindle";
  const what = name === "spindle" ? "the main spindle" : "the milling head's spindle";
  const speedKey = noise.child(`${name}-speed`);
  const cutKey = noise.child(`${name}-cut`);
  const phaseKey = noise.child(`${name}-phase`);
  const wander = (time_s: number): number => correlated(speedKey, time_s, 0.3);
  /** Once-per-revolution ripple and white noise of the cut, as share of its power; power and load agree. */
  const cutNoise = (time_s: number, tick: number): number => {
    const power_kw = spindle.cuttingPower.value(time_s);
    if (power_kw === 0) return 0;
    const phase = RIPPLE_WANDER_TURNS * correlated(phaseKey, time_s, RIPPLE_WANDER_S);
    const turns = (spindle.speed.value(time_s) / 60) * time_s + phase;
    return power_kw * (CUT_NOISE * white(cutKey, tick) + CUT_RIPPLE * tone(turns));
  };
  const { speedMax_rpm, powerPeak_kw, powerContinuous_kw } = model;
  const speed = {
    type: "int32",
    unit: REVOLUTIONS_PER_MINUTE,
    range: { low: 0, high: speedMax_rpm * 1.05 },
    decimals: 0,
  } as const;
  return [
    {
      ...speed,
      id: `${name}-speed`,
      title: `${title} speed`,
      description: `Actual speed of ${what}.`,
      past: "sloped",
      truth: spindle.speed,
      noise: (truth, time_s) => (truth === 0 ? 0 : SPEED_NOISE_RPM * wander(time_s)),
    },
    {
      ...speed,
      id: `${name}-command`,
      title: `${title} command`,
      description: `Commanded speed of ${what}, its override included.`,
      truth: spindle.command,
    },
    {
      id: `${name}-load`,
      title: `${title} load`,
      description: `Power of ${what} relative to its continuous power (S1); follows the cutting force.`,
      type: "int32",
      past: "sloped",
      truth: spindle.load,
      unit: PERCENT,
      range: { low: 0, high: 200 },
      decimals: 0,
      noise: (_truth, time_s, tick) => (100 * cutNoise(time_s, tick)) / powerContinuous_kw,
    },
    {
      id: `${name}-power`,
      title: `${title} power`,
      description: `Electrical power of ${what}; negative while it brakes.`,
      type: "double",
      truth: spindle.power,
      unit: KILOWATT,
      range: { low: -powerPeak_kw, high: 3 * powerPeak_kw },
      decimals: 2,
      noise: (_truth, time_s, tick) => cutNoise(time_s, tick),
    },
  ];
}

/** What the tool does along its path. */
export function pathSignals({ machining, model }: CncMachine): NumericSignal[] {
  const feed = (id: string, title: string, description: string, truth: Trajectory): NumericSignal => ({
    id,
    title,
    description,
    type: "double",
    past: "sloped",
    truth,
    unit: MILLIMETRE_PER_MINUTE,
    range: { low: 0, high: 2 * model.axes.x.rapid_mm_min },
    decimals: 0,
  });
  return [
    feed("feed-rate", "Feed rate", "Actual velocity along the path.", machining.pathVelocity),
    feed(
      "feed-command",
      "Feed command",
      "Programmed feed along the path, as its override scales it.",
      machining.feedCommand,
    ),
  ];
}
