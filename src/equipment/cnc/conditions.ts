import type { LimitBounds } from "../../signal/limit.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Condition, type ConditionHead } from "../condition.ts";
import { DC_LINK_V } from "./auxiliaries.ts";
import type { Axis } from "./axis.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** What the control does about an active condition. */
export type Reaction = "none" | "feed-hold" | "end-of-cycle" | "stop";

/** A condition with what follows from it. */
export interface Watched {
  readonly condition: Condition;
  readonly reaction: Reaction;
}

interface Watch extends Omit<ConditionHead, "description"> {
  readonly description: string;
  readonly quantity: Quantity;
  readonly bounds: LimitBounds;
  readonly reaction: Reaction;
}

const above = (level: number, hysteresis: number, delay_s: number): LimitBounds => ({
  direction: "above",
  level,
  hysteresis,
  delay_s,
});

const below = (level: number, hysteresis: number, delay_s: number): LimitBounds => ({
  direction: "below",
  level,
  hysteresis,
  delay_s,
});

/** Everything that the machine's control watches. Limits hold on measured quantities; nothing else raises an alarm. */
export function watchConditions(machine: CncMachine): readonly Watched[] {
  const watches = [
    ...spindleWatches(machine),
    ...toolWatches(machine),
    ...machine.machining.axes.filter(({ drive }) => drive.unit === "mm").flatMap(axisWatches),
    ...fluidWatches(machine),
    ...peripheralWatches(machine),
  ];
  return watches.map(({ quantity, bounds, reaction, ...head }) => ({
    condition: new Condition(machine.context, head, quantity, bounds),
    reaction,
  }));
}

function spindleWatches({ machining: { spindle }, auxiliaries, model }: CncMachine): Watch[] {
  return [
    {
      id: "spindle-temperature-high",
      title: "Spindle temperature high",
      description: "The front spindle bearing is hotter than its limit.",
      message: "SPINDLE TEMPERATURE HIGH",
      code: "9031",
      severity: 600,
      category: "maintenance",
      signal: "spindle-temperature",
      quantity: spindle.temperature,
      bounds: above(model.spindle.temperatureLimit_c, 5, 10),
      reaction: "none",
    },
    {
      id: "vibration-high",
      title: "Spindle vibration high",
      description: "The front spindle bearing vibrates more than ISO 10816 allows for long operation.",
      message: "SPINDLE VIBRATION HIGH",
      code: "9032",
      severity: 500,
      category: "maintenance",
      signal: "vibration",
      quantity: spindle.vibration,
      bounds: above(4.5, 0.8, 3),
      reaction: "none",
    },
    {
      id: "chiller-fault",
      title: "Chiller fault",
      description: "The water that chills the spindle is too warm.",
      message: "CHILLER ALARM",
      code: "9040",
      severity: 600,
      category: "maintenance",
      signal: "chiller-temperature",
      quantity: auxiliaries.chillerTemperature.measured,
      bounds: above(28, 2, 5),
      reaction: "none",
    },
  ];
}

function toolWatches({ machining, model }: CncMachine): Watch[] {
  const { toolLifeUsed, toolLoad, changerTime } = machining;
  return [
    {
      id: "tool-life-expired",
      title: "Tool life expired",
      description: "The tool in the spindle has been in the cut for as long as was planned.",
      message: "TOOL LIFE EXPIRED",
      code: "3010",
      severity: 300,
      category: "maintenance",
      signal: "tool-life-used",
      quantity: toolLifeUsed,
      bounds: above(100, 1, 0),
      reaction: "none",
    },
    {
      id: "tool-breakage",
      title: "Tool breakage",
      description: "The cutting force leaves what was taught for this cut.",
      message: "TOOL BREAKAGE DETECTED",
      code: "3020",
      severity: 700,
      category: "process",
      signal: "tool-load",
      quantity: toolLoad,
      bounds: above(220, 20, 0.4),
      reaction: "stop",
    },
    {
      id: "changer-fault",
      title: "Tool changer fault",
      description: "A tool change takes much longer than it should: the arm is not in position.",
      message: "ATC ARM NOT IN POSITION",
      code: "2045",
      severity: 800,
      category: "system",
      signal: "changer-time",
      quantity: changerTime,
      bounds: above(model.toolChange.chipToChip_s + 6, 1, 0),
      reaction: "stop",
    },
  ];
}

function axisWatches(axis: Axis): Watch[] {
  const letter = axis.name.toUpperCase();
  return [
    {
      id: `${axis.name}-axis-load`,
      title: `${letter} axis load`,
      description: `The ${letter} drive needs much more than the usual force to move its axis.`,
      message: `AXIS LOAD WARNING ${letter}`,
      code: `41${AXIS_CODE[axis.name]}0`,
      severity: 400,
      category: "maintenance",
      signal: `${axis.name}-drag`,
      quantity: axis.drag,
      bounds: above(60, 10, 5),
      reaction: "none",
    },
    {
      id: `${axis.name}-excess-error`,
      title: `${letter} excess error`,
      description: `The ${letter} axis is not where its control wants it.`,
      message: `SERVO ALARM: EXCESS ERROR ${letter}`,
      code: `41${AXIS_CODE[axis.name]}1`,
      severity: 900,
      category: "safety",
      signal: `${axis.name}-error`,
      quantity: axis.error,
      bounds: above(500, 100, 0.1),
      reaction: "stop",
    },
  ];
}

const AXIS_CODE = { x: 1, y: 2, z: 3, a: 4, b: 5, c: 6 } as const;

function fluidWatches({ auxiliaries, model }: CncMachine): Watch[] {
  return [
    {
      id: "coolant-level-low",
      title: "Coolant level low",
      description: "The coolant tank is nearly empty.",
      message: "COOLANT LEVEL LOW",
      code: "5010",
      severity: 300,
      category: "maintenance",
      signal: "coolant-level",
      quantity: auxiliaries.coolantLevel.level,
      bounds: below(20, 5, 5),
      reaction: "none",
    },
    {
      id: "coolant-pressure-low",
      title: "Coolant pressure low",
      description: "The coolant pump does not reach its pressure: level or filter.",
      message: "COOLANT PRESSURE LOW",
      code: "5011",
      severity: 600,
      category: "process",
      signal: "coolant-pressure",
      quantity: auxiliaries.coolantPressure.measured,
      bounds: below(0.5 * model.coolant.pressure_bar, 0.1 * model.coolant.pressure_bar, 3),
      reaction: "feed-hold",
    },
    {
      id: "clamp-pressure-low",
      title: "Clamp pressure low",
      description: "The hydraulic clamping does not hold the part safely.",
      message: "CLAMP PRESSURE LOW",
      code: "5020",
      severity: 800,
      category: "safety",
      signal: "hydraulic-pressure",
      quantity: auxiliaries.hydraulicPressure.measured,
      bounds: below(45, 5, 1),
      reaction: "stop",
    },
    {
      id: "air-pressure-low",
      title: "Air pressure low",
      description: "The compressed air of the plant has dropped.",
      message: "AIR PRESSURE LOW",
      code: "5030",
      severity: 700,
      category: "system",
      signal: "air-pressure",
      quantity: auxiliaries.airPressure.measured,
      bounds: below(4.5, 0.5, 0.2),
      reaction: "feed-hold",
    },
    {
      id: "lubrication-fault",
      title: "Lubrication fault",
      description: "Strokes of the lubrication do not reach their pressure.",
      message: "LUBE PRESSURE FAULT",
      code: "5040",
      severity: 500,
      category: "maintenance",
      signal: "lubrication-pressure",
      quantity: auxiliaries.lubricationPressure.measured,
      bounds: below(12, 2, 20),
      reaction: "end-of-cycle",
    },
  ];
}

function peripheralWatches({ auxiliaries }: CncMachine): Watch[] {
  return [
    {
      id: "drives-undervoltage",
      title: "Drives undervoltage",
      description: "The supply of the drives breaks down: they switch off before they lose their axes.",
      message: "DRIVES: DC LINK UNDERVOLTAGE",
      code: "4001",
      severity: 900,
      category: "system",
      signal: "dc-link-voltage",
      quantity: auxiliaries.dcLink.measured,
      bounds: below(0.75 * DC_LINK_V, 0.1 * DC_LINK_V, 0.02),
      reaction: "stop",
    },
    {
      id: "conveyor-overload",
      title: "Chip conveyor overload",
      description: "The motor of the chip conveyor takes too much current.",
      message: "CONVEYOR OVERLOAD",
      code: "6010",
      severity: 400,
      category: "system",
      signal: "conveyor-current",
      quantity: auxiliaries.conveyorCurrent.measured,
      bounds: above(80, 10, 3),
      reaction: "end-of-cycle",
    },
    {
      id: "encoder-fault",
      title: "Encoder fault",
      description: "The signal of an axis encoder is too weak to be counted safely.",
      message: "ENCODER COMM. ERROR Z",
      code: "4190",
      severity: 900,
      category: "system",
      signal: "encoder-signal",
      quantity: auxiliaries.encoderSignal.measured,
      bounds: below(50, 10, 0.1),
      reaction: "stop",
    },
    {
      id: "part-not-seated",
      title: "Part not seated",
      description: "Air gauging finds a gap between the part and its seat.",
      message: "PROBE: PART NOT SEATED",
      code: "7010",
      severity: 400,
      category: "process",
      signal: "seat-gap",
      quantity: auxiliaries.seatGap.measured,
      bounds: above(80, 20, 0.2),
      reaction: "feed-hold",
    },
  ];
}
