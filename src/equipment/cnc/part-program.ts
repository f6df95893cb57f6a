import { z } from "zod";
import type { CncModel } from "./cnc-model.ts";

const positive = z.number().positive();

const toolSchema = z.strictObject({
  title: z.string().min(1),
  diameter_mm: positive,
  teeth: z.int().min(1),
  enteringAngle_deg: z.number().gt(0).max(90),
});

const operationSchema = z.strictObject({
  title: z.string().min(1),
  /** Key of the program's tools. */
  tool: z.int().min(1),
  spindle_rpm: positive,
  feed_mm_min: positive,
  /** Axial depth of cut, a_p. */
  depth_mm: positive,
  /** Radial width of cut, a_e. */
  width_mm: positive,
  /** One pass along X. */
  length_mm: positive,
  passes: z.int().min(1),
  /** Where the first pass begins: X, Y and Z in machine coordinates, Z counting down from the top. */
  at: z.tuple([z.number(), z.number(), z.number().max(0)]),
});

/** A work material with the two constants of Kienzle's law. */
export const materialSchema = z.strictObject({
  kind: z.literal("material"),
  title: z.string().min(1),
  /** k_c1.1: cutting force for a chip of 1 mm × 1 mm */
  specificCuttingForce_n_mm2: positive,
  /** m_c: how the specific force falls with chip thickness */
  forceExponent: z.number().min(0).max(1),
});

/** A part program, as its file under models/programs has it. */
export const partProgramSchema = z.strictObject({
  kind: z.literal("program"),
  title: z.string().min(1),
  /** What the controller displays. */
  name: z.string().min(1),
  /** Reference to a material. */
  material: z.string().min(1),
  tools: z.record(z.string().regex(/^[1-9]\d*$/, "a tool number"), toolSchema),
  operations: z.array(operationSchema).min(1),
});

export type Tool = z.infer<typeof toolSchema>;
export type Operation = z.infer<typeof operationSchema>;
export type Material = z.infer<typeof materialSchema>;
export type PartProgram = z.infer<typeof partProgramSchema>;

/** Complaints about a program that a machine cannot run, as path into the file and text. */
export function checkProgram(
  program: PartProgram,
  model: CncModel,
): { path: (string | number)[]; text: string }[] {
  const complaints: { path: (string | number)[]; text: string }[] = [];
  const { axes, spindle } = model;
  for (const [i, operation] of program.operations.entries()) {
    const complain = (field: string, text: string): number =>
      complaints.push({ path: ["operations", i, field], text });
    const tool = program.tools[operation.tool];
    const [x, y, z] = operation.at;
    if (!tool) complain("tool", `no tool ${operation.tool} in the program's tools`);
    else if (operation.width_mm > tool.diameter_mm)
      complain("width_mm", `is more than the tool's ${tool.diameter_mm} mm`);
    if (operation.spindle_rpm > spindle.speedMax_rpm)
      complain("spindle_rpm", `the spindle ends at ${spindle.speedMax_rpm}`);
    const lastY = y + (operation.passes - 1) * operation.width_mm;
    if (x < 0 || x + operation.length_mm > axes.x.travel_mm)
      complain("at", `X leaves 0 to ${axes.x.travel_mm} mm`);
    if (y < 0 || lastY > axes.y.travel_mm) complain("at", `Y leaves 0 to ${axes.y.travel_mm} mm`);
    if (-z + operation.depth_mm > axes.z.travel_mm) complain("at", `Z leaves 0 to -${axes.z.travel_mm} mm`);
  }
  return complaints;
}
