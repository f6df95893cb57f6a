import { CubicMotion } from "../../signal/motion.ts";
import { PassTrain, Staircase, Zigzag } from "../../signal/pass-train.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Constant, Derived, Linear, Sum } from "../../signal/trajectory.ts";
import { refuse, DONE, REFUSAL, type CommandOutcome } from "../command.ts";
import type { Condition } from "../condition.ts";
import type { JobMachine } from "../job-commands.ts";
import { JobList } from "../job-list.ts";
import type { Register } from "../register.ts";
import { EVENT_SEVERITY } from "../unit-events.ts";
import type { UnitContext } from "../unit-context.ts";
import { Axis, type AxisName } from "./axis.ts";
import type { CncModel } from "./cnc-model.ts";
import { spindleTemperatureHigh } from "./conditions.ts";
import { CncControl } from "./control.ts";
import type { Cut } from "./cutting.ts";
import type { Material, Operation, PartProgram } from "./part-program.ts";
import { PowerMeter } from "./power-meter.ts";
import { Spindle } from "./spindle.ts";

const HOURS_PER_SECOND = 1 / 3600;
/** Of its powered life in which a machine has worked, as assumed before the scenario begins. */
const OPERATION_SHARE = 0.55;
/** Hours that a machine has been powered before the scenario begins. */
const AGE_MIN_H = 1500;
const AGE_MAX_H = 18_000;

/** What a machine makes: the program and the material that it names. */
export interface Workpiece {
  readonly program: PartProgram;
  readonly material: Material;
}

/**
 * A 3-axis machining centre: its drives, states and counters, and what they can do. Axis positions are machine
 * coordinates in mm: X and Y from 0 up, Z from 0 (top, tool-change height) down.
 */
export class CncMachine implements JobMachine {
  readonly context: UnitContext;
  readonly model: CncModel;
  readonly control: CncControl;
  readonly jobs: JobList;
  readonly spindle: Spindle;
  readonly axes: { readonly x: Axis; readonly y: Axis; readonly z: Axis };
  readonly meter: PowerMeter;
  /** As displayed: empty while the changer is at work. */
  readonly toolNumber: Register<string>;
  /** Name of the selected part program. */
  readonly program: Register<string>;
  readonly partsProduced: Register<number>;
  readonly partsScrapped: Register<number>;
  readonly feedOverride: Quantity;
  readonly rapidOverride: Quantity;
  readonly spindleOverride: Quantity;
  /** Hours. */
  readonly powerOnTime: Quantity;
  /** Hours in which a program was worked off. */
  readonly operationTime: Quantity;
  readonly spindleTemperatureHigh: Condition;
  /** Drives, hydraulics, fans, and coolant when it is on; kW. */
  readonly #basePower: Quantity;
  readonly #axisPower: Quantity;
  /** By program name, the selected one first. */
  readonly #memory: ReadonlyMap<string, Workpiece>;
  #workpiece: Workpiece;
  /** Made when no job order is due. */
  #standing: Workpiece;

  /** @param workpieces  in the control's memory, the first is selected; at least one */
  constructor(context: UnitContext, model: CncModel, workpieces: readonly Workpiece[]) {
    this.context = context;
    this.model = model;
    this.#memory = new Map(workpieces.map((workpiece) => [workpiece.program.name, workpiece]));
    this.#workpiece = this.#standing = workpieces[0]!;
    this.control = new CncControl(context);
    this.jobs = new JobList(context);
    this.spindle = new Spindle(context, model.spindle, model.ambient_c);
    this.axes = {
      x: new Axis(context, "x", model.axes.x, model.axes.x.travel_mm / 2),
      y: new Axis(context, "y", model.axes.y, model.axes.y.travel_mm / 2),
      z: new Axis(context, "z", model.axes.z, 0),
    };
    this.toolNumber = context.register<string>("tool-number", "");
    this.program = context.register<string>("program", this.#standing.program.name);
    this.partsProduced = context.register<number>("parts-produced", 0);
    this.partsScrapped = context.register<number>("parts-scrapped", 0);
    context.events.circumstances = () => ({
      program: this.program.value,
      job: this.jobs.active.value,
      "parts-produced": this.partsProduced.value,
      "parts-scrapped": this.partsScrapped.value,
    });
    this.feedOverride = context.quantity("feed-override", new Constant(100));
    this.rapidOverride = context.quantity("rapid-override", new Constant(100));
    this.spindleOverride = context.quantity("spindle-override", new Constant(100));
    const age_h = AGE_MIN_H + (AGE_MAX_H - AGE_MIN_H) * context.key.child("age").uniform(0);
    this.powerOnTime = context.quantity("power-on-time", new Linear(0, age_h, HOURS_PER_SECOND));
    this.operationTime = context.quantity("operation-time", new Constant(OPERATION_SHARE * age_h));
    this.control.itemState.onChange((state) => this.#countOperation(state === "Executing"));
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

  /** What is in work, or was last. */
  get workpiece(): Workpiece {
    return this.#workpiece;
  }

  /** Names of the programs in memory. */
  get programs(): readonly string[] {
    return [...this.#memory.keys()];
  }

  /** Chooses what is made when no job order is due; a program that runs comes to its end first. */
  selectProgram(name: string): CommandOutcome {
    const chosen = this.#memory.get(name);
    if (!chosen)
      return refuse(REFUSAL.notFound, `there is no program "${name}"; one of ${this.programs.join(", ")}`);
    this.#standing = chosen;
    if (!this.control.running && !this.jobs.running) this.program.set(name);
    return DONE;
  }

  /** What the next part is of: the job order that is due, else the selected program. */
  selectWork(): void {
    const job = this.jobs.take();
    this.#workpiece = job ? this.#memory.get(job.program)! : this.#standing;
    this.program.set(this.#workpiece.program.name);
  }

  /** The program came to its end: a part is made. */
  finishPart(): void {
    this.partsProduced.set(this.partsProduced.value + 1);
    this.jobs.count(true);
    this.context.events.emit(() => ({
      kind: "production",
      source: "parts-produced",
      message: `part ${this.partsProduced.value} of ${this.program.value} finished`,
      severity: EVENT_SEVERITY.routine,
      fields: { quality: "good", ...this.context.events.circumstances() },
    }));
  }

  hold(): CommandOutcome {
    const outcome = this.control.hold();
    if (outcome.done) this.jobs.interrupt(true);
    return outcome;
  }

  start(): CommandOutcome {
    const outcome = this.control.start();
    if (outcome.done) this.jobs.interrupt(false);
    return outcome;
  }

  stop(): CommandOutcome {
    return this.#endProgram(() => this.control.stop());
  }

  reset(): CommandOutcome {
    return this.#endProgram(() => this.control.reset());
  }

  /** A program that does not come to its end leaves scrap; between two parts there is none. The order ends. */
  #endProgram(press: () => CommandOutcome): CommandOutcome {
    const { running } = this.control;
    const outcome = press();
    if (!outcome.done) return outcome;
    if (running) {
      this.partsScrapped.set(this.partsScrapped.value + 1);
      this.jobs.count(false);
    }
    this.jobs.abort();
    return outcome;
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
    this.#takePower();
    return longest_s;
  }

  /**
   * Starts the passes of an operation, back and forth along X with steps over along Y. They are known as a whole
   * now: an override that is set meanwhile takes effect with the next operation.
   *
   * @param load   of the tool in the cut
   * @param first  the pass to begin with, where the tool is
   */
  mill(operation: Operation, load: Cut, first: number): PassTrain {
    const { feed_mm_min, length_mm, width_mm, passes } = operation;
    const now_s = this.context.now_s;
    const { x, y } = this.axes;
    const feed = Math.min(
      (feed_mm_min * this.feedOverride.value(now_s)) / 100,
      this.model.axes.x.rapid_mm_min,
    );
    const [along, across] = [x.bounds(feed), y.bounds(feed)];
    const forth = first % 2 === 0 ? 1 : -1;
    const [fromX, fromY] = [x.position.value(now_s), y.position.value(now_s)];
    const pass_s = CubicMotion.plan(0, 0, length_mm, along).end_s;
    const step_s = CubicMotion.plan(0, 0, width_mm, across).end_s;
    const train = new PassTrain(now_s, passes - first, pass_s, step_s);
    x.position.anchor(now_s, new Zigzag(train, fromX, fromX + forth * length_mm, along));
    y.position.anchor(now_s, new Staircase(train, fromY, width_mm, across));
    x.setFeedForce(load.feedForce_n);
    this.spindle.cut(train, load.power_kw);
    this.#takePower();
    return train;
  }

  /** After a hold within a pass: the rest of it, in the cut. @returns how long that takes, in seconds */
  finishPass({ at, length_mm, width_mm, feed_mm_min }: Operation, load: Cut, pass: number): number {
    const end = { x: at[0] + (pass % 2 === 0 ? length_mm : 0), y: at[1] + pass * width_mm };
    this.axes.x.setFeedForce(load.feedForce_n);
    const rest_s = this.move(end, feed_mm_min);
    this.spindle.cut(new PassTrain(this.context.now_s, 1, rest_s, 0), load.power_kw);
    return rest_s;
  }

  /** After a hold: over to where a pass begins. @returns how long that takes, in seconds */
  stepTo({ at, length_mm, width_mm, feed_mm_min }: Operation, pass: number): number {
    this.release();
    return this.move(
      { x: at[0] + (pass % 2 === 0 ? 0 : length_mm), y: at[1] + pass * width_mm },
      feed_mm_min,
    );
  }

  /** Feed hold: all axes come to rest as fast as they can. @returns how long that takes, in seconds */
  halt(): number {
    const { x, y, z } = this.axes;
    const longest_s = Math.max(x.stop(), y.stop(), z.stop());
    this.release();
    this.#takePower();
    return longest_s;
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

  #countOperation(executing: boolean): void {
    const now_s = this.context.now_s;
    const sofar_h = this.operationTime.value(now_s);
    const counted = executing ? new Linear(now_s, sofar_h, HOURS_PER_SECOND) : new Constant(sofar_h);
    this.operationTime.anchor(now_s, counted);
  }

  #takePower(): void {
    const { x, y, z } = this.axes;
    this.#axisPower.jump(this.context.now_s, new Sum([x.power(), y.power(), z.power()]));
  }

  /** Velocity along the path, mm/min. */
  readonly pathVelocity = new Derived((time_s) => {
    const { x, y, z } = this.axes;
    const square = (axis: Axis): number => axis.velocity(time_s) * axis.velocity(time_s);
    return 60 * Math.sqrt(square(x) + square(y) + square(z));
  });
}
