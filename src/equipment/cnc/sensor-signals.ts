import type { RandomKey } from "../../engine/random.ts";
import { white } from "../../signal/noise.ts";
import type { NumericSignal } from "../../signal/signal.ts";
import type { Trajectory } from "../../signal/trajectory.ts";
import {
  BAR,
  DEGREE_CELSIUS,
  KILOWATT,
  KILOWATT_HOUR,
  VOLT,
  MICROMETRE,
  MILLIMETRE_PER_SECOND,
  PERCENT,
  SECOND,
  type UnitOfMeasure,
} from "../../signal/unit-of-measure.ts";
import type { Axis } from "./axis.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** A number with its unit, range and last digit, and noise as a standard deviation: absolute and relative. */
interface Measured {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly truth: Trajectory;
  readonly unit: UnitOfMeasure;
  readonly range: { readonly low: number; readonly high: number };
  readonly decimals: number;
  readonly noise?: number;
  readonly share?: number;
}

function measured(noise: RandomKey, { noise: absolute = 0, share = 0, ...head }: Measured): NumericSignal {
  const key = noise.child(head.id);
  if (absolute === 0 && share === 0) return { ...head, type: "double" };
  const deviation = (truth: number): number => absolute + share * Math.abs(truth);
  return {
    ...head,
    type: "double",
    noise: (truth, _time_s, tick) => deviation(truth) * white(key, tick),
  };
}

export function energySignals({ meter, auxiliaries }: CncMachine, noise: RandomKey): NumericSignal[] {
  return [
    {
      ...measured(noise, {
        id: "active-power",
        title: "Active power",
        description: "Power that the machine takes from the supply: base load, coolant, axes and spindles.",
        truth: meter.activePower,
        unit: KILOWATT,
        range: { low: -30, high: 120 },
        decimals: 2,
        share: 0.005,
      }),
      past: "sloped",
    },
    {
      ...measured(noise, {
        id: "energy",
        title: "Energy",
        description: "Integral of the active power since the scenario began.",
        truth: meter.energy,
        unit: KILOWATT_HOUR,
        range: { low: 0, high: 1e6 },
        decimals: 3,
      }),
      past: "sloped",
    },
    measured(noise, {
      id: "dc-link-voltage",
      title: "DC link voltage",
      description: "Voltage of the drives' common supply, which a dip of the mains pulls down.",
      truth: auxiliaries.dcLink.measured,
      unit: VOLT,
      range: { low: 0, high: 800 },
      decimals: 0,
      noise: 2,
    }),
  ];
}

/** What the control watches beside its drives. */
export function monitorSignals(machine: CncMachine, noise: RandomKey): NumericSignal[] {
  const { machining, quality } = machine;
  return [
    {
      ...measured(noise, {
        id: "vibration",
        title: "Spindle vibration",
        description: "Velocity of the front spindle bearing, RMS of 10 to 1000 Hz (ISO 10816).",
        truth: machining.spindle.vibration,
        unit: MILLIMETRE_PER_SECOND,
        range: { low: 0, high: 30 },
        decimals: 2,
        share: 0.1,
      }),
      past: "sloped",
      isProcessValue: true,
    },
    ...toolMonitorSignals(machine, noise),
    ...peripheralSignals(machine, noise),
    measured(noise, {
      id: "part-deviation",
      title: "Part deviation",
      description: "Deviation of the last part's deciding dimension from nominal; growth and wear move it.",
      truth: quality.deviation,
      unit: MICROMETRE,
      range: { low: -1000, high: 1000 },
      decimals: 1,
    }),
    ...machining.axes
      .filter(({ drive }) => drive.unit === "mm")
      .flatMap((axis) => axisMonitorSignals(axis, noise)),
  ];
}

function toolMonitorSignals({ machining }: CncMachine, noise: RandomKey): NumericSignal[] {
  const { toolLoad, toolLifeUsed, changerTime } = machining;
  return [
    measured(noise, {
      id: "tool-load",
      title: "Tool load",
      description:
        "Cutting force relative to the one that was taught with a sharp tool; 100 outside of a cut.",
      truth: toolLoad,
      unit: PERCENT,
      range: { low: 0, high: 500 },
      decimals: 0,
      share: 0.02,
    }),
    measured(noise, {
      id: "tool-life-used",
      title: "Tool life used",
      description: "Share of its planned life that the tool of the last cut has used up.",
      truth: toolLifeUsed,
      unit: PERCENT,
      range: { low: 0, high: 500 },
      decimals: 0,
    }),
    measured(noise, {
      id: "changer-time",
      title: "Tool change time",
      description: "How long the tool change under way has taken, or the last one took.",
      truth: changerTime,
      unit: SECOND,
      range: { low: 0, high: 600 },
      decimals: 1,
    }),
  ];
}

function peripheralSignals({ auxiliaries }: CncMachine, noise: RandomKey): NumericSignal[] {
  return [
    measured(noise, {
      id: "conveyor-current",
      title: "Conveyor current",
      description: "Current of the chip conveyor's motor relative to rated.",
      truth: auxiliaries.conveyorCurrent.measured,
      unit: PERCENT,
      range: { low: 0, high: 300 },
      decimals: 0,
      noise: 2,
    }),
    measured(noise, {
      id: "encoder-signal",
      title: "Encoder signal",
      description: "Weakest amplitude of the axis encoders relative to a clean one.",
      truth: auxiliaries.encoderSignal.measured,
      unit: PERCENT,
      range: { low: 0, high: 120 },
      decimals: 0,
      noise: 0.6,
    }),
    measured(noise, {
      id: "seat-gap",
      title: "Seat gap",
      description: "Gap between the part and its seat, by air gauging.",
      truth: auxiliaries.seatGap.measured,
      unit: MICROMETRE,
      range: { low: 0, high: 1000 },
      decimals: 0,
      noise: 2,
    }),
  ];
}

function axisMonitorSignals(axis: Axis, noise: RandomKey): NumericSignal[] {
  const letter = axis.name.toUpperCase();
  return [
    measured(noise, {
      id: `${axis.name}-drag`,
      title: `${letter} drag`,
      description: `Friction of the ${letter} axis beyond that of new guides, as its drive estimates it.`,
      truth: axis.drag,
      unit: PERCENT,
      range: { low: -50, high: 1000 },
      decimals: 0,
      noise: 2,
    }),
    measured(noise, {
      id: `${axis.name}-error`,
      title: `${letter} error`,
      description: `Difference between encoder and command of the ${letter} axis beyond the usual lag.`,
      truth: axis.error,
      unit: MICROMETRE,
      range: { low: -100_000, high: 100_000 },
      decimals: 0,
      noise: 1,
    }),
  ];
}

export function fluidSignals({ auxiliaries, model }: CncMachine, noise: RandomKey): NumericSignal[] {
  const { coolant } = model;
  const pressure = (
    id: string,
    title: string,
    description: string,
    truth: Trajectory,
    high: number,
  ): Measured => ({
    ...{ id, title, description, truth },
    unit: BAR,
    range: { low: 0, high },
    decimals: 2,
    share: 0.006,
  });
  const level = (id: string, title: string, description: string, truth: Trajectory): Measured => ({
    ...{ id, title, description, truth },
    unit: PERCENT,
    range: { low: 0, high: 100 },
    decimals: 1,
    noise: 0.3,
  });
  const { coolantPressure, hydraulicPressure, lubricationPressure, coolantLevel, lubricationLevel } =
    auxiliaries;
  return [
    pressure(
      "coolant-pressure",
      "Coolant pressure",
      "Pressure of the coolant before its valve.",
      coolantPressure.measured,
      3 * coolant.pressure_bar,
    ),
    level(
      "coolant-level",
      "Coolant level",
      "Level of the coolant tank; work uses it up.",
      coolantLevel.level,
    ),
    pressure(
      "hydraulic-pressure",
      "Hydraulic pressure",
      "Pressure of the hydraulic clamping.",
      hydraulicPressure.measured,
      120,
    ),
    pressure(
      "lubrication-pressure",
      "Lubrication pressure",
      "Pressure that the last lubrication stroke reached.",
      lubricationPressure.measured,
      40,
    ),
    level(
      "lubrication-level",
      "Lubrication level",
      "Level of the lubricant tank; work uses it up.",
      lubricationLevel.level,
    ),
  ]
    .map((head) => measured(noise, head))
    .concat(airPressure(auxiliaries.airPressure.measured, noise));
}

/** The plant's compressor cuts in and out: half a bar, in some ninety seconds. */
function airPressure(truth: Trajectory, noise: RandomKey): NumericSignal {
  const key = noise.child("air-pressure");
  const phase = key.uniform(0);
  return {
    id: "air-pressure",
    title: "Air pressure",
    description: "Pressure of the plant's compressed air, with the saw-tooth of its compressor.",
    type: "double",
    truth,
    unit: BAR,
    range: { low: 0, high: 12 },
    decimals: 2,
    noise: (_truth, time_s, tick) => {
      const turn = time_s / 90 + phase;
      return 0.5 * (0.5 - (turn - Math.floor(turn))) + 0.02 * white(key, tick);
    },
  };
}

export function thermalSignals({ machining, auxiliaries }: CncMachine, noise: RandomKey): NumericSignal[] {
  const temperature = (id: string, title: string, description: string, truth: Trajectory): Measured => ({
    ...{ id, title, description, truth },
    unit: DEGREE_CELSIUS,
    range: { low: 0, high: 120 },
    decimals: 1,
    noise: 0.05,
  });
  const { spindle, toolSpindle } = machining;
  return [
    {
      ...measured(
        noise,
        temperature(
          "spindle-temperature",
          "Spindle temperature",
          "Temperature of the front spindle bearing.",
          spindle.temperature,
        ),
      ),
      past: "sloped",
      isProcessValue: true,
    },
    ...(toolSpindle
      ? [
          measured(
            noise,
            temperature(
              "tool-spindle-temperature",
              "Tool spindle temperature",
              "Temperature of the front bearing of the milling head's spindle.",
              toolSpindle.temperature,
            ),
          ),
        ]
      : []),
    measured(
      noise,
      temperature(
        "chiller-temperature",
        "Chiller temperature",
        "Temperature of the water that chills the spindle.",
        auxiliaries.chillerTemperature.measured,
      ),
    ),
  ];
}
