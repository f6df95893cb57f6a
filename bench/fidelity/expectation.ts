/*
 * What textbooks say about a milling cut, written down anew from the files of the model library: nothing here asks the
 * simulator's code, so that an error in one of them shows.
 */
import { libraryData } from "./library.ts";

/** Fields of a program's file that a cut depends on. */
export interface MillingText {
  readonly tool: number;
  readonly spindle_rpm: number;
  readonly feed_mm_min: number;
  readonly depth_mm: number;
  readonly width_mm: number;
  readonly length_mm: number;
  readonly passes: number;
}

interface ToolText {
  readonly grade?: string;
  readonly diameter_mm: number;
  readonly teeth: number;
  readonly enteringAngle_deg: number;
}

export interface ProgramText {
  readonly name: string;
  readonly material: string;
  readonly tools: Readonly<Record<string, ToolText>>;
  readonly operations: readonly MillingText[];
}

interface MaterialText {
  readonly specificCuttingForce_n_mm2: number;
  readonly forceExponent: number;
  readonly toolLife?: Readonly<
    Record<string, { readonly constant_m_min: number; readonly exponent: number }>
  >;
}

interface SpindleText {
  readonly powerContinuous_kw: number;
  readonly idleConstant_kw: number;
  readonly idleLinear_kw_rpm: number;
  readonly idleSquare_kw_rpm2: number;
  readonly efficiency: number;
}

export const programText = (reference: string): ProgramText => libraryData(reference) as ProgramText;
const materialText = (reference: string): MaterialText => libraryData(reference) as MaterialText;

export const spindleText = (model: string): SpindleText =>
  (libraryData(model) as { spindle: SpindleText }).spindle;

/** Losses of a spindle that turns without a cut, kW. */
export function idle_kw(spindle: SpindleText, speed_rpm: number): number {
  return (
    spindle.idleConstant_kw +
    spindle.idleLinear_kw_rpm * speed_rpm +
    spindle.idleSquare_kw_rpm2 * speed_rpm ** 2
  );
}

/**
 * Mean cutting power, kW, of a sharp tool: the force of each tooth, k_c1.1 b h^(1−m_c) with h = f_z sin κ sin φ
 * (Kienzle; Victor for the tooth's path), integrated over the arc in numbers instead of with a mean chip thickness.
 */
export function cuttingPower_kw(
  program: ProgramText,
  operation: MillingText,
  material = program.material,
): number {
  const { specificCuttingForce_n_mm2: specific, forceExponent } = materialText(material);
  const { diameter_mm, teeth, enteringAngle_deg } = program.tools[operation.tool]!;
  const sinKappa = Math.sin((enteringAngle_deg * Math.PI) / 180);
  const feed_mm = operation.feed_mm_min / (operation.spindle_rpm * teeth);
  const arc = Math.acos(1 - (2 * operation.width_mm) / diameter_mm);
  const steps = 2000;
  let work_n = 0;
  for (let i = 0; i < steps; i++) {
    const chip_mm = feed_mm * sinKappa * Math.sin(((i + 0.5) / steps) * arc);
    work_n += (specific * chip_mm ** (1 - forceExponent) * operation.depth_mm * arc) / (sinKappa * steps);
  }
  const meanForce_n = (work_n * teeth) / (2 * Math.PI);
  const cuttingSpeed_m_s = (Math.PI * diameter_mm * operation.spindle_rpm) / 60_000;
  return (meanForce_n * cuttingSpeed_m_s) / 1000;
}

/** Taylor's life for a tool in a material, minutes, at the speed of an operation; NaN when the file has no constants. */
export function taylorLife_min(
  program: ProgramText,
  operation: MillingText,
  material = program.material,
): number {
  const { grade = "", diameter_mm } = program.tools[operation.tool]!;
  const constants = materialText(material).toolLife?.[grade];
  if (!constants) return NaN;
  const speed_m_min = (Math.PI * diameter_mm * operation.spindle_rpm) / 1000;
  return (constants.constant_m_min / speed_m_min) ** (1 / constants.exponent);
}

/** Time in which a program's feed moves go on, s, without ramps: passes and the steps between them. */
export function feedTime_s(program: ProgramText): number {
  let sum_s = 0;
  for (const { passes, length_mm, width_mm, feed_mm_min } of program.operations)
    sum_s += (60 * (passes * length_mm + (passes - 1) * width_mm)) / feed_mm_min;
  return sum_s;
}
