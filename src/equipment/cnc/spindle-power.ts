import type { RunUp } from "../../signal/run-up.ts";
import { Scanned } from "../../signal/trajectory.ts";
import type { SpindleModel } from "./cnc-model.ts";

const RAD_S_PER_RPM = (2 * 3.141592653589793) / 60;

/**
 * Losses of a spindle while it follows a run-up and holds its end speed: P0 + k1 n + k2 n² while it turns, kW, and more
 * with worn bearings.
 */
export class IdlePower extends Scanned {
  readonly #runUp: RunUp;
  readonly #model: SpindleModel;
  readonly #factor: number;

  constructor(runUp: RunUp, model: SpindleModel, factor: number) {
    super();
    this.#runUp = runUp;
    this.#model = model;
    this.#factor = factor;
  }

  /** The run-up is recorded where the speed is anchored. */
  get parameters(): readonly number[] {
    return [this.#factor];
  }

  value(time_s: number): number {
    const speed_rpm = this.#runUp.value(time_s);
    if (speed_rpm === 0) return 0;
    const { idleConstant_kw, idleLinear_kw_rpm, idleSquare_kw_rpm2 } = this.#model;
    return (
      this.#factor * (idleConstant_kw + speed_rpm * (idleLinear_kw_rpm + speed_rpm * idleSquare_kw_rpm2))
    );
  }

  integral(from_s: number, to_s: number): number {
    const { idleConstant_kw, idleLinear_kw_rpm, idleSquare_kw_rpm2 } = this.#model;
    const { end_s } = this.#runUp;
    const stands = this.#runUp.value(end_s) === 0;
    const turning_s = Math.max(0, (stands ? Math.min(to_s, end_s) : to_s) - from_s);
    return (
      this.#factor *
      (idleConstant_kw * turning_s +
        idleLinear_kw_rpm * this.#runUp.integral(from_s, to_s) +
        idleSquare_kw_rpm2 * this.#runUp.squareIntegral(from_s, to_s))
    );
  }
}

/**
 * J ω dω/dt of a run-up, kW: constant torque below the base speed makes it rise with speed, above it is the drive's
 * peak. Braking gives a share of it back. Its integral is the change of kinetic energy.
 */
export class AccelerationPower extends Scanned {
  /** The run-up is recorded where the speed is anchored. */
  readonly parameters: readonly number[] = [];
  readonly #runUp: RunUp;
  readonly #model: SpindleModel;
  /** 1 when running up, minus the regenerated share when braking. */
  readonly #sign: number;

  constructor(runUp: RunUp, model: SpindleModel, faster: boolean) {
    super();
    this.#runUp = runUp;
    this.#model = model;
    this.#sign = faster ? 1 : -model.regeneration;
  }

  value(time_s: number): number {
    if (time_s >= this.#runUp.end_s) return 0;
    const { powerPeak_kw, speedBase_rpm } = this.#model;
    return this.#sign * powerPeak_kw * Math.min(1, this.#runUp.value(time_s) / speedBase_rpm);
  }

  integral(from_s: number, to_s: number): number {
    const before = this.#runUp.value(from_s);
    const after = this.#runUp.value(to_s);
    const kinetic_kj =
      (this.#model.inertia_kg_m2 * RAD_S_PER_RPM * RAD_S_PER_RPM * (after * after - before * before)) / 2000;
    return Math.abs(this.#sign) * kinetic_kj;
  }
}
