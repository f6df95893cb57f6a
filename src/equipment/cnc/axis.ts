import { CubicMotion, type Motion, type MotionBounds } from "../../signal/motion.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Constant, Derived, Scanned, type Anchored } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit-context.ts";
import type { AxisModel } from "./cnc-model.ts";

const GRAVITY_M_S2 = 9.81;
/** N mm/s in a kW. */
const MM_W_PER_KW = 1e6;

export type AxisName = "x" | "y" | "z";

/** A linear feed axis. Positions in mm, velocities in mm/s, forces in N. */
export class Axis {
  readonly name: AxisName;
  readonly position: Quantity<Motion>;
  /** Percent of the rated force. */
  readonly load: Derived;
  readonly #context: UnitContext;
  readonly #model: AxisModel;
  readonly #feedForce: Quantity;

  constructor(context: UnitContext, name: AxisName, model: AxisModel, start_mm: number) {
    this.name = name;
    this.#context = context;
    this.#model = model;
    this.position = context.quantity<Motion>(`${name}-position`, CubicMotion.rest(start_mm));
    this.#feedForce = context.quantity(`${name}-feed-force`, new Constant(0));
    this.load = new Derived((time_s) => (100 * Math.abs(this.#force(time_s))) / model.ratedForce_n);
  }

  /**
   * Starts a jerk-limited move at the current time.
   *
   * @returns how long it takes, in seconds
   */
  move(to_mm: number, velocity_mm_min: number): number {
    const now_s = this.#context.now_s;
    const motion = CubicMotion.plan(now_s, this.position.value(now_s), to_mm, this.bounds(velocity_mm_min));
    this.position.anchor(now_s, motion);
    return motion.end_s - now_s;
  }

  /** Brakes from whatever it does, at its highest deceleration. @returns how long that takes, in seconds */
  stop(): number {
    const now_s = this.#context.now_s;
    const deceleration = this.#model.acceleration_m_s2 * 1000;
    const motion = CubicMotion.stop(now_s, this.position.value(now_s), this.velocity(now_s), deceleration);
    this.position.anchor(now_s, motion);
    return motion.end_s - now_s;
  }

  /** What the axis may do at that path velocity; mm and s. */
  bounds(velocity_mm_min: number): MotionBounds {
    const { acceleration_m_s2, jerk_m_s3 } = this.#model;
    return {
      velocity: velocity_mm_min / 60,
      acceleration: acceleration_m_s2 * 1000,
      jerk: jerk_m_s3 * 1000,
    };
  }

  velocity(time_s: number): number {
    return this.position.at(time_s).velocity(time_s);
  }

  /** Force of the cut along the axis, in N; 0 ends it. */
  setFeedForce(force_n: number): void {
    this.#feedForce.jump(this.#context.now_s, new Constant(force_n));
  }

  /**
   * Mechanical power of the drive from now on, kW. Negative while it brakes or sinks: feed drives share a link
   * that hands the energy to the others.
   */
  power(): Anchored {
    return new AxisPower(this.position.at(this.#context.now_s), {
      mass_kg: this.#model.mass_kg,
      weight_n: this.#weight_n,
      resistance_n: this.#resistance_n(this.#context.now_s),
    });
  }

  get #weight_n(): number {
    return this.#model.vertical ? this.#model.mass_kg * GRAVITY_M_S2 : 0;
  }

  /** Friction of the guides and force of the cut, against the motion. */
  #resistance_n(time_s: number): number {
    return this.#model.friction * this.#model.mass_kg * GRAVITY_M_S2 + this.#feedForce.value(time_s);
  }

  /** Weight, inertia, friction and cut; positive along the axis. */
  #force(time_s: number): number {
    const motion = this.position.at(time_s);
    const velocity = motion.velocity(time_s);
    const direction = velocity > 0 ? 1 : velocity < 0 ? -1 : 0;
    const inertia_n = (this.#model.mass_kg * motion.acceleration(time_s)) / 1000;
    return inertia_n + direction * this.#resistance_n(time_s) + this.#weight_n;
  }
}

interface AxisForces {
  readonly mass_kg: number;
  readonly weight_n: number;
  readonly resistance_n: number;
}

/** P = (m a + weight) v + resistance |v|, kW; its integral is the change of energy, in closed form. */
class AxisPower extends Scanned {
  readonly parameters: readonly number[];
  readonly #motion: Motion;
  readonly #forces: AxisForces;

  constructor(motion: Motion, forces: AxisForces) {
    super();
    this.#motion = motion;
    this.#forces = forces;
    this.parameters = [forces.resistance_n];
  }

  value(time_s: number): number {
    const { mass_kg, weight_n, resistance_n } = this.#forces;
    const velocity = this.#motion.velocity(time_s);
    const inertia_n = (mass_kg * this.#motion.acceleration(time_s)) / 1000;
    return ((inertia_n + weight_n) * velocity + resistance_n * Math.abs(velocity)) / MM_W_PER_KW;
  }

  /** Kinetic and potential energy, and the work against resistance on the way, kJ. */
  integral(from_s: number, to_s: number): number {
    const { mass_kg, weight_n, resistance_n } = this.#forces;
    const [before, after] = [this.#motion.velocity(from_s), this.#motion.velocity(to_s)];
    const kinetic = (mass_kg * (after * after - before * before)) / 2000;
    const rise_mm = this.#motion.value(to_s) - this.#motion.value(from_s);
    const way_mm = this.#motion.path(to_s) - this.#motion.path(from_s);
    return (kinetic + weight_n * rise_mm + resistance_n * way_mm) / MM_W_PER_KW;
  }
}
