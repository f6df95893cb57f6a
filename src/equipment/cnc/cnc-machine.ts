import { CubicMotion } from "../../signal/motion.ts";
import { PassTrain, Staircase, Zigzag } from "../../signal/pass-train.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Constant, Derived, Linear, Sum } from "../../signal/trajectory.ts";
import type { Condition } from "../condition.ts";
import type { Register } from "../register.ts";
import { StateMachine } from "../state-machine.ts";
import type { UnitContext } from "../unit-context.ts";
import { Axis, type AxisName } from "./axis.ts";
import type { CncModel } from "./cnc-model.ts";
import { spindleTemperatureHigh } from "./conditions.ts";
import type { Cut } from "./cutting.ts";
import type { Material, Operation, PartProgram } from "./part-program.ts";
import { PowerMeter } from "./power-meter.ts";
import { Spindle } from "./spindle.ts";

/** What the machine does just now. */
export type MachineState = "Ready" | "Loading" | "ToolChange" | "Rapid" | "Cutting" | "Unloading";

/** OPC 40501-1 ProductionProgramStateMachineType. */
export type ProgramState = "Initializing" | "Running" | "Interrupted" | "Ended" | "Aborted";

const ANY: readonly MachineState[] = ["Ready", "Loading", "ToolChange", "Rapid", "Cutting", "Unloading"];

/** Hours that a machine has been powered before the scenario begins. */
const AGE_MIN_H = 1500;
const AGE_MAX_H = 18_000;

/** What a machine makes: the program and the material that it names. */
export interface Workpiece {
  readonly program: PartProgram;
  readonly material: Material;
}

/**
 * A 3-axis machining centre: its drives, states and counters, and what they can do. Axis positions are machine coordinates in mm: X and Y from 0 up, Z from 0 (top,
 * tool-change height) down.
 */
export class CncMachine {
  readonly context: UnitContext;
  readonly model: CncModel;
  readonly workpiece: Workpiece;
  readonly spindle: Spindle;
  readonly axes: { readonly x: Axis; readonly y: Axis; readonly z: Axis };
  readonly meter: PowerMeter;
  readonly machineState: StateMachine<MachineState>;
  readonly itemState: StateMachine<"Executing" | "NotExecuting">;
  readonly channelState: StateMachine<"Active" | "Reset">;
  readonly programState: StateMachine<ProgramState>;
  /** As displayed: empty while the changer is at work. */
  readonly toolNumber: Register<string>;
  readonly partsProduced: Register<number>;
  readonly feedOverride: Quantity;
  readonly rapidOverride: Quantity;
  readonly spindleOverride: Quantity;
  /** Hours. */
  readonly powerOnTime: Quantity;
  readonly spindleTemperatureHigh: Condition;
  /** Drives, hydraulics, fans, and coolant when it is on; kW. */
  readonly #basePower: Quantity;
  readonly #axisPower: Quantity;

  constructor(context: UnitContext, model: CncModel, workpiece: Workpiece) {
    this.context = context;
    this.model = model;
    this.workpiece = workpiece;
    this.spindle = new Spindle(context, model.spindle, model.ambient_c);
    this.axes = {
      x: new Axis(context, "x", model.axes.x, model.axes.x.travel_mm / 2),
      y: new Axis(context, "y", model.axes.y, model.axes.y.travel_mm / 2),
      z: new Axis(context, "z", model.axes.z, 0),
    };
    this.machineState = new StateMachine<MachineState>(context, "machine-state", "Ready", {
      Ready: ["Loading", "ToolChange", "Rapid"],
      Loading: ["Ready", "ToolChange", "Rapid"],
      ToolChange: ANY,
      Rapid: ANY,
      Cutting: ANY,
      Unloading: ["Loading", "Ready"],
    });
    this.itemState = new StateMachine(context, "item-state", "NotExecuting", {
      NotExecuting: ["Executing"],
      Executing: ["NotExecuting"],
    });
    this.channelState = new StateMachine(context, "channel-state", "Reset", {
      Reset: ["Active"],
      Active: ["Reset"],
    });
    this.programState = new StateMachine<ProgramState>(context, "program-state", "Initializing", {
      Initializing: ["Running", "Aborted"],
      Running: ["Interrupted", "Ended", "Aborted"],
      Interrupted: ["Running", "Aborted"],
      Ended: ["Initializing"],
      Aborted: ["Initializing"],
    });
    this.toolNumber = context.register<string>("tool-number", "");
    this.partsProduced = context.register<number>("parts-produced", 0);
    this.feedOverride = context.quantity("feed-override", new Constant(100));
    this.rapidOverride = context.quantity("rapid-override", new Constant(100));
    this.spindleOverride = context.quantity("spindle-override", new Constant(100));
    const age_h = AGE_MIN_H + (AGE_MAX_H - AGE_MIN_H) * context.key.child("age").uniform(0);
    this.powerOnTime = context.quantity("power-on-time", new Linear(0, age_h, 1 / 3600));
    this.#basePower = context.quantity(
      "base-power",
      new Constant(model.power.ready_kw + model.power.auxiliaries_kw),
    );
    this.#axisPower = context.quantity("axis-power", new Constant(0));
    this.meter = new PowerMeter(context, [
      this.#basePower,
      this.#axisPower,
      this.spindle.idlePower,
      this.spindle.accelerationPower,
      this.spindle.cuttingPower,
    ]);
    this.spindleTemperatureHigh = spindleTemperatureHigh(
      context,
      this.spindle,
      model.spindle.temperatureLimit_c,
    );
  }

  setCoolant(on: boolean): void {
    const { ready_kw, auxiliaries_kw, coolant_kw } = this.model.power;
    this.#basePower.jump(this.context.now_s, new Constant(ready_kw + auxiliaries_kw + (on ? coolant_kw : 0)));
  }

  /** Commands a spindle speed, as the override scales it. @returns how long it takes, in seconds */
  turn(speed_rpm: number): number {
    const scaled_rpm = (speed_rpm * this.spindleOverride.value(this.context.now_s)) / 100;
    return this.spindle.setSpeed(Math.min(scaled_rpm, this.model.spindle.speedMax_rpm));
  }

  /**
   * Starts all axes that are named at once; the path is over when the slowest is there.
   *
   * @param feed_mm_min  programmed feed, as the override scales it; without it, rapid traverse
   * @returns how long that takes, in seconds
   */
  move(target: { readonly [axis in AxisName]?: number }, feed_mm_min?: number): number {
    const now_s = this.context.now_s;
    let longest_s = 0;
    for (const name of ["x", "y", "z"] as const) {
      const to_mm = target[name];
      if (to_mm === undefined) continue;
      const { rapid_mm_min } = this.model.axes[name];
      const velocity_mm_min =
        feed_mm_min === undefined
          ? (rapid_mm_min * this.rapidOverride.value(now_s)) / 100
          : Math.min((feed_mm_min * this.feedOverride.value(now_s)) / 100, rapid_mm_min);
      longest_s = Math.max(longest_s, this.axes[name].move(to_mm, velocity_mm_min));
    }
    const { x, y, z } = this.axes;
    this.#axisPower.jump(now_s, new Sum([x.power(), y.power(), z.power()]));
    return longest_s;
  }

  /**
   * Starts all passes of an operation, back and forth along X with steps over along Y. They are known as a whole
   * now: an override that is set meanwhile takes effect with the next operation.
   *
   * @param load  of the tool in the cut
   * @returns how long they take, in seconds
   */
  mill({ feed_mm_min, length_mm, width_mm, passes }: Operation, load: Cut): number {
    const now_s = this.context.now_s;
    const { x, y, z } = this.axes;
    const feed = Math.min(
      (feed_mm_min * this.feedOverride.value(now_s)) / 100,
      this.model.axes.x.rapid_mm_min,
    );
    const [along, across] = [x.bounds(feed), y.bounds(feed)];
    const [fromX, fromY] = [x.position.value(now_s), y.position.value(now_s)];
    const pass_s = CubicMotion.plan(0, 0, length_mm, along).end_s;
    const step_s = CubicMotion.plan(0, 0, width_mm, across).end_s;
    const train = new PassTrain(now_s, passes, pass_s, step_s);
    x.position.anchor(now_s, new Zigzag(train, fromX, fromX + length_mm, along));
    y.position.anchor(now_s, new Staircase(train, fromY, width_mm, across));
    x.setFeedForce(load.feedForce_n);
    this.spindle.cut(train, load.power_kw);
    this.#axisPower.jump(now_s, new Sum([x.power(), y.power(), z.power()]));
    return train.end_s - now_s;
  }

  /** Takes the load of the cut off spindle and axis. */
  release(): void {
    this.spindle.release();
    this.axes.x.setFeedForce(0);
  }

  /** After a move: the drives hold, and take no mechanical power. */
  rest(): void {
    this.#axisPower.jump(this.context.now_s, new Constant(0));
  }

  /** Velocity along the path, mm/min. */
  readonly pathVelocity = new Derived((time_s) => {
    const { x, y, z } = this.axes;
    const square = (axis: Axis): number => axis.velocity(time_s) * axis.velocity(time_s);
    return 60 * Math.sqrt(square(x) + square(y) + square(z));
  });
}
