import type { Handle } from "../../engine/calendar.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Influence } from "../influence.ts";
import type { UnitContext } from "../unit-context.ts";
import type { CncModel } from "./cnc-model.ts";

/** A level below which whoever serves the machine fills up, percent. */
const REFILL_BELOW_PERCENT = 45;
const NEARLY_EMPTY_PERCENT = 2;
/** Lubricant that a machine at work uses, percent of its tank an hour; assumed. */
const LUBRICATION_PERCENT_H = 0.8;

/** What 400 V of three phases come to behind a rectifier. */
export const DC_LINK_V = 560;

/** Something that stands at a usual value and goes with a lag where faults take it. */
export class Supply {
  readonly measured: Quantity;
  /** What faults add to the usual value. */
  readonly disturbance = new Influence();

  /** @param lag_s  time constant with which it follows */
  constructor(context: UnitContext, id: string, usual: number, lag_s: number) {
    this.measured = context.quantity(id, usual);
    this.disturbance.onChange(() => {
      const now_s = context.now_s;
      const target = Math.max(0, usual + this.disturbance.value);
      this.measured.approach(now_s, target, lag_s);
    });
  }
}

/** A tank that work empties and people fill up. */
export class Tank {
  /** Percent. */
  readonly level: Quantity;
  /** What leaks beside the consumption, percent an hour. */
  readonly leak = new Influence();
  readonly #context: UnitContext;
  readonly #consumption_percent_h: number;
  #working = false;
  #next: Handle | undefined;

  constructor(context: UnitContext, id: string, consumption_percent_h: number) {
    this.#context = context;
    this.#consumption_percent_h = consumption_percent_h;
    const first = 60 + 38 * context.key.child(id).uniform(0);
    this.level = context.quantity(id, first);
    this.leak.onChange(() => this.#flow());
  }

  /** Consumption goes with the work. */
  work(working: boolean): void {
    if (working === this.#working) return;
    this.#working = working;
    this.#flow();
  }

  /** Fills it up, when that is worth the way. */
  refill(): void {
    if (this.level.value(this.#context.now_s) > REFILL_BELOW_PERCENT) return;
    this.level.set(this.#context.now_s, 98);
    this.#flow();
  }

  /** @param isLow  what is left is known to be the last of it, whatever rounding says */
  #flow(isLow = false): void {
    const { now_s, simulation } = this.#context;
    if (this.#next !== undefined) simulation.cancel(this.#next);
    this.#next = undefined;
    const present = this.level.value(now_s);
    const out_percent_s = ((this.#working ? this.#consumption_percent_h : 0) + this.leak.value) / 3600;
    if (isLow || present <= NEARLY_EMPTY_PERCENT || out_percent_s === 0) {
      // What is left at the bottom comes out ever more slowly: a tank never holds less than nothing.
      const target = out_percent_s === 0 ? present : 0;
      this.level.approach(now_s, target, 1800);
      return;
    }
    this.level.ramp(now_s, -out_percent_s);
    const fire = (): void => this.#flow(true);
    const left_s = (present - NEARLY_EMPTY_PERCENT) / out_percent_s;
    this.#next = simulation.schedule({ fire }, left_s);
  }
}

/** Fluids, pressures and small drives of a machine; what its controller measures of them. */
export class Auxiliaries {
  /** Before the valve, bar. */
  readonly coolantPressure: Supply;
  readonly coolantLevel: Tank;
  /** Of the clamping, bar. */
  readonly hydraulicPressure: Supply;
  /** bar */
  readonly airPressure: Supply;
  /** At the end of a lubrication stroke, bar. */
  readonly lubricationPressure: Supply;
  readonly lubricationLevel: Tank;
  /** Of the chip conveyor's motor, percent of rated. */
  readonly conveyorCurrent: Supply;
  /** Of the water that chills the spindle, °C. */
  readonly chillerTemperature: Supply;
  /** Of the drives' common supply, behind the rectifier of the mains, V. */
  readonly dcLink: Supply;
  /** Of the axis encoders, percent of a clean one. */
  readonly encoderSignal: Supply;
  /** Between part and seat, as air gauging sees it, µm. */
  readonly seatGap: Supply;

  constructor(context: UnitContext, { coolant, ambient_c }: CncModel) {
    this.coolantPressure = new Supply(context, "coolant-pressure", coolant.pressure_bar, 20);
    this.coolantLevel = new Tank(context, "coolant-level", coolant.consumption_percent_h);
    this.hydraulicPressure = new Supply(context, "hydraulic-pressure", 60, 60);
    this.airPressure = new Supply(context, "air-pressure", 6, 1.5);
    this.lubricationPressure = new Supply(context, "lubrication-pressure", 18, 30);
    this.lubricationLevel = new Tank(context, "lubrication-level", LUBRICATION_PERCENT_H);
    this.conveyorCurrent = new Supply(context, "conveyor-current", 32, 2);
    this.chillerTemperature = new Supply(context, "chiller-temperature", ambient_c - 1, 240);
    this.dcLink = new Supply(context, "dc-link-voltage", DC_LINK_V, 0.02);
    this.encoderSignal = new Supply(context, "encoder-signal", 97, 0.3);
    this.seatGap = new Supply(context, "seat-gap", 15, 0.3);
  }

  /** A program runs, or not. */
  work(working: boolean): void {
    this.coolantLevel.work(working);
    this.lubricationLevel.work(working);
  }

  /** Whoever serves the machine looks at its tanks. */
  refill(): void {
    this.coolantLevel.refill();
    this.lubricationLevel.refill();
  }
}
