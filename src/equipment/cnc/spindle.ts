import { pow } from "../../engine/math.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { PassPulses, type PassTrain } from "../../signal/pass-train.ts";
import { RunUp, type DriveBounds } from "../../signal/run-up.ts";
import { Constant, Derived, ExponentialApproach, Linear, Sum } from "../../signal/trajectory.ts";
import type { UnitContext } from "../unit-context.ts";
import type { SpindleModel } from "./cnc-model.ts";
import { AccelerationPower, IdlePower } from "./spindle-power.ts";

const RPM_PER_RAD_S = 60 / (2 * 3.141592653589793);

/** Hours after which half of the bearings of such spindles are worn, order of magnitude. */
export const USEFUL_LIFE_H = 18_000;
/** At most this share of it is used before the scenario begins. */
const USED_SHARE = 0.6;

/** The main spindle: speeds in rpm, powers in kW at the drive's input, temperature in °C at the front bearing. */
export class Spindle {
  readonly speed: Quantity;
  readonly temperature: Quantity;
  /** Losses at speed, without a cut: P0 + k1 n + k2 n² while the drive is on. */
  readonly idlePower: Quantity;
  /** J ω dω/dt: peak power when running up, part of it back when braking. */
  readonly accelerationPower: Quantity;
  /** Of the cut, at the drive's input. */
  readonly cuttingPower: Quantity;
  readonly power: Sum;
  /** Percent of continuous power (S1), as the controller displays it. */
  readonly load: Derived;
  /** Hours in which it has turned in its life. */
  readonly operationTime: Quantity;
  readonly #context: UnitContext;
  readonly #model: SpindleModel;
  readonly #drive: DriveBounds;
  readonly #ambient_c: number;
  #target_rpm = 0;

  constructor(context: UnitContext, model: SpindleModel, ambient_c: number) {
    this.#context = context;
    this.#model = model;
    this.#ambient_c = ambient_c;
    this.#drive = driveBounds(model);
    this.speed = context.quantity("spindle-speed", new Constant(0));
    this.temperature = context.quantity("spindle-temperature", new Constant(ambient_c));
    this.idlePower = context.quantity("spindle-idle-power", new Constant(0));
    this.accelerationPower = context.quantity("spindle-acceleration-power", new Constant(0));
    this.cuttingPower = context.quantity("spindle-cutting-power", new Constant(0));
    this.power = new Sum([this.idlePower, this.accelerationPower, this.cuttingPower]);
    const age_h = USED_SHARE * USEFUL_LIFE_H * context.key.child("spindle-age").uniform(0);
    this.operationTime = context.quantity("spindle-time", new Constant(age_h));
    this.load = new Derived(
      (time_s) => (100 * Math.max(0, this.power.value(time_s))) / model.powerContinuous_kw,
    );
  }

  /** Runs up or brakes from the present speed. @returns how long it takes, in seconds */
  setSpeed(target_rpm: number): number {
    if (target_rpm === this.#target_rpm) return 0;
    const now_s = this.#context.now_s;
    const from_rpm = this.speed.value(now_s);
    const runUp = new RunUp(now_s, from_rpm, target_rpm, this.#drive);
    this.#target_rpm = target_rpm;
    this.speed.anchor(now_s, runUp);
    this.idlePower.jump(now_s, new IdlePower(runUp, this.#model));
    this.accelerationPower.jump(now_s, new AccelerationPower(runUp, this.#model, target_rpm > from_rpm));
    this.#warm(target_rpm);
    const sofar_h = this.operationTime.value(now_s);
    const counted = target_rpm > 0 ? new Linear(now_s, sofar_h, 1 / 3600) : new Constant(sofar_h);
    this.operationTime.anchor(now_s, counted);
    return runUp.end_s - now_s;
  }

  /** Puts the load of passes on the drive. @param power_kw  at the tool's edge, while it is in the cut */
  cut(train: PassTrain, power_kw: number): void {
    this.cuttingPower.jump(this.#context.now_s, new PassPulses(train, power_kw / this.#model.efficiency));
  }

  /** Takes the load of a cut off the drive. */
  release(): void {
    this.cuttingPower.jump(this.#context.now_s, new Constant(0));
  }

  /** ΔT∞ = rise (n / n_max)^exponent with a first-order lag, slower when it cools. */
  #warm(speed_rpm: number): void {
    const { temperatureRise_k, temperatureExponent, speedMax_rpm, heatingTime_s, coolingTime_s } =
      this.#model;
    const now_s = this.#context.now_s;
    const present_c = this.temperature.value(now_s);
    const target_c = this.#ambient_c + temperatureRise_k * pow(speed_rpm / speedMax_rpm, temperatureExponent);
    const tau_s = target_c > present_c ? heatingTime_s : coolingTime_s;
    this.temperature.anchor(now_s, new ExponentialApproach(now_s, present_c, target_c, tau_s));
  }
}

/** Peak power at base speed is peak torque times ω_b, and torque over inertia is what a run-up gains a second. */
function driveBounds(model: SpindleModel): DriveBounds {
  const base_rad_s = model.speedBase_rpm / RPM_PER_RAD_S;
  const torque_nm = (model.powerPeak_kw * 1000) / base_rad_s;
  return {
    base_rpm: model.speedBase_rpm,
    acceleration_rpm_s: (torque_nm / model.inertia_kg_m2) * RPM_PER_RAD_S,
  };
}
