import { CubicMotion } from "../../signal/motion.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Constant, Derived } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit.ts";
import type { AxisModel } from "./cnc-model.ts";

const GRAVITY_M_S2 = 9.81;

export type AxisName = "x" | "y" | "z";

/** A linear feed axis. Positions in mm, velocities in mm/s, forces in N. */
export class Axis {
  readonly name: AxisName;
  readonly position: Quantity;
  readonly velocity: Quantity;
  /** Percent of the rated force. */
  readonly load: Derived;
  /** Mechanical power of the drive, kW; braking counts as nothing. */
  readonly power: Derived;
  readonly #context: UnitContext;
  readonly #model: AxisModel;
  readonly #acceleration: Quantity;
  readonly #feedForce: Quantity;

  constructor(context: UnitContext, name: AxisName, model: AxisModel, start_mm: number) {
    this.name = name;
    this.#context = context;
    this.#model = model;
    this.position = context.quantity(`${name}-position`, new Constant(start_mm));
    this.velocity = context.quantity(`${name}-velocity`, new Constant(0));
    this.#acceleration = context.quantity(`${name}-acceleration`, new Constant(0));
    this.#feedForce = context.quantity(`${name}-feed-force`, new Constant(0));
    this.load = new Derived((time_s) => (100 * Math.abs(this.#force(time_s))) / model.ratedForce_n);
    this.power = new Derived(
      (time_s) => Math.max(0, this.#force(time_s) * this.velocity.value(time_s)) / 1e6,
    );
  }

  /**
   * Starts a jerk-limited move at the current time.
   *
   * @returns how long it takes, in seconds
   */
  move(to_mm: number, velocity_mm_min: number): number {
    const { acceleration_m_s2, jerk_m_s3 } = this.#model;
    const now_s = this.#context.now_s;
    const motion = CubicMotion.plan(now_s, this.position.value(now_s), to_mm, {
      velocity: velocity_mm_min / 60,
      acceleration: acceleration_m_s2 * 1000,
      jerk: jerk_m_s3 * 1000,
    });
    const velocity = motion.derivative();
    this.position.anchor(now_s, motion);
    this.velocity.anchor(now_s, velocity);
    this.#acceleration.anchor(now_s, velocity.derivative());
    return motion.end_s - now_s;
  }

  /** Force of the cut along the axis, in N; 0 ends it. */
  setFeedForce(force_n: number): void {
    this.#feedForce.jump(this.#context.now_s, new Constant(force_n));
  }

  /** Weight, inertia, friction and cut; positive along the axis. */
  #force(time_s: number): number {
    const { mass_kg, friction, vertical } = this.#model;
    const velocity = this.velocity.value(time_s);
    const direction = velocity > 0 ? 1 : velocity < 0 ? -1 : 0;
    const weight_n = mass_kg * GRAVITY_M_S2;
    const inertia_n = (mass_kg * this.#acceleration.value(time_s)) / 1000;
    const resistance_n = direction * (friction * weight_n + this.#feedForce.value(time_s));
    return inertia_n + resistance_n + (vertical ? weight_n : 0);
  }
}
