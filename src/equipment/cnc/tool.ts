import { lognormal } from "../../engine/distribution.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { PassTrain } from "../../signal/pass-train.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Derived } from "../../signal/trajectory.ts";
import { Influence } from "../influence.ts";
import type { Register } from "../register.ts";
import type { UnitContext } from "../unit-context.ts";
import { flankWear_mm, WEAR_LIMIT_MM } from "./tool-wear.ts";

/** Deviation of the logarithm of a tool's life from one edge to the next, over 15 curves of milling. */
const LIFE_DEVIATION = 0.24;
/** Of its life a tool may have used up when a scenario begins. */
const USED_MAX = 0.7;

/**
 * A tool in the magazine. Its control counts minutes in the cut against a planned life; how worn it really is
 * nobody sees but by what it does to forces and parts.
 */
export class Tool {
  readonly number: number;
  readonly title: string;
  /** Minutes after which the control wants it replaced. */
  readonly limit_min: number;
  /** Minutes in the cut since its edge was new. */
  readonly minutes: Quantity;
  /** Share of its true life that is used up; 1 is 0.3 mm of flank wear. */
  readonly used: Quantity;
  /** Flank wear, mm. */
  readonly wear: Derived;
  /** Its life is used up, or it is broken: the control does not call it any more. */
  readonly locked: Register<boolean>;
  /** Share of what is left to the limit of flank wear that a fault has worn off at once. */
  readonly blunting = new Influence();
  readonly #context: UnitContext;
  readonly #lives: RandomStream;
  /** Of this edge, relative to the mean of its kind. */
  #toughness = 1;

  constructor(context: UnitContext, number: number, title: string, limit_min: number) {
    this.number = number;
    this.title = title;
    this.limit_min = limit_min;
    this.#context = context;
    const key = context.key.child(`tool-${number}`);
    this.#lives = key.stream();
    const used = USED_MAX * key.child("age").uniform(0);
    this.minutes = context.quantity(`tool-${number}-life`, used * limit_min);
    this.used = context.quantity(`tool-${number}-used`, used);
    this.wear = new Derived((time_s) => {
      const own_mm = flankWear_mm(this.used.value(time_s));
      return own_mm + Math.min(1, this.blunting.value) * Math.max(0, WEAR_LIMIT_MM - own_mm);
    });
    this.locked = context.register<boolean>(`tool-${number}-locked`, false);
    this.#sharpen();
  }

  /** Wears while passes run, at the rate of a life of so many minutes in the cut. */
  work(train: PassTrain, life_min: number): void {
    const now_s = this.#context.now_s;
    const inCut = (train.passes * train.pass_s) / (train.end_s - train.start_s);
    const minutesPerSecond = inCut / 60;
    this.minutes.ramp(now_s, minutesPerSecond);
    const rate = minutesPerSecond / (life_min * this.#toughness);
    this.used.ramp(now_s, rate);
  }

  /** Out of the cut. */
  rest(): void {
    const now_s = this.#context.now_s;
    this.minutes.hold(now_s);
    this.used.hold(now_s);
    if (this.minutes.value(now_s) >= this.limit_min) this.locked.set(true);
  }

  /** A new edge of the same kind. */
  replace(): void {
    this.minutes.set(this.#context.now_s, 0);
    this.used.set(this.#context.now_s, 0);
    this.locked.set(false);
    this.#sharpen();
  }

  #sharpen(): void {
    this.#toughness = lognormal(1, LIFE_DEVIATION)(this.#lives);
  }
}
