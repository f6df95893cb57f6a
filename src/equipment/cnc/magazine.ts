import type { UnitContext } from "../unit-context.ts";
import type { CncModel } from "./cnc-model.ts";
import { mill, turn, type Cut } from "./cutting.ts";
import type { Operation, Workpiece } from "./part-program.ts";
import { Tool } from "./tool.ts";
import { toolLife_min } from "./tool-wear.ts";

/** Share of the mean life after which a planner has a tool replaced, so that few wear out before. */
const PLANNED_SHARE = 0.8;

/** Load of an operation as programmed, with overrides at 100 %. */
export function programmedCut(operation: Operation, { program, material }: Workpiece): Cut {
  const tool = program.tools[operation.tool]!;
  return operation.process === "mill"
    ? mill(operation, tool, material, operation.feed_mm_min, operation.spindle_rpm)
    : turn(operation, tool, material, operation.feed_mm_rev, operation.cuttingSpeed_m_min);
}

/** Seconds in the cut of an operation as programmed, without the ramps of its passes. */
function cuttingTime_s(operation: Operation, model: CncModel): number {
  if (operation.process === "mill")
    return (60 * operation.passes * operation.length_mm) / operation.feed_mm_min;
  let sum_s = 0;
  for (let pass = 0; pass < operation.passes; pass++) {
    const speed_rpm = turningSpeed_rpm(operation, pass, model.spindle.speedMax_rpm);
    sum_s += (60 * operation.length_mm) / (operation.feed_mm_rev * speed_rpm);
  }
  return sum_s;
}

/** Speed that holds the cutting speed on the diameter of a pass (G96). */
export function turningSpeed_rpm(
  { cuttingSpeed_m_min, diameter_mm, depth_mm }: Extract<Operation, { process: "turn" }>,
  pass: number,
  speedMax_rpm: number,
): number {
  const cut_mm = diameter_mm - 2 * depth_mm * (pass + 1);
  return Math.min((1000 * cuttingSpeed_m_min) / (3.141592653589793 * cut_mm), speedMax_rpm);
}

/**
 * The tools that the programs in memory call, by number. A tool that several operations use has the life that
 * their wear adds up to.
 */
export function fillMagazine(
  context: UnitContext,
  model: CncModel,
  workpieces: readonly Workpiece[],
): ReadonlyMap<number, Tool> {
  const plans = new Map<number, { title: string; time_s: number; used: number }>();
  for (const workpiece of workpieces) {
    for (const operation of workpiece.program.operations) {
      const { title } = workpiece.program.tools[operation.tool]!;
      const plan = plans.get(operation.tool) ?? { title, time_s: 0, used: 0 };
      const life_min = toolLife_min(
        programmedCut(operation, workpiece),
        workpiece.program.tools[operation.tool]!,
        workpiece.material,
      );
      const time_s = cuttingTime_s(operation, model);
      plan.time_s += time_s;
      plan.used += time_s / life_min;
      plans.set(operation.tool, plan);
    }
  }
  const numbers = [...plans.keys()].sort((a, b) => a - b);
  return new Map(
    numbers.map((number) => {
      const { title, time_s, used } = plans.get(number)!;
      const limit_min = Math.max(1, Math.round((PLANNED_SHARE * time_s) / used));
      return [number, new Tool(context, number, title, limit_min)];
    }),
  );
}
