import { sin } from "../../engine/math.ts";
import { CubicMotion, type Motion } from "../../signal/motion.ts";
import type { MotionBounds } from "../../signal/move-shape.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Derived } from "../../signal/trajectory.ts";
import { Influence } from "../influence.ts";
import type { UnitContext } from "../unit-context.ts";
import type { LinearAxisModel, RotaryAxisModel } from "./cnc-model.ts";

const GRAVITY_M_S2 = 9.81;
/** N mm/s in a kW. */
const MM_W_PER_KW = 1e6;
const RADIANS_PER_DEGREE = 3.141592653589793 / 180;

export const AXIS_NAMES = ["x", "y", "z", "a", "b", "c"] as const;
export type AxisName = (typeof AXIS_NAMES)[number];

/**
 * What moves an axis, in the axis's own unit u (mm or degree): loads are N for a linear axis and Nm for a rotary one.
 */
interface Drive {
  readonly unit: "mm" | "deg";
  readonly low: number;
  readonly high: number;
  readonly home: number;
  readonly rapid_min: number;
  readonly acceleration: number;
  readonly jerk: number;
  /** Load for an acceleration of 1 u/s². */
  readonly inertia: number;
  /** Load of the guides' friction, against the motion. */
  readonly friction: number;
  /** Load of the weight, along the axis. */
  readonly weight: number;
  readonly rated: number;
  /** kW for a load of 1 at 1 u/s. */
  readonly kw: number;
  /** Kv: u/s of velocity for a lag of 1 u. */
  readonly gain_1_s: number;
}

/** A feed axis. Positions in mm or degrees, loads in N or Nm. */
export class Axis {
  readonly name: AxisName;
  /** As commanded. */
  readonly position: Quantity<Motion>;
  /** Where the axis is: its drive lags behind by 1 / Kv, which at a steady velocity is a way of velocity / Kv. */
  readonly actual: Derived;
  /** Way to the end of the motion. */
  readonly remaining: Derived;
  /** Percent of the rated load. */
  readonly load: Derived;
  /** Estimated by the drive: load of the last moves beyond what a new axis takes, percent of the friction. */
  readonly drag: Quantity;
  /** Difference between encoder and command beyond the usual lag, as the control watches it; µm or 1/1000 degree. */
  readonly error: Quantity;
  /** Friction beyond that of new guides, as a share of it. */
  readonly wear = new Influence();
  /** See `error`. */
  readonly excess = new Influence();
  readonly drive: Drive;
  /** Mechanical power of the drive, kW; negative while it brakes or sinks. Drives share a link that hands it on. */
  readonly power: Derived;
  readonly #context: UnitContext;
  readonly #feedForce: Quantity;
  /** Against the motion, as it was when the motion or the cut began. */
  readonly #resistance: Quantity;
  /** Work against resistance until now, less what the present resistance would have taken since the motion began. */
  readonly #workBefore: Quantity;

  constructor(context: UnitContext, name: AxisName, model: LinearAxisModel | RotaryAxisModel) {
    this.name = name;
    this.#context = context;
    const drive = "mass_kg" in model ? linearDrive(model) : rotaryDrive(model);
    this.drive = drive;
    this.position = context.quantity<Motion>(`${name}-position`, CubicMotion.rest(drive.home));
    this.#feedForce = context.quantity(`${name}-feed-force`, 0);
    this.drag = context.quantity(`${name}-drag`, 0);
    this.error = context.quantity(`${name}-error`, 0);
    this.#resistance = context.quantity(`${name}-resistance`, drive.friction);
    this.#workBefore = context.quantity(`${name}-work`, 0);
    this.wear.onChange(() => this.drag.set(context.now_s, 100 * this.wear.value));
    this.excess.onChange(() => this.error.set(context.now_s, this.excess.value));
    const lag_s = 1 / drive.gain_1_s;
    this.actual = new Derived((time_s) => this.position.value(time_s - lag_s));
    this.remaining = new Derived((time_s) => {
      const motion = this.position.followed(time_s);
      return Math.abs(motion.value(motion.end_s) - motion.value(time_s));
    });
    this.load = new Derived((time_s) => (100 * Math.abs(this.#load(time_s))) / drive.rated);
    this.power = new Derived((time_s) => this.#power_kw(time_s));
  }

  /**
   * Starts a jerk-limited move at the current time. An axis that moves already takes the new velocity from there on,
   * or, when it is too late for that, keeps its motion.
   *
   * @param velocity_min  u/min
   * @returns how long it takes, in seconds
   */
  move(to: number, velocity_min: number): number {
    const now_s = this.#context.now_s;
    const present = this.position.followed(now_s);
    const from = present.value(now_s);
    const velocity = present.velocity(now_s);
    const bounds = this.bounds(velocity_min);
    const motion =
      velocity === 0
        ? CubicMotion.plan(now_s, from, to, bounds)
        : CubicMotion.replan(now_s, from, velocity, to, bounds);
    if (motion) this.follow(motion);
    else if (!(present instanceof CubicMotion)) return this.#endPass(from, velocity, to);
    return (motion ?? present).end_s - now_s;
  }

  /** Too late in a pass for another velocity: it comes to its end, but the passes after it do not begin. */
  #endPass(from: number, velocity: number, to: number): number {
    const now_s = this.#context.now_s;
    const distance = Math.abs(to - from);
    // No more than the braking that is under way: that has a limited jerk besides.
    const motion =
      distance < 1e-9
        ? CubicMotion.rest(to, now_s)
        : CubicMotion.stop(now_s, from, velocity, (velocity * velocity) / (2 * distance));
    this.follow(motion);
    return motion.end_s - now_s;
  }

  /** From now on the axis follows a motion. */
  follow(motion: Motion): void {
    const now_s = this.#context.now_s;
    const work = this.#work(now_s);
    this.position.anchor(now_s, motion);
    this.#account(work, 0);
  }

  /** Brakes from whatever it does, at its highest deceleration. @returns how long that takes, in seconds */
  stop(): number {
    const now_s = this.#context.now_s;
    const motion = CubicMotion.stop(
      now_s,
      this.position.value(now_s),
      this.velocity(now_s),
      this.drive.acceleration,
    );
    this.follow(motion);
    return motion.end_s - now_s;
  }

  /** What the axis may do at that path velocity in u/min; u and s. */
  bounds(velocity_min: number): MotionBounds {
    const { rapid_min, acceleration, jerk } = this.drive;
    return { velocity: Math.min(velocity_min, rapid_min) / 60, acceleration, jerk };
  }

  velocity(time_s: number): number {
    return this.position.followed(time_s).velocity(time_s);
  }

  /** Force of the cut along the axis, in N; 0 ends it. */
  setFeedForce(force_n: number): void {
    const now_s = this.#context.now_s;
    if (force_n === this.#feedForce.value(now_s)) return;
    const work = this.#work(now_s);
    this.#feedForce.set(now_s, force_n);
    this.#account(work, this.position.followed(now_s).path(now_s));
  }

  /**
   * Energy that the drive has taken since the start, kJ: kinetic and potential energy, which the state of the axis
   * tells, and the work against resistance on all its way.
   */
  total(time_s: number): number {
    const { inertia, weight, home, kw } = this.drive;
    const motion = this.position.followed(time_s);
    const velocity = motion.velocity(time_s);
    const kinetic = (inertia * velocity * velocity) / 2;
    return (kinetic + weight * (motion.value(time_s) - home) + this.#work(time_s)) * kw;
  }

  /** P = (m a + weight) v + resistance |v| */
  #power_kw(time_s: number): number {
    const { inertia, weight, kw } = this.drive;
    const motion = this.position.followed(time_s);
    const velocity = motion.velocity(time_s);
    const driving = inertia * motion.acceleration(time_s) + weight;
    return (driving * velocity + this.#resistance.value(time_s) * Math.abs(velocity)) * kw;
  }

  /** Work against resistance since the start, in the drive's load times its way. */
  #work(time_s: number): number {
    const way = this.position.followed(time_s).path(time_s);
    return this.#workBefore.value(time_s) + this.#resistance.value(time_s) * way;
  }

  /**
   * The motion or the cut is another from now on.
   *
   * @param work  until now
   * @param way   since the motion began
   */
  #account(work: number, way: number): void {
    const now_s = this.#context.now_s;
    const resistance = this.#opposing(now_s);
    if (resistance !== this.#resistance.value(now_s)) this.#resistance.set(now_s, resistance);
    this.#workBefore.set(now_s, work - resistance * way);
  }

  /** Friction of the guides and force of the cut, against the motion. */
  #opposing(time_s: number): number {
    const friction = this.drive.friction * (1 + this.drag.value(time_s) / 100);
    return friction + this.#feedForce.value(time_s);
  }

  /** Weight, inertia, friction and cut; positive along the axis. */
  #load(time_s: number): number {
    const motion = this.position.followed(time_s);
    const velocity = motion.velocity(time_s);
    const direction = velocity > 0 ? 1 : velocity < 0 ? -1 : 0;
    const { inertia, weight } = this.drive;
    return inertia * motion.acceleration(time_s) + direction * this.#opposing(time_s) + weight;
  }
}

function linearDrive(model: LinearAxisModel): Drive {
  const { mass_kg } = model;
  return {
    unit: "mm",
    low: model.low_mm,
    high: model.high_mm,
    home: model.home_mm,
    rapid_min: model.rapid_mm_min,
    acceleration: model.acceleration_m_s2 * 1000,
    jerk: model.jerk_m_s3 * 1000,
    inertia: mass_kg / 1000,
    friction: model.friction * mass_kg * GRAVITY_M_S2,
    weight: mass_kg * GRAVITY_M_S2 * sin(model.incline_deg * RADIANS_PER_DEGREE),
    rated: model.ratedForce_n,
    kw: 1 / MM_W_PER_KW,
    gain_1_s: (model.followingGain_m_min_mm * 1000) / 60,
  };
}

function rotaryDrive(model: RotaryAxisModel): Drive {
  return {
    unit: "deg",
    low: model.low_deg,
    high: model.high_deg,
    home: model.home_deg,
    rapid_min: model.rapid_deg_min,
    acceleration: model.acceleration_deg_s2,
    jerk: model.jerk_deg_s3,
    inertia: model.inertia_kg_m2 * RADIANS_PER_DEGREE,
    friction: model.frictionTorque_nm,
    weight: 0,
    rated: model.ratedTorque_nm,
    kw: RADIANS_PER_DEGREE / 1000,
    gain_1_s: model.followingGain_1_min / 60,
  };
}
