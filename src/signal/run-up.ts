import { within, type Anchored } from "./trajectory.ts";

/** A drive: constant torque below the base speed, constant power above, both at its peak. */
export interface DriveBounds {
  readonly base_rpm: number;
  /** Speed gained a second at full torque, below the base speed. */
  readonly acceleration_rpm_s: number;
}

/**
 * A spindle that runs up or brakes from one speed to another: linear below the base speed, and
 * ω² linear in time above it, because power P = J ω dω/dt is constant there. Constant afterwards.
 */
export class RunUp implements Anchored {
  readonly end_s: number;
  readonly #start_s: number;
  readonly #from_rpm: number;
  readonly #to_rpm: number;
  readonly #drive: DriveBounds;

  constructor(start_s: number, from_rpm: number, to_rpm: number, drive: DriveBounds) {
    this.#start_s = start_s;
    this.#from_rpm = from_rpm;
    this.#to_rpm = to_rpm;
    this.#drive = drive;
    this.end_s = start_s + Math.abs(this.#age(to_rpm) - this.#age(from_rpm));
  }

  get parameters(): readonly number[] {
    return [this.#from_rpm, this.#to_rpm];
  }

  value(time_s: number): number {
    if (time_s >= this.end_s) return this.#to_rpm;
    const elapsed_s = Math.max(0, time_s - this.#start_s);
    const sign = this.#to_rpm > this.#from_rpm ? 1 : -1;
    return this.#speed(this.#age(this.#from_rpm) + sign * elapsed_s);
  }

  integral(from_s: number, to_s: number): number {
    const rest = this.#to_rpm * Math.max(0, to_s - Math.max(from_s, this.end_s));
    const last_s = Math.min(to_s, this.end_s);
    if (last_s <= from_s) return rest;
    const a = this.#age(this.value(from_s));
    const b = this.#age(this.value(last_s));
    return rest + Math.abs(this.#turned(b) - this.#turned(a));
  }

  /** Integral of the speed's square, which losses and kinetic energy follow; rpm² s. */
  squareIntegral(from_s: number, to_s: number): number {
    const rest = this.#to_rpm * this.#to_rpm * Math.max(0, to_s - Math.max(from_s, this.end_s));
    const last_s = Math.min(to_s, this.end_s);
    if (last_s <= from_s) return rest;
    const a = this.#age(this.value(from_s));
    const b = this.#age(this.value(last_s));
    return rest + Math.abs(this.#squares(b) - this.#squares(a));
  }

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    const [low, high] =
      this.#from_rpm < this.#to_rpm ? [this.#from_rpm, this.#to_rpm] : [this.#to_rpm, this.#from_rpm];
    if (level < low || level > high || low === high) return undefined;
    return within(this.#start_s + Math.abs(this.#age(level) - this.#age(this.#from_rpm)), from_s, to_s);
  }

  /** Time that a run-up from standstill to this speed takes. */
  #age(rpm: number): number {
    const { base_rpm, acceleration_rpm_s } = this.#drive;
    if (rpm <= base_rpm) return rpm / acceleration_rpm_s;
    return (base_rpm / acceleration_rpm_s) * (1 + ((rpm * rpm) / (base_rpm * base_rpm) - 1) / 2);
  }

  /** Speed after a run-up from standstill of this length. */
  #speed(age_s: number): number {
    const { base_rpm, acceleration_rpm_s } = this.#drive;
    const base_s = base_rpm / acceleration_rpm_s;
    if (age_s <= base_s) return age_s * acceleration_rpm_s;
    return base_rpm * Math.sqrt(1 + (2 * (age_s - base_s)) / base_s);
  }

  /** Integral of the speed over a run-up from standstill of this length. */
  #turned(age_s: number): number {
    const { base_rpm, acceleration_rpm_s } = this.#drive;
    const base_s = base_rpm / acceleration_rpm_s;
    if (age_s <= base_s) return (acceleration_rpm_s * age_s * age_s) / 2;
    const ratio = this.#speed(age_s) / base_rpm;
    return base_rpm * base_s * (0.5 + (ratio * ratio * ratio - 1) / 3);
  }

  /** Integral of the speed's square over a run-up from standstill of this length: above base speed it is linear. */
  #squares(age_s: number): number {
    const { base_rpm, acceleration_rpm_s } = this.#drive;
    const base_s = base_rpm / acceleration_rpm_s;
    const torque_s = Math.min(age_s, base_s);
    const power_s = Math.max(0, age_s - base_s);
    const below = (acceleration_rpm_s * acceleration_rpm_s * torque_s * torque_s * torque_s) / 3;
    return below + base_rpm * base_rpm * power_s * (1 + power_s / base_s);
  }
}
