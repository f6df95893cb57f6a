import { pow } from "../../engine/math.ts";
import type { Quantity } from "../../signal/quantity.ts";
import type { UnitContext } from "../unit-context.ts";
import type { CncModel } from "./cnc-model.ts";

/** Exponent of the heating of a ball screw over its mean feed; order of magnitude. */
const FEED_EXPONENT = 1.2;
const COOLING_FACTOR = 1.45;

/** Growth of the ball screws, µm: ΔT ∝ (mean feed)^1.2 with a first-order lag (ISO 230-3). */
export class ScrewGrowth {
  readonly growth: Quantity;
  readonly #context: UnitContext;
  readonly #model: CncModel;

  constructor(context: UnitContext, model: CncModel) {
    this.#context = context;
    this.#model = model;
    this.growth = context.quantity("screw-growth", 0);
  }

  /** From now on the axes move with that mean feed; 0 when they stand. */
  move(feed_mm_min: number): void {
    const now_s = this.#context.now_s;
    const { growth_um, time_s } = this.#model.screw;
    const share = Math.min(1, feed_mm_min / this.#model.axes.x.rapid_mm_min);
    const target_um = growth_um * pow(share, FEED_EXPONENT);
    const present_um = this.growth.value(now_s);
    const tau_s = target_um > present_um ? time_s : COOLING_FACTOR * time_s;
    this.growth.approach(now_s, target_um, tau_s);
  }
}
