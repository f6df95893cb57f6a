import { PassTrain, Staircase, Zigzag } from "../../signal/pass-train.ts";
import { durationOf, planMove } from "../../signal/move-shape.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Derived, Sum } from "../../signal/trajectory.ts";
import { Influence } from "../influence.ts";
import type { Register } from "../register.ts";
import type { UnitContext } from "../unit-context.ts";
import type { Auxiliaries } from "./auxiliaries.ts";
import { Axis, AXIS_NAMES, type AxisName } from "./axis.ts";
import type { CncModel } from "./cnc-model.ts";
import { fillMagazine, turningSpeed_rpm } from "./magazine.ts";
import { Overrides } from "./overrides.ts";
import {
  beginOf,
  millingFrame,
  type MillingOperation,
  type Operation,
  type TurningOperation,
  type Workpiece,
} from "./part-program.ts";
import { PlannedCuts } from "./planned-cuts.ts";
import { Spindle } from "./spindle.ts";
import type { Tool } from "./tool.ts";
import { forceFactor } from "./tool-wear.ts";
import { UseCounter } from "./use-counter.ts";

/** Vibration of a cut at continuous power, mm/s; a worn edge makes it up to 2.5 times as much. Assumed. */
const CHATTER_MM_S = 1.6;
const CHATTER_PER_MM = 5;
/** How much faster tools wear without coolant. */
const DRY_WEAR = 1.5;
/** Cutting force of a tool that jams before it breaks, and of what is left of it, relative to a whole one. */
const JAM_FACTOR = 3;
const AIR_FACTOR = 0.15;

/** A cut that is under way. */
interface ActiveCut {
  readonly spindle: Spindle;
  readonly train: PassTrain;
  readonly power_kw: number;
  readonly chatter_mm_s: number;
}

/** Spindles, axes and tools at work together: motion along paths, and the load of what is cut on the way. */
export class Machining {
  readonly spindle: Spindle;
  /** Of the milling head, where there is one. */
  readonly toolSpindle: Spindle | undefined;
  readonly spindles: readonly Spindle[];
  readonly axes: readonly Axis[];
  readonly overrides: Overrides;
  /** By number. */
  readonly magazine: ReadonlyMap<number, Tool>;
  /** As displayed: empty while the changer is at work. */
  readonly toolNumber: Register<string>;
  /** Hours in the cut, axes and spindle at work together. */
  readonly cuttingTime: UseCounter;
  /** Feed as programmed and overridden, mm/min. */
  readonly feedCommand: Quantity;
  /** Cutting force of the tool in the cut relative to a sharp one, percent; 100 outside of a cut. */
  readonly toolLoad: Quantity;
  /** How much of its planned life the tool in the spindle has used up, percent. */
  readonly toolLifeUsed: Quantity;
  /** Seconds that the tool change has taken that is under way, or was last. */
  readonly changerTime: Quantity;
  /** Seconds that the changer needs beyond its usual time. */
  readonly changerDelay = new Influence();
  /** Mechanical power of all feed drives, kW. */
  readonly axisPower: Sum;
  /** Velocity along the path, mm/min. */
  readonly pathVelocity: Derived;
  /** What is in work. */
  workpiece: Workpiece;
  readonly #context: UnitContext;
  readonly #model: CncModel;
  readonly #auxiliaries: Auxiliaries;
  readonly #onOverride: () => void;
  #cut: ActiveCut | undefined;
  /** A tool that has broken and was not replaced yet. */
  #broken: Tool | undefined;
  readonly #cuts: PlannedCuts;
  /** What spindles were told last, before overrides. */
  readonly #programmed = new Map<Spindle, number>();

  /**
   * @param workpieces  whose tools are in the magazine; the first is in work
   * @param cutting_h   hours in the cut so far
   * @param onOverride  told when an override was turned
   */
  constructor(
    context: UnitContext,
    model: CncModel,
    workpieces: readonly Workpiece[],
    auxiliaries: Auxiliaries,
    cutting_h: number,
    onOverride: () => void,
  ) {
    this.#context = context;
    this.#model = model;
    this.#auxiliaries = auxiliaries;
    this.#onOverride = onOverride;
    this.workpiece = workpieces[0]!;
    this.spindle = new Spindle(context, "spindle", model.spindle, model.ambient_c);
    this.toolSpindle =
      model.toolSpindle && new Spindle(context, "tool-spindle", model.toolSpindle, model.ambient_c);
    this.spindles = this.toolSpindle ? [this.spindle, this.toolSpindle] : [this.spindle];
    this.axes = AXIS_NAMES.flatMap((name) => {
      const axis = model.axes[name];
      return axis ? [new Axis(context, name, axis)] : [];
    });
    this.overrides = new Overrides(context, () => this.#override());
    this.#cuts = new PlannedCuts(model, this.overrides);
    this.magazine = fillMagazine(context, model, workpieces);
    this.toolNumber = context.register<string>("tool-number", "");
    this.cuttingTime = new UseCounter(context, "cutting-time", cutting_h);
    this.feedCommand = context.quantity("feed-command", 0);
    this.toolLoad = context.quantity("tool-load", 100);
    this.toolLifeUsed = context.quantity("tool-life-used", 0);
    this.changerTime = context.quantity("changer-time", model.toolChange.chipToChip_s);
    this.axisPower = new Sum(this.axes.map(({ power }) => power));
    const linear = this.axes.filter((axis) => axis.drive.unit === "mm");
    this.pathVelocity = new Derived((time_s) => {
      let sum = 0;
      for (const axis of linear) {
        const velocity = axis.velocity(time_s);
        sum += velocity * velocity;
      }
      return 60 * Math.sqrt(sum);
    });
  }

  /** What the spindles take from the supply, kW. */
  get spindlePowers(): readonly Quantity[] {
    return this.spindles.flatMap((it) => [it.idlePower, it.accelerationPower, it.cuttingPower]);
  }

  /** The tool in the spindle. */
  get tool(): Tool | undefined {
    return this.magazine.get(Number(this.toolNumber.value));
  }

  /** A tool is in the cut. */
  get cutting(): boolean {
    return this.#cut !== undefined;
  }

  axis(name: AxisName): Axis {
    return this.axes.find((axis) => axis.name === name)!;
  }

  /** The spindle that an operation's speed is for. */
  spindleOf(operation: Operation): Spindle {
    return operation.process === "mill" ? (this.toolSpindle ?? this.spindle) : this.spindle;
  }

  /** Speed that a pass wants, without the override. */
  speedOf(operation: Operation, pass: number): number {
    if (operation.process === "mill") return operation.spindle_rpm;
    return turningSpeed_rpm(operation, pass, this.#model.spindle.speedMax_rpm);
  }

  /** Commands a spindle speed, as the override scales it. @returns how long it takes, in seconds */
  turn(speed_rpm: number, spindle: Spindle = this.spindle): number {
    this.#programmed.set(spindle, speed_rpm);
    const scaled_rpm = speed_rpm * this.overrides.share("spindle");
    return spindle.setSpeed(Math.min(scaled_rpm, spindle.model.speedMax_rpm));
  }

  /** All spindles come to rest. @returns how long that takes, in seconds */
  brake(): number {
    let longest_s = 0;
    for (const spindle of this.spindles) longest_s = Math.max(longest_s, this.turn(0, spindle));
    return longest_s;
  }

  /**
   * Starts all axes that are named at once; the path is over when the slowest is there.
   *
   * @param feed_mm_min  programmed feed, as the override scales it; without it, rapid traverse
   * @returns how long that takes, in seconds
   */
  move(target: { readonly [axis in AxisName]?: number | undefined }, feed_mm_min?: number): number {
    let longest_s = 0;
    this.#commandFeed(feed_mm_min);
    const share = this.overrides.share(feed_mm_min === undefined ? "rapid" : "feed");
    for (const axis of this.axes) {
      const to = target[axis.name];
      if (to === undefined) continue;
      const velocity_min = (feed_mm_min ?? axis.drive.rapid_min) * share;
      longest_s = Math.max(longest_s, axis.move(to, velocity_min));
    }
    return longest_s;
  }

  /** Out of the part, to where tools are changed. @returns how long that takes, in seconds */
  retract(): number {
    const { retract } = this.#model;
    return this.move({ [retract]: this.axis(retract).drive.home });
  }

  /**
   * Starts the passes of a milling operation, back and forth with steps over. They are known as a whole until an
   * override is turned or somebody holds the machine.
   *
   * @param first  the pass to begin with, where the tool is
   */
  mill(operation: MillingOperation, first: number): PassTrain {
    const { feed_mm_min, length_mm, width_mm, passes } = operation;
    const now_s = this.#context.now_s;
    const [alongName, acrossName] = millingFrame(this.#model);
    const along = this.axis(alongName);
    const across = this.axis(acrossName);
    const feed = feed_mm_min * this.overrides.share("feed");
    this.#commandFeed(feed_mm_min);
    const alongBounds = along.bounds(feed);
    const acrossBounds = across.bounds(feed);
    const forth = first % 2 === 0 ? 1 : -1;
    const from = along.position.value(now_s);
    const fromAcross = across.position.value(now_s);
    const pass_s = durationOf(planMove(length_mm, alongBounds));
    const step_s = durationOf(planMove(width_mm, acrossBounds));
    const train = new PassTrain(now_s, passes - first, pass_s, step_s);
    along.follow(new Zigzag(train, from, from + forth * length_mm, alongBounds));
    across.follow(new Staircase(train, fromAcross, width_mm, acrossBounds));
    this.#engage(operation, train, 0);
    return train;
  }

  /** Where a pass of a milling operation begins or ends, and at what depth. */
  milledPlace(operation: MillingOperation, pass: number, end: boolean): Partial<Record<AxisName, number>> {
    const [along, across] = millingFrame(this.#model);
    const begin = beginOf(operation);
    const far = (pass % 2 === 0) === end;
    return {
      [along]: begin[along] + (far ? operation.length_mm : 0),
      [across]: begin[across] + pass * operation.width_mm,
    };
  }

  /** Rest of a pass, in the cut. @returns how long that takes, in seconds */
  cutTo(operation: Operation, pass: number, target: Partial<Record<AxisName, number>>): number {
    const feed_mm_min =
      operation.process === "mill" ? operation.feed_mm_min : this.#turningFeed(operation, pass);
    const rest_s = this.move(target, feed_mm_min);
    // A pass that an override reaches at its very end is over.
    if (rest_s > 0) this.#engage(operation, new PassTrain(this.#context.now_s, 1, rest_s, 0), pass);
    return rest_s;
  }

  /** A feed a revolution (G95) follows the spindle, its override included. */
  #turningFeed(operation: TurningOperation, pass: number): number {
    const speed_rpm = this.speedOf(operation, pass) * this.overrides.share("spindle");
    return operation.feed_mm_rev * Math.min(speed_rpm, this.#model.spindle.speedMax_rpm);
  }

  /** Puts a cut's load on spindle and axes, and wears its tool. */
  #engage(operation: Operation, train: PassTrain, pass: number): void {
    const { load, life_min } = this.#cuts.of(this.workpiece, operation, pass);
    const tool = this.magazine.get(operation.tool)!;
    const now_s = this.#context.now_s;
    const wear_mm = tool.wear.value(now_s);
    const force = forceFactor(wear_mm);
    const power_kw = load.power_kw * force;
    const relative = power_kw / this.spindleOf(operation).model.powerContinuous_kw;
    const chatter_mm_s = CHATTER_MM_S * relative * (1 + CHATTER_PER_MM * wear_mm);
    this.#cut = { spindle: this.spindleOf(operation), train, power_kw, chatter_mm_s };
    this.#cut.spindle.cut(train, power_kw, chatter_mm_s);
    const feedAxis = operation.process === "mill" ? millingFrame(this.#model)[0] : "z";
    this.axis(feedAxis).setFeedForce(load.feedForce_n * force);
    const dry =
      this.#auxiliaries.coolantPressure.measured.value(now_s) < 0.6 * this.#model.coolant.pressure_bar;
    tool.work(train, life_min / (dry ? DRY_WEAR : 1));
    this.toolLoad.set(now_s, 100 * force);
    const used = (100 * tool.minutes.value(now_s)) / tool.limit_min;
    this.toolLifeUsed.set(now_s, used);
    this.cuttingTime.count((train.passes * train.pass_s) / (train.end_s - train.start_s));
  }

  /** The tool in the cut breaks: it jams, then cuts air. Those after it find what it has left. */
  breakTool(jam: boolean): void {
    const { tool } = this;
    if (!this.#cut || !tool) return;
    const { spindle, train, power_kw } = this.#cut;
    const factor = jam ? JAM_FACTOR : AIR_FACTOR;
    spindle.cut(train, factor * power_kw, this.#cut.chatter_mm_s * factor);
    this.toolLoad.set(this.#context.now_s, 100 * factor);
    tool.locked.set(true);
    this.#broken = tool;
  }

  /** A tool has a new edge; what was measured of a broken one is forgotten. */
  sharpened(tool: Tool): void {
    if (this.#broken !== tool) return;
    this.#broken = undefined;
    this.toolLoad.set(this.#context.now_s, 100);
  }

  /** All axes come to rest as fast as they can. @returns how long that takes, in seconds */
  halt(): number {
    const longest_s = Math.max(...this.axes.map((axis) => axis.stop()));
    this.release();
    return longest_s;
  }

  /** Takes the load of the cut off spindles and axes. */
  release(): void {
    if (!this.#cut) return;
    const now_s = this.#context.now_s;
    this.#cut.spindle.release();
    this.#cut = undefined;
    for (const axis of this.axes) axis.setFeedForce(0);
    this.tool?.rest();
    if (!this.#broken) this.toolLoad.set(now_s, 100);
    this.cuttingTime.count(0);
  }

  /** Somebody has brought the changer's arm home. */
  homeChanger(): void {
    this.changerTime.set(this.#context.now_s, this.#model.toolChange.chipToChip_s);
  }

  /** After a move: the drives hold, and take no mechanical power. */
  rest(): void {
    this.#commandFeed(0);
  }

  #override(): void {
    for (const [spindle, speed_rpm] of this.#programmed) this.turn(speed_rpm, spindle);
    this.#onOverride();
  }

  #commandFeed(feed_mm_min: number | undefined): void {
    const commanded =
      feed_mm_min === undefined
        ? this.#model.axes.x.rapid_mm_min * this.overrides.share("rapid")
        : feed_mm_min * this.overrides.share("feed");
    const now_s = this.#context.now_s;
    if (this.feedCommand.value(now_s) !== commanded) this.feedCommand.set(now_s, commanded);
  }
}
