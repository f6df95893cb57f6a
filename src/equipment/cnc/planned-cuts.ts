import type { CncModel } from "./cnc-model.ts";
import { mill, turn, type Cut } from "./cutting.ts";
import { turningSpeed_rpm } from "./magazine.ts";
import type { Overrides } from "./overrides.ts";
import type { MillingOperation, Operation, TurningOperation, Workpiece } from "./part-program.ts";
import { toolLife_min } from "./tool-wear.ts";

/** What a pass of an operation is for a sharp tool, at the overrides. */
export interface PlannedCut {
  readonly load: Cut;
  /** With coolant. */
  readonly life_min: number;
}

/** A planned cut and what it was planned for. */
interface KnownCut extends PlannedCut {
  readonly workpiece: Workpiece;
  readonly pass: number;
  readonly feed: number;
  readonly speed: number;
}

/** Cuts of operations. Parts repeat them, so each is kept until an override, the workpiece or the pass is another. */
export class PlannedCuts {
  readonly #model: CncModel;
  readonly #overrides: Overrides;
  readonly #known = new Map<Operation, KnownCut>();

  constructor(model: CncModel, overrides: Overrides) {
    this.#model = model;
    this.#overrides = overrides;
  }

  of(workpiece: Workpiece, operation: Operation, pass: number): PlannedCut {
    const feed = this.#overrides.share("feed");
    const speed = this.#overrides.share("spindle");
    const known = this.#known.get(operation);
    if (known?.workpiece === workpiece && known.pass === pass && known.feed === feed && known.speed === speed)
      return known;
    const load =
      operation.process === "mill"
        ? this.#mill(workpiece, operation, feed, speed)
        : this.#turn(workpiece, operation, pass, feed, speed);
    const tool = workpiece.program.tools[operation.tool]!;
    const life_min = toolLife_min(load, tool, workpiece.material);
    const cut = { load, life_min, workpiece, pass, feed, speed };
    this.#known.set(operation, cut);
    return cut;
  }

  #mill(workpiece: Workpiece, operation: MillingOperation, feed: number, speed: number): Cut {
    const { speedMax_rpm } = this.#model.toolSpindle ?? this.#model.spindle;
    const speed_rpm = Math.min(operation.spindle_rpm * speed, speedMax_rpm);
    const tool = workpiece.program.tools[operation.tool]!;
    return mill(operation, tool, workpiece.material, operation.feed_mm_min * feed, speed_rpm);
  }

  #turn(workpiece: Workpiece, operation: TurningOperation, pass: number, feed: number, speed: number): Cut {
    const { speedMax_rpm } = this.#model.spindle;
    const programmed_rpm = turningSpeed_rpm(operation, pass, speedMax_rpm);
    const actual = Math.min(programmed_rpm * speed, speedMax_rpm) / programmed_rpm;
    const tool = workpiece.program.tools[operation.tool]!;
    const cuttingSpeed_m_min = operation.cuttingSpeed_m_min * actual;
    return turn(operation, tool, workpiece.material, operation.feed_mm_rev * feed, cuttingSpeed_m_min);
  }
}
