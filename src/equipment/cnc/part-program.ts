import { z } from "zod";
import type { CncModel } from "./cnc-model.ts";

const positive = z.number().positive();
/** Shorter passes would take no time. */
const length = z.number().min(0.01);

/** Cutting materials, as catalogues of tool life know them. */
const GRADES = ["hss", "carbide", "coated-carbide", "diamond"] as const;

const toolSchema = z.strictObject({
  title: z.string().min(1),
  grade: z.enum(GRADES),
  /** κ: 90 for a shoulder mill, about 95 for a turning tool. */
  enteringAngle_deg: z.number().gt(0).max(120),
  /** Of a tool that turns itself. */
  diameter_mm: positive.optional(),
  teeth: z.int().min(1).optional(),
});

const millingSchema = z.strictObject({
  process: z.literal("mill"),
  title: z.string().min(1),
  /** Key of the program's tools. */
  tool: z.int().min(1),
  spindle_rpm: positive,
  feed_mm_min: positive,
  /** Axial depth of cut, a_p. */
  depth_mm: positive,
  /** Radial width of cut, a_e. */
  width_mm: positive,
  /** One pass, along X or, on a lathe, along Z. */
  length_mm: length,
  passes: z.int().min(1),
  /** Where the first pass begins: X, Y and Z in machine coordinates. */
  at: z.tuple([z.number(), z.number(), z.number()]),
  /** Where the rotary axes stand meanwhile. */
  tilt: z.partialRecord(z.enum(["a", "b", "c"]), z.number()).optional(),
});

const turningSchema = z.strictObject({
  process: z.literal("turn"),
  title: z.string().min(1),
  tool: z.int().min(1),
  /** Held while the diameter shrinks from pass to pass (G96). */
  cuttingSpeed_m_min: positive,
  feed_mm_rev: positive,
  /** Depth of one pass, a_p. */
  depth_mm: positive,
  /** Of the part before the first pass. */
  diameter_mm: positive,
  /** One pass along Z, towards the chuck. */
  length_mm: length,
  passes: z.int().min(1),
  /** Z at which passes begin, in machine coordinates. */
  z_mm: z.number(),
});

/** A work material: Kienzle's constants, and Taylor's by cutting material. */
export const materialSchema = z.strictObject({
  kind: z.literal("material"),
  title: z.string().min(1),
  /** k_c1.1: cutting force for a chip of 1 mm × 1 mm */
  specificCuttingForce_n_mm2: positive,
  /** m_c: how the specific force falls with chip thickness */
  forceExponent: z.number().min(0).max(1),
  /** Taylor's v Tⁿ = C with v in m/min and T in min to 0.3 mm of flank wear, by grade of the tool */
  toolLife: z.partialRecord(
    z.enum(GRADES),
    z.strictObject({ constant_m_min: positive, exponent: z.number().min(0.05).lt(1) }),
  ),
});

/** A part program, as its file under models/programs has it. */
export const partProgramSchema = z.strictObject({
  kind: z.literal("program"),
  title: z.string().min(1),
  /** What the controller displays. */
  name: z.string().min(1),
  /** Reference to a material. */
  material: z.string().min(1),
  /** Half of the tolerance zone of the dimension that decides over a part. */
  tolerance_um: positive,
  tools: z.record(z.string().regex(/^[1-9]\d*$/, "a tool number"), toolSchema),
  operations: z.array(z.discriminatedUnion("process", [millingSchema, turningSchema])).min(1),
});

export type ToolModel = z.infer<typeof toolSchema>;
export type MillingOperation = z.infer<typeof millingSchema>;
export type TurningOperation = z.infer<typeof turningSchema>;
export type Operation = MillingOperation | TurningOperation;
export type Material = z.infer<typeof materialSchema>;
export type PartProgram = z.infer<typeof partProgramSchema>;

/** What a machine makes: the program and the material that it names. */
export interface Workpiece {
  readonly program: PartProgram;
  readonly material: Material;
}

/** What is wrong with a program, as path into its file and text. */
export interface Complaint {
  readonly path: (string | number)[];
  readonly text: string;
}

export type LinearAxisName = "x" | "y" | "z";
type Complain = (field: string, text: string) => void;

/** Complaints about a program that a machine cannot run. */
export function checkProgram({ program, material }: Workpiece, model: CncModel): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [i, operation] of program.operations.entries()) {
    const complain: Complain = (field, text) =>
      void complaints.push({ path: ["operations", i, field], text });
    const tool = program.tools[operation.tool];
    if (!tool) complain("tool", `no tool ${operation.tool} in the program's tools`);
    else if (!material.toolLife[tool.grade])
      complain("tool", `nothing is known of the life of ${tool.grade} in ${material.title}`);
    if (operation.process === "mill") checkMilling(operation, tool, model, complain);
    else checkTurning(operation, model, complain);
  }
  return complaints;
}

function checkMilling(
  operation: MillingOperation,
  tool: ToolModel | undefined,
  model: CncModel,
  complain: Complain,
): void {
  const { axes } = model;
  if (tool && (tool.diameter_mm === undefined || tool.teeth === undefined))
    complain("tool", `tool ${operation.tool} has no diameter and teeth to mill with`);
  else if (tool && operation.width_mm > tool.diameter_mm!)
    complain("width_mm", `is more than the tool's ${tool.diameter_mm} mm`);
  const { speedMax_rpm } = millingSpindle(model);
  if (operation.spindle_rpm > speedMax_rpm) complain("spindle_rpm", `the spindle ends at ${speedMax_rpm}`);
  const [along, across, into] = millingFrame(model);
  const start = beginOf(operation);
  const reach = (name: LinearAxisName, from_mm: number, to_mm: number): void => {
    const { low_mm, high_mm } = axes[name];
    if (start[name] + from_mm < low_mm || start[name] + to_mm > high_mm)
      complain("at", `${name.toUpperCase()} leaves ${low_mm} to ${high_mm} mm`);
  };
  reach(along, 0, operation.length_mm);
  reach(across, 0, (operation.passes - 1) * operation.width_mm);
  reach(into, -operation.depth_mm, 0);
  for (const [name, at_deg] of Object.entries(operation.tilt ?? {})) {
    const axis = axes[name as "a" | "b" | "c"];
    if (!axis) complain("tilt", `the machine has no axis ${name.toUpperCase()}`);
    else if (at_deg < axis.low_deg || at_deg > axis.high_deg)
      complain("tilt", `${name.toUpperCase()} leaves ${axis.low_deg} to ${axis.high_deg}°`);
  }
}

function checkTurning(operation: TurningOperation, model: CncModel, complain: Complain): void {
  const { x, z } = model.axes;
  if (!turns(model)) complain("process", "the machine has no spindle that turns the workpiece");
  if (operation.diameter_mm / 2 > x.high_mm) complain("diameter_mm", `X ends at ${x.high_mm} mm`);
  if (2 * operation.passes * operation.depth_mm >= operation.diameter_mm)
    complain("passes", "nothing is left of the part");
  if (operation.z_mm > z.high_mm || operation.z_mm - operation.length_mm < z.low_mm)
    complain("z_mm", `Z leaves ${z.low_mm} to ${z.high_mm} mm`);
}

/** Along which axis a pass of a milling operation goes, across which the next one lies, into which the tool cuts. */
export function millingFrame(model: CncModel): readonly [LinearAxisName, LinearAxisName, LinearAxisName] {
  return turns(model) ? ["z", "y", "x"] : ["x", "y", "z"];
}

/** Where its first pass begins. */
export function beginOf({ at: [x, y, z] }: MillingOperation): Readonly<Record<LinearAxisName, number>> {
  return { x, y, z };
}

/** Whether the main spindle turns the workpiece, as on a lathe. */
export function turns(model: CncModel): boolean {
  return model.retract === "x";
}

/** The one that turns the tool. A lathe without driven tools does not mill; its own is as good as any. */
function millingSpindle(model: CncModel): CncModel["spindle"] {
  return model.toolSpindle ?? model.spindle;
}
