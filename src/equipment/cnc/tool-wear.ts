import { exp, pow } from "../../engine/math.ts";
import type { Cut } from "./cutting.ts";
import type { Material, ToolModel } from "./part-program.ts";

/** Flank wear at the end of a tool's life (ISO 8688). */
export const WEAR_LIMIT_MM = 0.3;

/** An edge that is worn beyond so many lives has no shape left that could wear. */
const USED_MAX = 1.5;

/** Increase of the cutting force a mm of flank wear: 0.88, quartiles 0.67 and 1.16, over 13 tools. */
const FORCE_PER_MM = 0.88;

/** Share of the flank wear by which the edge recedes from the surface: tan of a clearance angle of 7°. */
const RECESSION = 0.123;

/** Exponents of the extended Taylor equation: feed as fitted to 15 wear curves of milling; depth assumed. */
const FEED_EXPONENT = 0.36;
const DEPTH_EXPONENT = 0.15;
/** Feed and depth at which C of the tables holds; assumed. */
const FEED_REFERENCE_MM = 0.15;
const DEPTH_REFERENCE_MM = 2;

/**
 * Life in minutes of cutting, by the extended Taylor equation T = (C / v)^(1/n) (f / f₀)^-a (a_p / a₀)^-b.
 *
 * @throws Error when the material knows nothing of the tool's grade; planning checks that
 */
export function toolLife_min(cut: Cut, tool: ToolModel, material: Material): number {
  const taylor = material.toolLife[tool.grade];
  if (!taylor) throw new Error(`nothing is known of the life of ${tool.grade} in ${material.title}`);
  const speed = pow(taylor.constant_m_min / cut.cuttingSpeed_m_min, 1 / taylor.exponent);
  const feed = pow(cut.feed_mm / FEED_REFERENCE_MM, -FEED_EXPONENT);
  const depth = pow(cut.depth_mm / DEPTH_REFERENCE_MM, -DEPTH_EXPONENT);
  return speed * feed * depth;
}

/**
 * Flank wear VB in mm of a tool that has used up the share u of its life: running in, steady wear, breakdown.
 * VB = VB_lim [0.12 (1 − e^(−u/0.03)) + 0.75 u + 0.13 u⁶]; the shape of the NASA/UCB milling experiments.
 */
export function flankWear_mm(used: number): number {
  const u = Math.min(used, USED_MAX);
  return WEAR_LIMIT_MM * (0.12 * (1 - exp(-u / 0.03)) + 0.75 * u + 0.13 * pow(u, 6));
}

/** What a worn edge makes of the cutting force: 1 + 0.88 VB. */
export function forceFactor(wear_mm: number): number {
  return 1 + FORCE_PER_MM * wear_mm;
}

/** How far a worn edge leaves the surface standing, µm. */
export function recession_um(wear_mm: number): number {
  return RECESSION * wear_mm * 1000;
}
