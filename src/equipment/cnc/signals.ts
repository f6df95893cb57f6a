import type { RandomKey } from "../../engine/random.ts";
import { correlated, tone, white } from "../../signal/noise.ts";
import { PollGroup, type PollRhythm } from "../../signal/poll-group.ts";
import type { DiscreteSignal, NumericSignal, Signal } from "../../signal/signal.ts";
import { Timeline } from "../../signal/timeline.ts";
import {
  DEGREE_CELSIUS,
  HOUR,
  KILOWATT,
  KILOWATT_HOUR,
  MILLIMETRE,
  MILLIMETRE_PER_MINUTE,
  PERCENT,
  REVOLUTIONS_PER_MINUTE,
} from "../../signal/unit-of-measure.ts";
import type { SignalGroup } from "../unit-context.ts";
import type { Axis } from "./axis.ts";
import type { CncMachine } from "./cnc-machine.ts";
import { OVERRIDE_MAX } from "./commands.ts";
import { USEFUL_LIFE_H } from "./spindle.ts";

/** A real Okuma control publishes every 0.31 to 0.42 s. */
const MOTION: PollRhythm = { period_s: 0.35, jitter_s: 0.04 };
const STATUS: PollRhythm = { period_s: 1, jitter_s: 0.05 };
const ENERGY: PollRhythm = { period_s: 1, jitter_s: 0.05 };
const THERMAL: PollRhythm = { period_s: 5, jitter_s: 0.3 };

/** Slowest period and jitter, with a reserve: how far back a sample can be asked for. */
export const CNC_KEEP_S = 12;

/** Everything that the machine's controller publishes, in its four poll groups. */
export function signalGroups(machine: CncMachine): SignalGroup[] {
  const key = machine.context.key;
  const group = (id: string, rhythm: PollRhythm, signals: Signal[]): SignalGroup => ({
    poll: new PollGroup(id, rhythm, key.child("poll").child(id)),
    signals,
  });
  const noise = key.child("noise");
  const { x, y, z } = machine.axes;
  return [
    group("motion", MOTION, [
      ...[x, y, z].map((axis) => position(axis, machine, noise)),
      ...[x, y, z].map((axis) => axisLoad(axis, noise)),
      ...spindleSignals(machine, noise),
      feedRate(machine),
    ]),
    group("status", STATUS, statusSignals(machine)),
    group("energy", ENERGY, energySignals(machine, noise)),
    group("thermal", THERMAL, [spindleTemperature(machine, noise)]),
  ];
}

/** A standing axis is not constant: the last digit of its encoder dithers. */
function position(axis: Axis, machine: CncMachine, noise: RandomKey): NumericSignal {
  const id = `${axis.name}-position`;
  const key = noise.child(id);
  const { travel_mm } = machine.model.axes[axis.name];
  return {
    id,
    title: `${axis.name.toUpperCase()} position`,
    description: `Actual position of the ${axis.name.toUpperCase()} axis in machine coordinates.`,
    type: "double",
    truth: axis.position,
    unit: MILLIMETRE,
    range: axis.name === "z" ? { low: -travel_mm, high: 1 } : { low: -1, high: travel_mm },
    decimals: 3,
    noise: (_truth, _time_s, tick) => 0.0006 * white(key, tick),
  };
}

function axisLoad(axis: Axis, noise: RandomKey): NumericSignal {
  const id = `${axis.name}-load`;
  const key = noise.child(id);
  return {
    id,
    title: `${axis.name.toUpperCase()} load`,
    description: `Force of the ${axis.name.toUpperCase()} drive: friction, weight, acceleration and cut.`,
    type: "int32",
    truth: axis.load,
    unit: PERCENT,
    range: { low: 0, high: 200 },
    decimals: 0,
    noise: (truth, _time_s, tick) => (0.5 + 0.05 * truth) * white(key, tick),
  };
}

function spindleSignals({ spindle, model }: CncMachine, noise: RandomKey): NumericSignal[] {
  const speedKey = noise.child("spindle-speed");
  const cutKey = noise.child("spindle-cut");
  const wander = (time_s: number): number => correlated(speedKey, time_s, 0.3);
  /** Once-per-revolution ripple and white noise of the cut, as share of its power; power and load agree. */
  const ripple = (time_s: number, tick: number): number => {
    const turns = (spindle.speed.value(time_s) / 60) * time_s + 0.3 * wander(time_s);
    return 0.08 * white(cutKey, tick) + 0.1 * tone(turns);
  };
  const cutNoise = (time_s: number, tick: number): number =>
    spindle.cuttingPower.value(time_s) * ripple(time_s, tick);
  const { speedMax_rpm, powerPeak_kw, powerContinuous_kw } = model.spindle;
  return [
    {
      id: "spindle-speed",
      title: "Spindle speed",
      description: "Actual speed of the main spindle.",
      type: "int32",
      past: "sloped",
      truth: spindle.speed,
      unit: REVOLUTIONS_PER_MINUTE,
      range: { low: 0, high: speedMax_rpm * 1.05 },
      decimals: 0,
      noise: (truth, time_s) => (truth === 0 ? 0 : 5 * wander(time_s)),
    },
    {
      id: "spindle-load",
      title: "Spindle load",
      description:
        "Power of the spindle drive relative to its continuous power (S1); follows the cutting force.",
      type: "int32",
      past: "sloped",
      truth: spindle.load,
      unit: PERCENT,
      range: { low: 0, high: 200 },
      decimals: 0,
      noise: (_truth, time_s, tick) => (100 * cutNoise(time_s, tick)) / powerContinuous_kw,
    },
    {
      id: "spindle-power",
      title: "Spindle power",
      description: "Electrical power of the spindle drive; negative while it brakes.",
      type: "double",
      truth: spindle.power,
      unit: KILOWATT,
      range: { low: -powerPeak_kw, high: 2 * powerPeak_kw },
      decimals: 2,
      noise: (_truth, time_s, tick) => cutNoise(time_s, tick),
    },
  ];
}

function feedRate(machine: CncMachine): NumericSignal {
  return {
    id: "feed-rate",
    title: "Feed rate",
    description: "Actual velocity along the path.",
    type: "double",
    past: "sloped",
    truth: machine.pathVelocity,
    unit: MILLIMETRE_PER_MINUTE,
    range: { low: 0, high: 2 * machine.model.axes.x.rapid_mm_min },
    decimals: 0,
  };
}

const fixed = (value: string): Timeline<string> => new Timeline<string>(CNC_KEEP_S, value);

const text = (
  id: string,
  title: string,
  description: string,
  history: DiscreteSignal["history"],
): DiscreteSignal => ({
  id,
  title,
  description,
  type: "string",
  history,
});

const override = (id: string, title: string, truth: NumericSignal["truth"], high: number): NumericSignal => ({
  id,
  title,
  description: `${title} as set on the panel.`,
  type: "int32",
  truth,
  unit: PERCENT,
  range: { low: 0, high },
  decimals: 0,
});

function statusSignals(machine: CncMachine): Signal[] {
  return [
    ...stateSignals(machine),
    text("program", "Program", "Name of the selected part program.", machine.program.history),
    text(
      "tool-number",
      "Tool number",
      "Tool in the spindle; empty during a change.",
      machine.toolNumber.history,
    ),
    text("job", "Job order", "Id of the order that runs; empty without one.", machine.jobs.active.history),
    override("feed-override", "Feed override", machine.feedOverride, OVERRIDE_MAX.feed),
    override("rapid-override", "Rapid override", machine.rapidOverride, OVERRIDE_MAX.rapid),
    override("spindle-override", "Spindle override", machine.spindleOverride, OVERRIDE_MAX.spindle),
    ...counters(machine),
    ...hours(machine),
    {
      id: "spindle-temperature-high",
      title: "Spindle temperature high",
      description: "Condition: the spindle bearing is hotter than its limit.",
      type: "boolean",
      history: machine.spindleTemperatureHigh.history,
    },
  ];
}

function stateSignals({ control }: CncMachine): Signal[] {
  const { machineState, itemState, channelState, programState } = control;
  return [
    text("machine-state", "Machine state", "What the machine does just now.", machineState.history),
    text("item-state", "Item state", "State of the machine (OPC 40001-1).", itemState.history),
    text("operation-mode", "Operation mode", "Mode of operation (OPC 40001-1).", fixed("Processing")),
    text("channel-state", "Channel state", "State of the control's channel.", channelState.history),
    text("channel-mode", "Channel mode", "Mode of the control's channel.", fixed("Automatic")),
    text("program-state", "Program state", "State of the selected part program.", programState.history),
  ];
}

function hours({ powerOnTime, operationTime, spindle }: CncMachine): Signal[] {
  const counted = (
    id: string,
    title: string,
    description: string,
    truth: NumericSignal["truth"],
  ): NumericSignal => ({
    id,
    title,
    description,
    type: "double",
    truth,
    unit: HOUR,
    range: { low: 0, high: 200_000 },
    decimals: 2,
  });
  return [
    counted(
      "power-on-time",
      "Power-on time",
      "Hours that the control has been powered in its life.",
      powerOnTime,
    ),
    counted("operation-time", "Operation time", "Hours in which programs were worked off.", operationTime),
    {
      ...counted(
        "spindle-time",
        "Spindle time",
        "Hours in which the spindle has turned.",
        spindle.operationTime,
      ),
      lifetime: { start: 0, limit: USEFUL_LIFE_H },
    },
  ];
}

function counters({ partsProduced, partsScrapped }: CncMachine): Signal[] {
  return [
    {
      id: "parts-produced",
      title: "Parts produced",
      description: "Parts finished since the scenario began.",
      type: "uint32",
      past: "stepped",
      history: partsProduced.history,
    },
    {
      id: "parts-scrapped",
      title: "Parts scrapped",
      description: "Parts whose program did not come to its end, since the scenario began.",
      type: "uint32",
      history: partsScrapped.history,
    },
  ];
}

function energySignals(machine: CncMachine, noise: RandomKey): NumericSignal[] {
  const key = noise.child("active-power");
  return [
    {
      id: "active-power",
      title: "Active power",
      description: "Power that the machine takes from the supply: base load, coolant, axes and spindle.",
      type: "double",
      past: "sloped",
      truth: machine.meter.activePower,
      unit: KILOWATT,
      range: { low: -20, high: 60 },
      decimals: 2,
      noise: (truth, _time_s, tick) => 0.005 * truth * white(key, tick),
    },
    {
      id: "energy",
      title: "Energy",
      description: "Integral of the active power since the scenario began.",
      type: "double",
      past: "sloped",
      truth: machine.meter.energy,
      unit: KILOWATT_HOUR,
      range: { low: 0, high: 1e6 },
      decimals: 3,
    },
  ];
}

function spindleTemperature(machine: CncMachine, noise: RandomKey): NumericSignal {
  const key = noise.child("spindle-temperature");
  return {
    id: "spindle-temperature",
    title: "Spindle temperature",
    description: "Temperature of the front spindle bearing.",
    type: "double",
    past: "sloped",
    truth: machine.spindle.temperature,
    isProcessValue: true,
    unit: DEGREE_CELSIUS,
    range: { low: 0, high: 120 },
    decimals: 1,
    noise: (_truth, _time_s, tick) => 0.05 * white(key, tick),
  };
}
