import { normal } from "../../engine/distribution.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { Quantity } from "../../signal/quantity.ts";
import { Influence } from "../influence.ts";
import type { UnitContext } from "../unit-context.ts";

/** Scatter of a dimension from part to part that nothing systematic explains: clamping, chips; assumed. */
const SCATTER_UM = 3;
/** What a correction misses: the gauge, and rounding to the offset's last digit; assumed. */
const GAUGE_UM = 2;

/**
 * The dimension that decides over a part: how far it is from nominal follows the growth of spindle and screws and
 * the wear of the tool that finishes it, less what the operator has entered as an offset.
 */
export class Quality {
  /** Of the last part, µm. */
  readonly deviation: Quantity;
  /** Displacement by faults, µm: backlash, a part that does not sit. */
  readonly displacement = new Influence();
  readonly #context: UnitContext;
  readonly #stream: RandomStream;
  /** For growth, of all parts. */
  #offset_um = 0;
  /** What makes up for the wear of each finishing tool, by its number. */
  readonly #wearOffsets_um = new Map<number, number>();
  #growth_um = 0;
  #finishing = 0;
  #recession_um = 0;

  constructor(context: UnitContext) {
    this.#context = context;
    this.#stream = context.key.child("quality").stream();
    this.deviation = context.quantity("part-deviation", 0);
  }

  /**
   * A part is finished.
   *
   * @param growth_um     of spindle and screws, and backlash
   * @param finishing     number of the tool that finishes it
   * @param recession_um  of that tool's edge
   * @param tolerance_um  half of the zone
   * @returns whether it is good
   */
  judge(growth_um: number, finishing: number, recession_um: number, tolerance_um: number): boolean {
    this.cut(growth_um, finishing, recession_um);
    const systematic_um = this.#growth_um - this.#offset_um + this.drift_um;
    const deviation_um = systematic_um + normal(0, SCATTER_UM)(this.#stream);
    this.deviation.set(this.#context.now_s, deviation_um);
    return Math.abs(deviation_um) <= tolerance_um;
  }

  /** A piece of that growth and wear is there to be measured, see `judge`. */
  cut(growth_um: number, finishing: number, recession_um: number): void {
    this.#growth_um = growth_um + this.displacement.value;
    this.#finishing = finishing;
    this.#recession_um = recession_um;
  }

  /** Wear of the finishing tool since the last correction, µm. */
  get drift_um(): number {
    return this.#recession_um - (this.#wearOffsets_um.get(this.#finishing) ?? 0);
  }

  /** The operator measures the last piece and enters what it is off as offsets. */
  correct(): void {
    this.#wearOffsets_um.set(this.#finishing, this.#recession_um);
    this.#offset_um = this.#growth_um + normal(0, GAUGE_UM)(this.#stream);
  }

  /** A tool has a new edge: the offset that had followed the old one's wear is taken back. */
  sharpened(number: number): void {
    this.#wearOffsets_um.delete(number);
    if (number === this.#finishing) this.#recession_um = 0;
  }
}
