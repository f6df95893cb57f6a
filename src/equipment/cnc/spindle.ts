import { pow } from "../../engine/math.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { PassPulses, type PassTrain } from "../../signal/pass-train.ts";
import { RunUp, type DriveBounds } from "../../signal/run-up.ts";
import { Derived, Sum } from "../../signal/trajectory.ts";
import { Influence } from "../influence.ts";
import type { UnitContext } from "../unit-context.ts";
import type { SpindleModel } from "./cnc-model.ts";
import { AccelerationPower, IdlePower } from "./spindle-power.ts";

const RPM_PER_RAD_S = 60 / (2 * 3.141592653589793);

/** Hours after which half of the bearings of such spindles are worn, order of magnitude. */
export const USEFUL_LIFE_H = 18_000;
/** At most this share of it is used before the scenario begins. */
const USED_SHARE = 0.6;
/** How much longer growth takes to go than to come. */
const COOLING_FACTOR = 1.45;

/**
 * A spindle: speeds in rpm, powers in kW at the drive's input, temperature in °C at the front bearing, growth of its
 * nose in µm.
 */
export class Spindle {
  readonly name: string;
  readonly model: SpindleModel;
  readonly speed: Quantity;
  /** As commanded, overrides included. */
  readonly command: Quantity;
  readonly temperature: Quantity;
  /** Growth of the nose: a fast and a slow part. */
  readonly growth: Sum;
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
  /** RMS of 10 to 1000 Hz at the front bearing, mm/s. */
  readonly vibration: Quantity;
  /** Losses beyond those of good bearings, as a share of them. */
  readonly friction = new Influence();
  /** Heating of the bearing beyond that of a good one while it turns, K. */
  readonly heat = new Influence();
  /** Vibration beyond that of good bearings, as a share of it. */
  readonly roughness = new Influence();
  /** Growth beyond that of a chilled spindle, as a share of it. */
  readonly warmth = new Influence();
  readonly #context: UnitContext;
  readonly #drive: DriveBounds;
  readonly #ambient_c: number;
  readonly #fast: Quantity;
  readonly #slow: Quantity;
  #runUp: RunUp | undefined;
  #target_rpm = 0;
  /** Vibration of the cut, mm/s. */
  #chatter_mm_s = 0;

  /** @param name  "spindle", "tool-spindle": in the ids of its quantities */
  constructor(context: UnitContext, name: string, model: SpindleModel, ambient_c: number) {
    this.#context = context;
    this.name = name;
    this.model = model;
    this.#ambient_c = ambient_c;
    this.#drive = driveBounds(model);
    const quantity = (id: string, value = 0): Quantity => context.quantity(`${name}-${id}`, value);
    const power = (id: string): Quantity => context.power(`${name}-${id}`);
    this.speed = quantity("speed");
    this.command = quantity("command");
    this.temperature = quantity("temperature", ambient_c);
    this.#fast = quantity("growth-fast");
    this.#slow = quantity("growth-slow");
    this.growth = new Sum([this.#fast, this.#slow]);
    this.idlePower = power("idle-power");
    this.accelerationPower = power("acceleration-power");
    this.cuttingPower = power("cutting-power");
    this.vibration = quantity("vibration");
    this.power = new Sum([this.idlePower, this.accelerationPower, this.cuttingPower]);
    const age_h = USED_SHARE * USEFUL_LIFE_H * context.key.child(`${name}-age`).uniform(0);
    this.operationTime = quantity("time", age_h);
    this.load = new Derived(
      (time_s) => (100 * Math.max(0, this.power.value(time_s))) / model.powerContinuous_kw,
    );
    this.friction.onChange(() => this.#drag());
    this.heat.onChange(() => this.#warm());
    this.warmth.onChange(() => this.#warm());
    this.roughness.onChange(() => this.#shake());
  }

  /** Runs up or brakes from the present speed. @returns how long it takes, in seconds */
  setSpeed(target_rpm: number): number {
    const now_s = this.#context.now_s;
    if (target_rpm === this.#target_rpm) return Math.max(0, (this.#runUp?.end_s ?? now_s) - now_s);
    const from_rpm = this.speed.value(now_s);
    const runUp = new RunUp(now_s, from_rpm, target_rpm, this.#drive);
    this.#runUp = runUp;
    this.#target_rpm = target_rpm;
    this.command.set(now_s, target_rpm);
    this.speed.anchor(now_s, runUp);
    this.accelerationPower.jump(now_s, new AccelerationPower(runUp, this.model, target_rpm > from_rpm));
    if (target_rpm > 0) this.operationTime.ramp(now_s, 1 / 3600);
    else this.operationTime.hold(now_s);
    this.#drag();
    this.#warm();
    this.#shake();
    return runUp.end_s - now_s;
  }

  /**
   * Puts the load of passes on the drive.
   *
   * @param power_kw       at the tool's edge, while it is in the cut
   * @param chatter_mm_s  vibration that the cut adds
   */
  cut(train: PassTrain, power_kw: number, chatter_mm_s: number): void {
    this.cuttingPower.jump(this.#context.now_s, new PassPulses(train, power_kw / this.model.efficiency));
    this.#chatter_mm_s = chatter_mm_s;
    this.#shake();
  }

  /** Takes the load of a cut off the drive. */
  release(): void {
    if (this.#chatter_mm_s === 0) return;
    this.cuttingPower.set(this.#context.now_s, 0);
    this.#chatter_mm_s = 0;
    this.#shake();
  }

  /** Losses of the bearings at speed. */
  #drag(): void {
    if (this.#runUp) {
      this.idlePower.jump(
        this.#context.now_s,
        new IdlePower(this.#runUp, this.model, 1 + this.friction.value),
      );
    }
  }

  /** ΔT∞ = rise (n / n_max)^exponent with a first-order lag, slower when it cools; growth likewise. */
  #warm(): void {
    const { temperatureRise_k, temperatureExponent, speedMax_rpm } = this.model;
    const share = pow(this.#target_rpm / speedMax_rpm, temperatureExponent);
    const rise_k = temperatureRise_k * share * (1 + this.warmth.value);
    const worn_k = this.#target_rpm > 0 ? this.heat.value : 0;
    const { heatingTime_s, coolingTime_s, growthFast_um, growthFastTime_s, growthSlow_um, growthSlowTime_s } =
      this.model;
    this.#approach(this.temperature, this.#ambient_c + rise_k + worn_k, heatingTime_s, coolingTime_s);
    const growth = share * (1 + this.warmth.value);
    this.#approach(this.#fast, growthFast_um * growth, growthFastTime_s, COOLING_FACTOR * growthFastTime_s);
    this.#approach(this.#slow, growthSlow_um * growth, growthSlowTime_s, COOLING_FACTOR * growthSlowTime_s);
  }

  #approach(quantity: Quantity, target: number, rising_s: number, falling_s: number): void {
    const now_s = this.#context.now_s;
    const present = quantity.value(now_s);
    const tau_s = target > present ? rising_s : falling_s;
    quantity.approach(now_s, target, tau_s);
  }

  /** Unbalance and bearings grow with speed; the cut comes on top. */
  #shake(): void {
    const { vibration_mm_s, speedMax_rpm } = this.model;
    const turning = vibration_mm_s * (0.25 + (0.75 * this.#target_rpm) / speedMax_rpm);
    const rough = this.#target_rpm > 0 ? turning * (1 + this.roughness.value) + this.#chatter_mm_s : 0;
    const level = this.#target_rpm > 0 ? rough : 0.05;
    this.vibration.set(this.#context.now_s, level);
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
