import { Scanned, within } from "./trajectory.ts";
import { CubicMotion, type Motion } from "./motion.ts";
import type { MotionBounds } from "./move-shape.ts";

/**
 * Passes side by side, with a step over between two: the motion of milling a surface, known as a whole when it
 * begins. Pass k runs from `start + k (pass + step)` for `pass` seconds; the last one has no step after it.
 */
export class PassTrain {
  readonly start_s: number;
  readonly passes: number;
  readonly pass_s: number;
  readonly step_s: number;

  constructor(start_s: number, passes: number, pass_s: number, step_s: number) {
    this.start_s = start_s;
    this.passes = passes;
    this.pass_s = pass_s;
    this.step_s = step_s;
  }

  get end_s(): number {
    return this.start_s + this.passes * this.pass_s + (this.passes - 1) * this.step_s;
  }

  /** Which pass a time belongs to, its step over included. */
  passAt(time_s: number): number {
    const pass = Math.floor((time_s - this.start_s) / (this.pass_s + this.step_s));
    return Math.min(Math.max(pass, 0), this.passes - 1);
  }

  /** Time since that pass began. */
  ageAt(time_s: number): number {
    return time_s - this.start_s - this.passAt(time_s) * (this.pass_s + this.step_s);
  }

  beginOf(pass: number): number {
    return this.start_s + pass * (this.pass_s + this.step_s);
  }
}

/** Along the passes: there and back again, at rest while stepping over. */
export class Zigzag implements Motion {
  readonly end_s: number;
  readonly #train: PassTrain;
  readonly #there: CubicMotion;
  readonly #from: number;
  readonly #to: number;

  constructor(train: PassTrain, from: number, to: number, bounds: MotionBounds) {
    this.#train = train;
    this.#there = CubicMotion.plan(0, from, to, bounds);
    this.#from = from;
    this.#to = to;
    this.end_s = train.end_s;
  }

  get parameters(): readonly number[] {
    const { passes, pass_s, step_s } = this.#train;
    return [this.#from, this.#to, passes, pass_s, step_s];
  }

  value(time_s: number): number {
    const there = this.#there.value(this.#train.ageAt(time_s));
    return this.#forward(time_s) ? there : this.#from + this.#to - there;
  }

  velocity(time_s: number): number {
    const velocity = this.#there.velocity(this.#train.ageAt(time_s));
    return this.#forward(time_s) ? velocity : -velocity;
  }

  acceleration(time_s: number): number {
    const acceleration = this.#there.acceleration(this.#train.ageAt(time_s));
    return this.#forward(time_s) ? acceleration : -acceleration;
  }

  path(time_s: number): number {
    const before = this.#train.passAt(time_s) * Math.abs(this.#to - this.#from);
    return before + this.#there.path(this.#train.ageAt(time_s));
  }

  integral(from_s: number, to_s: number): number {
    return sumOverPasses(this.#train, from_s, to_s, (pass, begin, end) => {
      const there = this.#there.integral(begin, end);
      return pass % 2 === 0 ? there : (this.#from + this.#to) * (end - begin) - there;
    });
  }

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    return firstOverPasses(this.#train, from_s, to_s, (pass, begin, end) =>
      this.#there.crossing(pass % 2 === 0 ? level : this.#from + this.#to - level, begin, end),
    );
  }

  #forward(time_s: number): boolean {
    return this.#train.passAt(time_s) % 2 === 0;
  }
}

/** Across the passes: a step over after each but the last. */
export class Staircase implements Motion {
  readonly end_s: number;
  readonly #train: PassTrain;
  readonly #step: CubicMotion;
  readonly #from: number;
  readonly #width: number;

  constructor(train: PassTrain, from: number, width: number, bounds: MotionBounds) {
    this.#train = train;
    this.#step = CubicMotion.plan(train.pass_s, 0, width, bounds);
    this.#from = from;
    this.#width = width;
    this.end_s = train.end_s;
  }

  get parameters(): readonly number[] {
    const { passes, pass_s, step_s } = this.#train;
    return [this.#from, this.#width, passes, pass_s, step_s];
  }

  value(time_s: number): number {
    return this.#from + this.#train.passAt(time_s) * this.#width + this.#step.value(this.#age(time_s));
  }

  velocity(time_s: number): number {
    return this.#step.velocity(this.#age(time_s));
  }

  acceleration(time_s: number): number {
    return this.#step.acceleration(this.#age(time_s));
  }

  path(time_s: number): number {
    return Math.abs(this.value(time_s) - this.#from);
  }

  integral(from_s: number, to_s: number): number {
    return sumOverPasses(this.#train, from_s, to_s, (pass, begin, end) => {
      const last = pass === this.#train.passes - 1;
      const steps = last ? 0 : this.#step.integral(begin, end);
      return (this.#from + pass * this.#width) * (end - begin) + steps;
    });
  }

  crossing(level: number, from_s: number, to_s: number): number | undefined {
    return firstOverPasses(this.#train, from_s, to_s, (pass, begin, end) => {
      if (pass === this.#train.passes - 1) return undefined;
      return this.#step.crossing(level - this.#from - pass * this.#width, begin, end);
    });
  }

  /** The last pass has no step over: its age stops at the end of the pass. */
  #age(time_s: number): number {
    return Math.min(
      this.#train.ageAt(time_s),
      this.#train.passAt(time_s) === this.#train.passes - 1 ? this.#train.pass_s : Infinity,
    );
  }
}

/** What holds during passes and is zero while stepping over: the force of a cut. */
export class PassPulses extends Scanned {
  readonly #train: PassTrain;
  readonly #height: number;

  constructor(train: PassTrain, height: number) {
    super();
    this.#train = train;
    this.#height = height;
  }

  get parameters(): readonly number[] {
    const { passes, pass_s, step_s } = this.#train;
    return [this.#height, passes, pass_s, step_s];
  }

  value(time_s: number): number {
    const cutting = time_s >= this.#train.start_s && this.#train.ageAt(time_s) < this.#train.pass_s;
    return cutting ? this.#height : 0;
  }

  integral(from_s: number, to_s: number): number {
    return this.#height * (this.#cutTime(to_s) - this.#cutTime(from_s));
  }

  /** Seconds in the cut since the train began. */
  #cutTime(time_s: number): number {
    const age_s = Math.min(Math.max(this.#train.ageAt(time_s), 0), this.#train.pass_s);
    return this.#train.passAt(time_s) * this.#train.pass_s + age_s;
  }
}

/** Adds up a part for each pass that a span touches, in times since the pass began; the last goes on for ever. */
function sumOverPasses(
  train: PassTrain,
  from_s: number,
  to_s: number,
  part: (pass: number, begin: number, end: number) => number,
): number {
  let sum = 0;
  for (let pass = train.passAt(from_s); from_s < to_s; pass++) {
    const begin_s = train.beginOf(pass);
    const end_s = pass === train.passes - 1 ? to_s : Math.min(to_s, train.beginOf(pass + 1));
    sum += part(pass, from_s - begin_s, end_s - begin_s);
    from_s = end_s;
  }
  return sum;
}

/** The first time that `find` finds in any pass of a span; it is asked in times since the pass began. */
function firstOverPasses(
  train: PassTrain,
  from_s: number,
  to_s: number,
  find: (pass: number, begin: number, end: number) => number | undefined,
): number | undefined {
  for (let pass = train.passAt(from_s); pass < train.passes; pass++) {
    const begin_s = train.beginOf(pass);
    if (begin_s > to_s) return undefined;
    const end_s = Math.min(to_s, pass === train.passes - 1 ? train.end_s : train.beginOf(pass + 1));
    const found = find(pass, Math.max(from_s, begin_s) - begin_s, end_s - begin_s);
    if (found !== undefined) return within(begin_s + found, from_s, to_s);
  }
  return undefined;
}
